import { MediaSourceFeed } from '../media-source/media-source-feed.ts'
import type { OutletMessage, Post, ReceivedInitialization, ReceivedMedia } from './messages.ts'
import type { SegmentOutlet } from './outlet.ts'
import type { QueuedPicture, SourceCommand } from './source-messages.ts'

/** MediaSource has it in workers only, and the types of DOM have no workers. */
interface WithHandle {
  readonly handle: MediaSourceHandle
}

/** A MediaSource that is made and fed in a worker; its element is in the page, which may be busy. */
export class MediaSourceOutlet implements SegmentOutlet {
  readonly #post: Post<OutletMessage>
  readonly #feed: MediaSourceFeed
  #pictures: QueuedPicture[] = []
  #currentTime = 0
  /** What the element is being given. */
  #opening: MediaSource | undefined
  #isDetachWanted = false

  constructor(audible: boolean, post: Post<OutletMessage>) {
    this.#post = post
    const currentTime = () => this.#currentTime
    const element = {
      // As the page told it last: what is thrown away by it is rather too little.
      get currentTime() {
        return currentTime()
      },
      attach: (mediaSource: MediaSource) => {
        this.#currentTime = 0
        this.#opening = mediaSource
        this.#isDetachWanted = false
        mediaSource.addEventListener('sourceopen', () => this.#opened(mediaSource), { once: true })
        const { handle } = mediaSource as unknown as WithHandle
        post({ type: 'source', handle }, [handle])
      },
      detach: () => this.#detach(),
      moveTo: (seconds: number) => post({ type: 'move-to', seconds }),
    }
    this.#feed = new MediaSourceFeed(element, audible, {
      queued: ({ arrival, wallClock }, mediaTime) => this.#pictures.push({ mediaTime, arrival, wallClock }),
      appended: () => this.#appended(),
      dropped: (pictures) => post({ type: 'dropped', pictures }),
      failed: (error) => post({ type: 'failed', error: error.toJSON() }),
    })
  }

  initialization(segment: ReceivedInitialization): void {
    this.#feed.initialization(segment)
  }

  media(segment: ReceivedMedia): void {
    this.#feed.media(segment)
  }

  command(command: SourceCommand): void {
    switch (command.name) {
      case 'begin':
        this.#feed.begin(new Set(command.tracks), command.pictureElsewhere)
        break
      case 'retake':
        this.#feed.retake(new Set(command.tracks), command.pictureElsewhere)
        break
      case 'audible':
        this.#feed.setAudible(command.audible)
        break
      case 'time-shift':
        this.#feed.timeShift = command.seconds
        break
      case 'play-head':
        this.#currentTime = command.currentTime
        break
    }
  }

  close(): void {
    this.#feed.close()
  }

  /** Not before it is open: Chromium keeps an element that lost its source in between for as long as the worker runs. */
  #detach(): void {
    if (this.#opening) this.#isDetachWanted = true
    else this.#post({ type: 'source', handle: null })
  }

  #opened(mediaSource: MediaSource): void {
    if (mediaSource !== this.#opening) return
    this.#opening = undefined
    if (this.#isDetachWanted) this.#detach()
  }

  #appended(): void {
    const { frameDuration, hasAudio, offset } = this.#feed
    this.#post({ type: 'appended', pictures: this.#pictures, frameDuration, hasAudio, offset })
    this.#pictures = []
  }
}
