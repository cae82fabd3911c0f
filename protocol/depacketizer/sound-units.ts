import type { AudioConfiguration } from '../codec/configuration.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { DepacketizerStatistics } from './depacketizer.ts'

/**
 * Access units of sound that wait to be pulled, with what each has to tell: the configuration, where it is new, and that
 * something is missing before it. Each is a random access point.
 */
export class SoundUnits {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  #configuration: AudioConfiguration | undefined
  #configurationIsNew = false
  #discontinuity = false
  readonly #ready: AccessUnit[] = []
  #pulled = 0

  get configuration(): AudioConfiguration | undefined {
    return this.#configuration
  }

  /** Valid from the next unit on. Told where it differs from the one before. */
  configure(configuration: AudioConfiguration): void {
    if (this.#configuration && decodesAlike(this.#configuration, configuration)) return
    this.#configuration = configuration
    this.#configurationIsNew = true
  }

  /** A push begins: what was not pulled is gone. */
  clear(): void {
    this.#ready.length = 0
    this.#pulled = 0
  }

  /** @param data good until the next push. */
  give(data: Uint8Array, timestamp: Ticks, duration: Ticks): void {
    const configuration = this.#configurationIsNew ? this.#configuration : undefined
    this.#ready.push({
      data,
      timestamp,
      randomAccess: true,
      discontinuity: this.#discontinuity,
      configuration,
      duration,
    })
    this.statistics.units++
    this.#configurationIsNew = false
    this.#discontinuity = false
  }

  pull(): AccessUnit | null {
    return this.#ready[this.#pulled++] ?? null
  }

  /** Packets are missing before the next unit. */
  lost(): void {
    this.#discontinuity = true
  }

  drop(): void {
    this.statistics.dropped++
    this.#discontinuity = true
  }

  malformed(): void {
    this.statistics.malformed++
  }
}

const decodesAlike = (a: AudioConfiguration, b: AudioConfiguration): boolean =>
  a.codec === b.codec &&
  a.sampleRate === b.sampleRate &&
  a.channels === b.channels &&
  a.description.length === b.description.length &&
  a.description.every((byte, index) => byte === b.description[index])
