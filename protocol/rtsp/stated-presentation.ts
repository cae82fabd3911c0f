import { Seconds } from '../units.ts'
import { formatRange, parseRange, type Range } from './headers/range.ts'
import { LIVE, type Presentation } from './presentation.ts'

/** Past this the end of a range is no end: some servers state a day or a year for what is live. */
const LONGEST_RECORDING = 100 * 86_400

/** Seconds before the end of a recording: at the end itself there is nothing, and servers refuse to go there. */
const LAST_PLACE = 0.1

/** By the `a=range` attribute; see `presentationOf`. */
export function statedPresentation(attribute: string): Presentation {
  const range = parseRange(attribute)
  if (!range) return LIVE
  // GStreamer's server states `npt=now-60` of a file whose place it does not know yet: an end makes it a recording.
  const start = range.start === 'now' && range.end !== undefined ? 0 : (range.start ?? 0)
  const perSecond = range.unit === 'clock' ? 1000 : 1
  const length = start === 'now' || range.end === undefined ? Number.NaN : (range.end - start) / perSecond
  const recorded = length > 0 && length < LONGEST_RECORDING
  // An absolute time without an end is a camera's clock: what is live is asked for in normal play time.
  if (!recorded && range.unit !== 'npt') return LIVE
  return new StatedPresentation(recorded ? Seconds(length) : null, range.unit, start)
}

class StatedPresentation implements Presentation {
  readonly duration: Seconds | null
  readonly #unit: Range['unit']
  /** Where it begins, in its unit; `now` where only the live edge is to be had. */
  readonly #start: number | 'now'

  constructor(duration: Seconds | null, unit: Range['unit'], start: number | 'now') {
    this.duration = duration
    this.#unit = unit
    this.#start = start
  }

  clamp(position: Seconds): Seconds {
    return Seconds(Math.max(0, Math.min(position, (this.duration ?? 0) - LAST_PLACE)))
  }

  rangeFrom(position: Seconds): string {
    return formatRange(this.#rangeFrom(position))
  }

  #rangeFrom(position: Seconds): Range {
    if (this.#unit === 'clock') return { unit: 'clock', start: this.#number + position * 1000 }
    if (this.#unit === 'npt') return { unit: 'npt', start: this.#start === 'now' ? 'now' : this.#start + position }
    return { unit: this.#unit, start: this.#number + position }
  }

  positionOf(stated: string | undefined): Seconds | undefined {
    const range = parseRange(stated ?? '')
    if (!range || range.unit !== this.#unit || this.duration === null || typeof range.start !== 'number')
      return undefined
    return Seconds((range.start - this.#number) / (range.unit === 'clock' ? 1000 : 1))
  }

  get #number(): number {
    return this.#start === 'now' ? 0 : this.#start
  }
}
