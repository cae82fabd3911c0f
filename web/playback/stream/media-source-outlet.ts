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
        const { handle } = mediaSource as unknown as WithHandle
        post({ type: 'source', handle }, [handle])
      },
      detach: () => post({ type: 'source', handle: null }),
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

  #appended(): void {
    const { frameDuration, hasAudio, offset } = this.#feed
    this.#post({ type: 'appended', pictures: this.#pictures, frameDuration, hasAudio, offset })
    this.#pictures = []
  }
}
