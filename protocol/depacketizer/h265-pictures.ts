import { isIrap, isRasl, NalUnitType } from '../codec/h265.ts'
import type { H265ParameterSets } from '../codec/h265-parameter-sets.ts'
import type { SequenceParameterSet } from '../codec/h265-sps.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { DepacketizerStatistics } from './depacketizer.ts'

/** A picture of which nothing is missing. */
export interface WholePicture {
  readonly timestamp: Ticks
  /** nal_unit_type and slice_pic_parameter_set_id of its slices. */
  readonly type: number
  readonly pictureParameterSetId: number
  /** It has a recovery point SEI. */
  readonly recoveryPoint: boolean
  /** An end of sequence or of bitstream stands before it: it begins a coded video sequence. */
  readonly beginsSequence: boolean
}

/** Lets through what a decoder can use, with the configuration where it changed. */
export class H265Pictures {
  /** Access units to be given out. */
  readonly ready: AccessUnit[] = []
  readonly #statistics: DepacketizerStatistics
  readonly #parameterSets: H265ParameterSets
  /** What the units that are given out refer to; undefined before the first. */
  #activeSps: SequenceParameterSet | undefined
  /** The decoder does not know all parameter sets, or has none yet. */
  #changed = true
  #awaitsRandomAccess = true
  /** The last IRAP picture is a CRA picture in the middle of what was given out. */
  #raslDecodable = false
  #discontinuity = false

  constructor(statistics: DepacketizerStatistics, parameterSets: H265ParameterSets) {
    this.#statistics = statistics
    this.#parameterSets = parameterSets
  }

  /** Something is missing here. */
  lose(): void {
    this.#awaitsRandomAccess = true
    this.#discontinuity = true
  }

  parameterSetsChanged(): void {
    this.#changed = true
  }

  /** What is ready will not be pulled; what follows depends on it. */
  dropReady(): void {
    this.#statistics.dropped += this.ready.length
    this.ready.length = 0
    this.#changed = true
    this.#discontinuity = true
  }

  /** A damaged picture came. */
  damaged(): void {
    this.#awaitsRandomAccess = true
    this.#drop()
  }

  /**
   * @param data the picture as a sample
   * @returns whether it is handed out, so that its bytes must stay as they are
   */
  take(picture: WholePicture, data: Uint8Array): boolean {
    const { timestamp, type, pictureParameterSetId } = picture
    const randomAccess = isIrap(type) || picture.recoveryPoint
    if (this.#changed) this.#awaitsRandomAccess = true
    if (this.#awaitsRandomAccess && !randomAccess) return this.#drop()
    if (isRasl(type) && !this.#raslDecodable) return this.#drop()
    const sps = randomAccess ? this.#parameterSets.sequenceParameterSet(pictureParameterSetId) : this.#activeSps
    const changed = this.#changed || sps !== this.#activeSps
    const configuration = changed ? this.#parameterSets.configuration(pictureParameterSetId) : undefined
    if (configuration === null) {
      this.#awaitsRandomAccess = true
      return this.#drop()
    }
    // NoRaslOutputFlag of section 8.1.3; a decoder begins anew with a new configuration, too.
    const begins = this.#awaitsRandomAccess || changed || picture.beginsSequence
    if (isIrap(type) || begins) this.#raslDecodable = type === NalUnitType.Cra && !begins
    this.ready.push({ data, timestamp, randomAccess, discontinuity: this.#discontinuity, configuration })
    this.#statistics.units++
    this.#activeSps = sps
    this.#changed = false
    this.#awaitsRandomAccess = false
    this.#discontinuity = false
    return true
  }

  #drop(): false {
    this.#statistics.dropped++
    this.#discontinuity = true
    return false
  }
}
