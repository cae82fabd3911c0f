import type { ConfigurationChange, H264ParameterSets } from '../codec/h264-parameter-sets.ts'
import { PictureOrder } from '../codec/h264-picture-order.ts'
import { readSliceHeader } from '../codec/h264-slice.ts'
import type { ReportDeviation } from '../deviation.ts'
import { LIMITS } from '../limits.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { DepacketizerStatistics } from './depacketizer.ts'
import { H264Starts, type Verdict } from './h264-starts.ts'

/** A picture of which nothing is missing. */
export interface WholePicture {
  readonly timestamp: Ticks
  readonly idr: boolean
  /** Of its recovery point SEI; -1 where it has none. */
  readonly recoveryFrameCount: number
  /** All of its slices are I slices. */
  readonly intra: boolean
  /** Where in its bytes the first slice lies. */
  readonly sliceStart: number
  readonly sliceEnd: number
}

/** Lets through what a decoder can use and what may be seen, with the configuration where it changed. */
export class H264Pictures {
  /** Access units to be given out. */
  readonly ready: AccessUnit[] = []
  readonly #statistics: DepacketizerStatistics
  readonly #parameterSets: H264ParameterSets
  readonly #order = new PictureOrder()
  readonly #starts: H264Starts
  /** From a recovery point on, until the picture is whole; each has bytes of its own. */
  #held: AccessUnit[] = []
  #heldBytes = 0
  /** What changed since the last unit: new parameter sets need a start, a learned reorder depth does not. */
  #change: ConfigurationChange = 'parameter-sets'
  #discontinuity = false

  constructor(statistics: DepacketizerStatistics, parameterSets: H264ParameterSets, report: ReportDeviation) {
    this.#statistics = statistics
    this.#parameterSets = parameterSets
    this.#starts = new H264Starts(report)
  }

  /** Something is missing here. */
  lose(): void {
    this.#awaitStart()
    this.#discontinuity = true
  }

  parameterSetsChanged(): void {
    this.#change = 'parameter-sets'
  }

  /** What is ready will not be pulled; what follows depends on it. */
  dropReady(): void {
    this.#statistics.dropped += this.ready.length
    this.ready.length = 0
    this.#change = 'parameter-sets'
    this.#discontinuity = true
  }

  /** A damaged picture came. */
  damaged(): void {
    this.#awaitStart()
    this.#drop()
  }

  /**
   * @param data the picture as a sample; it is handed out as it is, or copied
   * @returns whether it is handed out, so that its bytes must stay as they are
   */
  take(picture: WholePicture, data: Uint8Array): boolean {
    if (this.#change === 'parameter-sets') this.#awaitStart()
    if (!this.#parameterSets.complete) return this.#drop()
    const { timestamp, idr, recoveryFrameCount, intra, sliceStart, sliceEnd } = picture
    const header = readSliceHeader(data, sliceStart, sliceEnd, this.#parameterSets.ofSlice)
    const candidate = { timestamp, idr, recoveryFrameCount, intra, header }
    const verdict = this.#starts.judge(candidate)
    if (verdict === 'drop') return this.#drop()
    if (verdict === 'start') this.#dropHeld()
    if (verdict === 'start' || (verdict === 'hold' && this.#held.length === 0)) this.#order.restart()
    if (header) {
      this.#order.next(header, timestamp)
      if (verdict === 'release') this.#order.startHere()
      if (!this.#noteReordering(this.#order.depth)) return this.#drop()
      if (verdict === 'give' && this.#order.precedesStart) return this.#drop()
    }
    return this.#put(verdict, {
      data,
      timestamp,
      randomAccess: this.#starts.isRandomAccess(candidate),
      discontinuity: this.#discontinuity,
      configuration: this.#change === 'none' ? undefined : (this.#parameterSets.configuration() ?? undefined),
    })
  }

  /** @returns false where the decoder was told of less, so that it must begin anew. */
  #noteReordering(depth: number): boolean {
    const change = this.#parameterSets.noteReordering(depth)
    if (change === 'parameter-sets') {
      this.#change = change
      this.#awaitStart()
      return false
    }
    if (this.#change === 'none') this.#change = change
    return true
  }

  #put(verdict: Verdict, unit: AccessUnit): boolean {
    this.#change = 'none'
    this.#discontinuity = false
    if (verdict === 'hold') {
      this.#hold(unit)
      return false
    }
    if (verdict === 'release') this.#release(unit.timestamp)
    this.ready.push(unit)
    this.#statistics.units++
    return true
  }

  #hold(unit: AccessUnit): void {
    this.#held.push({ ...unit, data: unit.data.slice() })
    this.#heldBytes += unit.data.length
    if (this.#heldBytes <= LIMITS.recoveringBytes) return
    this.#starts.giveUpHolding()
    this.#release(undefined)
  }

  /**
   * The decoder needs what was held, and nobody should see it: each is shown for a tick, right before the whole picture.
   * @param whole when that is shown; undefined where it is not waited for any longer
   */
  #release(whole: Ticks | undefined): void {
    const held = this.#held
    for (const [index, unit] of held.entries()) {
      const timestamp = whole === undefined ? unit.timestamp : Ticks(whole - (held.length - index))
      this.ready.push({ ...unit, timestamp })
    }
    this.#statistics.units += held.length
    this.#held = []
    this.#heldBytes = 0
  }

  #awaitStart(): void {
    this.#starts.lose()
    this.#dropHeld()
  }

  #dropHeld(): void {
    if (this.#held.length === 0) return
    this.#statistics.dropped += this.#held.length
    this.#held = []
    this.#heldBytes = 0
    // The first of them had it.
    this.#change = 'parameter-sets'
    this.#discontinuity = true
  }

  #drop(): false {
    this.#statistics.dropped++
    this.#discontinuity = true
    return false
  }
}
