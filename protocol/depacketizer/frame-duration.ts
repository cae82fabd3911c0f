import { Ticks } from '../units.ts'

/**
 * Durations of audio frames on a clock that their samples do not divide, such as 1024 samples of 44.1 kHz on one of
 * 90 kHz: each is a whole number of ticks, and what is left over is carried on, so that the sum is exact. Half a tick
 * lost with each frame would be a gap after an hour.
 */
export class FrameDuration {
  readonly #clockRate: number
  #sampleRate = 0
  /** Of a tick, in parts of `#sampleRate`. */
  #rest = 0

  /** @param clockRate ticks a second of the RTP timestamps. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /** Ticks of the next frame; at least one, for a sample without duration is never played. */
  next(samples: number, sampleRate: number): Ticks {
    if (sampleRate !== this.#sampleRate) this.#rest = 0
    this.#sampleRate = sampleRate
    const parts = samples * this.#clockRate + this.#rest
    const ticks = Math.max(1, Math.floor(parts / sampleRate))
    this.#rest = Math.max(0, parts - ticks * sampleRate)
    return Ticks(ticks)
  }

  /** Where a frame begins that comes `samples` behind a timestamp, to the nearest tick. */
  after(timestamp: Ticks, samples: number, sampleRate: number): Ticks {
    return Ticks(timestamp + Math.round((samples * this.#clockRate) / sampleRate))
  }
}
