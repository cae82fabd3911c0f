import { isTypeSupported } from '../media-source/media-source.ts'
import type { SessionMessage, TrackRenderer } from '../stream/messages.ts'
import type { StreamHandle } from '../stream/stream-host.ts'

/** What a session tells before its first picture: a few of each kind. Beyond, it takes over without one. */
const MAX_TOLD = 64

/** A session beside the one that plays, up to its first picture; what it tells by then is kept. */
export class StreamSwitch {
  handle: StreamHandle | undefined
  readonly told: SessionMessage[] = []
  #hasPictures = true

  /** @returns whether it can be shown from here on */
  isReadyWith(message: SessionMessage): boolean {
    switch (message.type) {
      case 'supported?': {
        const { mimeType } = message
        this.handle?.track({ name: 'supported', mimeType, supported: isTypeSupported(mimeType) })
        return false
      }
      case 'statistics':
      case 'closed':
        return false
      case 'tracks':
        this.#hasPictures = message.tracks.some(({ kind }) => kind === 'video')
        break
    }
    this.told.push(message)
    if (this.told.length > MAX_TOLD) return true
    // A recording waits for a place to be asked for; of sound alone nothing is seen.
    if (message.type === 'opened') return message.duration !== null || !this.#hasPictures
    // What goes to a canvas comes only when there is one.
    if (message.type === 'renderer')
      return isPicture(message.renderer) && message.renderer.choice.renderer !== 'media-source'
    return message.type === 'stage' && message.stage === 'picture'
  }

  close(): void {
    this.handle?.close()
  }
}

const isPicture = ({ track }: TrackRenderer): boolean => track.kind === 'video'
