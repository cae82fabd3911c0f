import { ProtocolError } from '../../../protocol/errors.ts'
import type { RendererEvents, SegmentRenderer, TrackKind } from '../renderer.ts'
import type { ReceivedInitialization, ReceivedMedia } from '../stream/messages.ts'
import type { StreamHandle } from '../stream/stream-host.ts'
import { attach, detach, hasMediaSource } from './media-source.ts'
import { MediaSourceFeed } from './media-source-feed.ts'

/** Segments that come to the page, into a MediaSource of the page. */
export class MediaSourceRenderer implements SegmentRenderer {
  readonly #feed: MediaSourceFeed

  /** @throws ProtocolError `media-source-unsupported` */
  constructor(video: HTMLVideoElement, audible: boolean, events: RendererEvents) {
    if (!hasMediaSource()) {
      throw new ProtocolError('media-source-unsupported', 'This browser has no Media Source Extensions')
    }
    const element = {
      get currentTime() {
        return video.currentTime
      },
      attach: (mediaSource: MediaSource) => {
        events.attaching()
        attach(video, mediaSource)
        events.attached()
      },
      detach: () => detach(video),
      moveTo: (seconds: number) => {
        video.currentTime = seconds
      },
    }
    this.#feed = new MediaSourceFeed(element, audible, events)
  }

  set timeShift(seconds: number) {
    this.#feed.timeShift = seconds
  }

  get frameDuration(): number {
    return this.#feed.frameDuration
  }

  get hasAudio(): boolean {
    return this.#feed.hasAudio
  }

  get offset(): number | undefined {
    return this.#feed.offset
  }

  begin(_session: StreamHandle, tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void {
    this.#feed.begin(tracks, pictureElsewhere)
  }

  retake(tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void {
    this.#feed.retake(tracks, pictureElsewhere)
  }

  initialization(segment: ReceivedInitialization): void {
    this.#feed.initialization(segment)
  }

  media(segment: ReceivedMedia): void {
    this.#feed.media(segment)
  }

  setAudible(audible: boolean): void {
    this.#feed.setAudible(audible)
  }

  close(): void {
    this.#feed.close()
  }
}
