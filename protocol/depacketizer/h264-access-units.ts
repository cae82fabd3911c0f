import { findStartCode, isSlice, NalUnitType, splitAnnexB } from '../codec/h264.ts'
import { addAll, H264ParameterSets } from '../codec/h264-parameter-sets.ts'
import { isIntraSlice, recoveryFrameCount, startsPicture } from '../codec/h264-slice.ts'
import type { ReportDeviation } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { DepacketizerStatistics } from './depacketizer.ts'
import { FragmentStamps } from './fragment-stamps.ts'
import { H264Pictures, type WholePicture } from './h264-pictures.ts'
import { type MarkerTrust, MarkerWatch } from './marker-watch.ts'
import { NalUnitBuffer } from './nal-unit-buffer.ts'

/**
 * One push can finish a unit by its timestamp, one by what begins within an aggregate, and one by its marker, while a
 * fourth is gathered. Further pictures in one packet are not told apart.
 */
const BUFFERS = 4
/** Slices that are searched for start codes before the stream is taken to have none: the search reads every byte. */
const SLICES_SEARCHED = 64

export interface H264AccessUnitsOptions {
  /** `sprop-parameter-sets`, decoded from base64; NAL units bare or in a byte stream. Those in band win over them. */
  readonly parameterSets: readonly Uint8Array[]
  /** Told what the camera does against the standard and is tolerated. */
  readonly report?: ReportDeviation | undefined
}

/** What is known of the access unit that is being gathered. */
class Gathering implements WholePicture {
  timestamp = Ticks(0)
  /** A packet of it has come. */
  begun = false
  slices = false
  idr = false
  recoveryFrameCount = -1
  intra = true
  sliceStart = 0
  sliceEnd = 0
  /** A part is missing, or a bound was reached. */
  damaged = false
  /** Packets before it were lost, so its beginning may be: its first slice must be the first of a picture. */
  headUncertain = false

  begin(timestamp: Ticks, headUncertain: boolean): void {
    this.timestamp = timestamp
    this.begun = true
    this.slices = false
    this.idr = false
    this.recoveryFrameCount = -1
    this.intra = true
    this.sliceStart = 0
    this.sliceEnd = 0
    this.damaged = false
    this.headUncertain = headUncertain
  }
}

/**
 * Access units of NAL units in decoding order, whatever packets they came in.
 *
 * - They begin at a start (`H264Starts`) with known parameter sets. After a loss everything up to the next one is dropped
 *   and counted, since it may depend on what was lost.
 * - Parameter sets are taken out of the stream and given as the configuration: an `avc1` sample entry holds them all, and
 *   samples hold none (ISO/IEC 14496-15 section 5.3.2). A change waits for a start.
 * - A unit ends by its marker; where cameras set markers wrongly or never, by the next timestamp or first slice.
 */
export class H264AccessUnits {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  readonly #parameterSets = new H264ParameterSets()
  readonly #markers = new MarkerWatch()
  readonly #stamps = new FragmentStamps()
  readonly #pictures: H264Pictures
  readonly #buffers = Array.from({ length: BUFFERS }, () => new NalUnitBuffer())
  #buffer: NalUnitBuffer
  readonly #unit = new Gathering()
  #headUncertain = true
  #slicesToSearch = SLICES_SEARCHED

  constructor(options: H264AccessUnitsOptions) {
    this.#buffer = this.#buffers[0] ?? new NalUnitBuffer()
    this.#pictures = new H264Pictures(this.statistics, this.#parameterSets, options.report ?? (() => undefined))
    for (const bytes of options.parameterSets) {
      this.statistics.malformed += addAll(this.#parameterSets, splitAnnexB(bytes))
    }
  }

  /** How far the stream's markers are relied on. */
  get markerTrust(): MarkerTrust {
    return this.#markers.trust
  }

  /** The next finished access unit, or null. What it points into is good until more is put in. */
  pull(): AccessUnit | null {
    return this.#pictures.ready.shift() ?? null
  }

  /** Before more is put in: what was not pulled is dropped, since its buffers are needed. */
  dropUnpulled(): void {
    if (this.#pictures.ready.length > 0) this.#pictures.dropReady()
  }

  /** The last of the stream has come. */
  flush(): void {
    if (this.#buffer.open) this.#unit.damaged = true
    this.#finish()
  }

  /** Something is missing here. */
  lose(): void {
    this.#buffer.discard()
    if (this.#unit.begun) this.#unit.damaged = true
    this.#pictures.lose()
    this.#headUncertain = true
    this.#markers.lost()
    this.#stamps.lost()
  }

  /** A whole NAL unit, in `bytes[start … end)`. It must not be empty. */
  nalUnit(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    this.#border(timestamp, bytes, start)
    if (!this.#begin()) return
    if (this.#buffer.append(bytes, start, end)) {
      this.#endNalUnit()
    } else {
      this.#buffer.discard()
      this.#damage()
    }
  }

  /**
   * The first fragment of a NAL unit, whose header byte was spread over others: its payload is in `bytes[start … end)`,
   * and a byte with the same type stands before it.
   */
  firstFragment(header: number, bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    this.#border(timestamp, bytes, start - 1)
    this.#stamps.first(timestamp)
    if (this.#begin()) this.#buffer.byte(header)
    this.#appendFragment(bytes, start, end)
  }

  laterFragment(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    this.#border(this.#stamps.later(timestamp), bytes, -1)
    if (!this.#buffer.open) this.#missesStart()
    this.#appendFragment(bytes, start, end)
  }

  /** The last fragment was the last of its NAL unit. */
  endFragments(): void {
    this.#stamps.end()
    if (this.#buffer.open) this.#endNalUnit()
  }

  /** A packet, or the NAL unit that begins at `nalStart`, could not be read: its unit lacks something. */
  malformed(timestamp: Ticks, bytes: Uint8Array = EMPTY, nalStart = 0): void {
    this.#border(timestamp, bytes, nalStart)
    this.#damage()
  }

  marked(): void {
    const unit = this.#unit
    if (!unit.begun) return
    if (this.#buffer.open) {
      // A marker on a fragment that is not the last one means nothing.
      this.statistics.malformed++
      return
    }
    if (this.#markers.endsUnit(unit.timestamp, unit.slices || unit.damaged)) this.#finish()
  }

  unmarked(): void {
    this.#markers.unmarked()
  }

  #appendFragment(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#buffer.open || this.#buffer.append(bytes, start, end)) return
    this.#buffer.discard()
    this.#damage()
  }

  /** A later fragment came without the first. That is the camera's fault only where nothing was lost before. */
  #missesStart(): void {
    if (!this.#unit.damaged && !this.#unit.headUncertain) this.statistics.malformed++
    this.#unit.damaged = true
  }

  #damage(): void {
    this.#unit.damaged = true
    this.statistics.malformed++
  }

  /** Ends the unit that is being gathered, if the NAL unit at `nalStart` (-1: a later fragment of one) is not part of it. */
  #border(timestamp: Ticks, bytes: Uint8Array, nalStart: number): void {
    const unit = this.#unit
    const type = nalStart < 0 ? 0 : (bytes[nalStart] ?? 0) & 0x1f
    if (this.#buffer.open && nalStart >= 0) {
      // A fragment with the end bit never came, and nothing was lost: the camera forgot the bit.
      this.statistics.malformed++
      this.#endNalUnit()
    }
    if (!unit.begun) {
      const continues = nalStart < 0 || (isFirstPartition(type) && !startsPicture(bytes, nalStart))
      if (continues && this.#markers.continuesClosedUnit(timestamp)) {
        // The unit that the marker closed was not complete, and it is gone already: the rest is dropped for want of
        // its first slice, and what depends on it.
        this.statistics.malformed++
        this.#headUncertain = true
      }
    } else if (timestamp !== unit.timestamp) {
      if (this.#buffer.open) unit.damaged = true
      if (unit.slices || unit.damaged) this.#finish()
      // Parameter sets and SEI alone are no unit: they belong to what follows, whatever their timestamp was.
      else unit.timestamp = timestamp
    } else if (unit.slices && nalStart >= 0 && this.#startsUnit(type, bytes, nalStart)) {
      if (this.#pictures.ready.length < BUFFERS - 2) this.#finish()
    }
    if (unit.begun) return
    unit.begin(timestamp, this.#headUncertain)
    this.#headUncertain = false
  }

  /** ITU-T H.264 section 7.4.1.2.3, as far as it needs no more than the NAL unit's first bytes. */
  #startsUnit(type: number, bytes: Uint8Array, nalStart: number): boolean {
    // Parameter sets say nothing here: GStreamer's rtph264pay (config-interval=-1) repeats them before every slice of an IDR.
    if (type === NalUnitType.AccessUnitDelimiter) return true
    // Two fields share a timestamp and are one sample.
    return isFirstPartition(type) && startsPicture(bytes, nalStart) && this.#parameterSets.frameMbsOnly
  }

  #begin(): boolean {
    if (!this.#unit.damaged && this.#buffer.begin()) return true
    // Not worth gathering, or too many.
    if (!this.#unit.damaged) this.#damage()
    return false
  }

  /** The open NAL unit is complete; some cameras put a byte stream of several where one should be. */
  #endNalUnit(): void {
    const buffer = this.#buffer
    const { nalStart, length } = buffer
    const slice = isSlice((buffer.bytes[nalStart] ?? 0) & 0x1f)
    const searched = !slice || this.#slicesToSearch-- > 0
    if (!searched || findStartCode(buffer.bytes, nalStart, length) === length) {
      this.#takeNalUnit()
      return
    }
    this.#slicesToSearch = Number.POSITIVE_INFINITY
    const copy = buffer.bytes.slice(nalStart, length)
    buffer.discard()
    for (const nal of splitAnnexB(copy)) {
      if (!this.#begin()) break
      // The NAL units take at most a byte each more than the start codes between them did.
      if (buffer.append(nal, 0, nal.length)) this.#takeNalUnit()
      else {
        buffer.discard()
        this.#damage()
      }
    }
  }

  /** The open NAL unit becomes a part of the sample, or is left out. */
  #takeNalUnit(): void {
    const { bytes, nalStart, length } = this.#buffer
    if (this.#belongsToSample(bytes, nalStart, length)) this.#buffer.end()
    else this.#buffer.discard()
  }

  #belongsToSample(bytes: Uint8Array, start: number, end: number): boolean {
    const type = (bytes[start] ?? 0) & 0x1f
    switch (type) {
      case NalUnitType.SequenceParameterSet:
      case NalUnitType.PictureParameterSet:
        this.#takeParameterSet(bytes, start, end)
        return false
      case NalUnitType.AccessUnitDelimiter:
      case NalUnitType.EndOfSequence:
      case NalUnitType.EndOfStream:
      case NalUnitType.FillerData:
        return false
      case NalUnitType.Sei:
        this.#unit.recoveryFrameCount = Math.max(this.#unit.recoveryFrameCount, recoveryFrameCount(bytes, start, end))
        return true
      default:
        return !isSlice(type) || this.#takeSlice(type, bytes, start, end)
    }
  }

  #takeSlice(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    const unit = this.#unit
    // A header without a slice: what is left of a NAL unit that others were split from.
    if (end - start < 2) return false
    if (!unit.slices) {
      if (unit.headUncertain && !startsPicture(bytes, start)) unit.damaged = true
      unit.sliceStart = start
      unit.sliceEnd = end
    }
    unit.slices = true
    if (type === NalUnitType.IdrSlice) unit.idr = true
    if (unit.intra && isFirstPartition(type)) unit.intra = isIntraSlice(bytes, start, end)
    return true
  }

  #takeParameterSet(bytes: Uint8Array, start: number, end: number): void {
    try {
      if (this.#parameterSets.add(bytes, start, end)) this.#pictures.parameterSetsChanged()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      // The one before stays: most often it is a damaged repeat.
      this.statistics.malformed++
    }
  }

  #finish(): void {
    const unit = this.#unit
    const buffer = this.#buffer
    if (!unit.begun) return
    unit.begun = false
    this.#markers.finished(unit.damaged)
    if (unit.damaged) this.#pictures.damaged()
    else if (unit.slices && this.#pictures.take(unit, buffer.bytes.subarray(0, buffer.length))) {
      this.#buffer = this.#buffers[(this.#buffers.indexOf(buffer) + 1) % BUFFERS] ?? buffer
    }
    this.#buffer.clear()
  }
}

const EMPTY = new Uint8Array(0)

/** Types whose payload begins with a slice header. */
const isFirstPartition = (type: number): boolean =>
  type === NalUnitType.Slice || type === NalUnitType.SliceDataPartitionA || type === NalUnitType.IdrSlice
