import { LiveEdgeBinding } from './live-edge-binding.ts'
import { MediaSourceRenderer } from './media-source-renderer.ts'
import type { ReceivedInitialization, ReceivedMedia } from './messages.ts'
import type { Renderer, RendererEvents } from './renderer.ts'

/** A live stream: shown as soon as it comes, and held at its edge. Lives as long as its picture, across sessions. */
export class LivePlayback {
  readonly #renderer: Renderer
  readonly #edge: LiveEdgeBinding

  /** @throws ProtocolError `media-source-unsupported` */
  constructor(video: HTMLVideoElement, audible: boolean, events: RendererEvents) {
    const renderer = new MediaSourceRenderer(video, audible, {
      ...events,
      attached: () => {
        this.#edge.reset()
        events.attached()
      },
      appended: () => {
        this.#edge.appended()
        events.appended()
      },
    })
    this.#renderer = renderer
    this.#edge = new LiveEdgeBinding(video, () => renderer)
  }

  get frameDuration(): number {
    return this.#renderer.frameDuration
  }

  /** A session with these tracks follows. */
  begin(tracks: ReadonlySet<'video' | 'audio'>): void {
    this.#renderer.begin(tracks)
  }

  initialization(segment: ReceivedInitialization): void {
    this.#renderer.initialization(segment)
  }

  media(segment: ReceivedMedia): void {
    this.#renderer.media(segment)
  }

  setAudible(audible: boolean): void {
    this.#renderer.setAudible(audible)
  }

  close(): void {
    this.#edge.close()
    this.#renderer.close()
  }
}
