import { GroupOfPicturesCache } from '../media-source/group-of-pictures-cache.ts'
import type { ReceivedInitialization, ReceivedMedia } from './messages.ts'
import type { SegmentOutlet } from './outlet.ts'
import type { TrackKind } from './track-kind.ts'

const KINDS: readonly TrackKind[] = ['video', 'audio']

/**
 * Leads the segments of a session to an outlet, and keeps what another one needs to begin at once: no more than a group of
 * pictures.
 */
export class SegmentGate {
  readonly #kept = new GroupOfPicturesCache()
  #outlet: SegmentOutlet | undefined

  /** A stream follows. @param hasVideo what is kept begins with a picture then */
  begin(hasVideo: boolean): void {
    this.#kept.reset(hasVideo)
  }

  /** From here on; what is kept goes first. */
  lead(outlet: SegmentOutlet | undefined): void {
    if (outlet === this.#outlet) return
    this.#outlet = outlet
    if (!outlet) return
    for (const kind of KINDS) {
      const initialization = this.#kept.initialization(kind)
      if (initialization) outlet.initialization(initialization)
    }
    for (const segment of this.#kept.segments) outlet.media(segment)
  }

  initialization(segment: ReceivedInitialization): void {
    this.#kept.initialize(segment)
    this.#outlet?.initialization(segment)
  }

  media(segment: ReceivedMedia): void {
    this.#kept.push(segment)
    this.#outlet?.media(segment)
  }
}
