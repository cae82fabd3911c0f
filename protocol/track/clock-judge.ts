import type { CodecConfiguration } from '../codec/configuration.ts'
import type { AccessUnit } from '../depacketizer/access-unit.ts'
import { ClockRateWatch } from '../rtp/clock-rate-watch.ts'
import { Ticks } from '../units.ts'

/** What is loaded for a track whose timestamps are in doubt: it measures them, and mends them and what depends on them. */
export class ClockJudge extends ClockRateWatch {
  #factor = 1

  /**
   * Samples whose timestamps count another rate than the stated one are of that rate themselves: 160 bytes of G.711 that
   * come every 10 ms are sound of 16 kHz, whatever the SDP says.
   *
   * @param configuration the newest of the track
   */
  correct(unit: AccessUnit, configuration: CodecConfiguration | undefined): AccessUnit {
    const { duration } = unit
    if (duration === undefined || configuration?.kind !== 'audio') return unit
    this.soundLasts(duration, configuration.codec.startsWith('pcm'))
    const factor = this.samplesFactor
    const isNew = factor !== this.#factor || unit.configuration !== undefined
    this.#factor = factor
    if (factor === 1 && !isNew) return unit
    return {
      ...unit,
      duration: Ticks(Math.max(1, Math.round(duration / factor))),
      configuration: isNew
        ? { ...configuration, sampleRate: Math.round(configuration.sampleRate * factor) }
        : undefined,
    }
  }
}
