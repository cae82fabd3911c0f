import { findStartCode, splitAnnexB } from '../codec/h264.ts'
import { recoveryFrameCount } from '../codec/h264-slice.ts'
import {
  isParameterSet,
  isSlice,
  layerIdOf,
  NAL_UNIT_HEADER_BYTES,
  NalUnitType,
  slicePictureParameterSetId,
  startsPicture,
  typeOf,
} from '../codec/h265.ts'
import { addAll, H265ParameterSets } from '../codec/h265-parameter-sets.ts'
import { ProtocolError } from '../errors.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { DepacketizerStatistics } from './depacketizer.ts'
import { FragmentStamps } from './fragment-stamps.ts'
import { H265Pictures, type WholePicture } from './h265-pictures.ts'
import { type MarkerTrust, MarkerWatch } from './marker-watch.ts'
import { NalUnitBuffer } from './nal-unit-buffer.ts'
import type { NalUnitSink } from './nal-unit-sink.ts'

/**
 * One push can finish a unit by its timestamp, one by what begins within an aggregate, and one by its marker, while a
 * fourth is gathered. Further pictures in one packet are not told apart.
 */
const BUFFERS = 4
/** Slices that are searched for start codes before the stream is taken to have none: the search reads every byte. */
const SLICES_SEARCHED = 64

/** What a NAL unit, or a part of one, says about the border between two access units. */
type Place = 'first-slice' | 'later-slice' | 'delimiter' | 'anywhere'

/** What is known of the access unit that is being gathered. */
class Gathering implements WholePicture {
  timestamp = Ticks(0)
  /** A packet of it has come. */
  begun = false
  slices = false
  type = 0
  pictureParameterSetId = -1
  recoveryPoint = false
  beginsSequence = false
  /** A part is missing, or a bound was reached. */
  damaged = false
  /** Packets before it were lost, so its beginning may be: that it is missing is no fault of the camera. */
  headUncertain = false

  begin(timestamp: Ticks, headUncertain: boolean): void {
    this.timestamp = timestamp
    this.begun = true
    this.slices = false
    this.type = 0
    this.pictureParameterSetId = -1
    this.recoveryPoint = false
    this.beginsSequence = false
    this.damaged = false
    this.headUncertain = headUncertain
  }
}

/**
 * Gathers NAL units, which come in decoding order, to access units.
 *
 * - Units begin at a random access point (an IDR, BLA or CRA picture, or a recovery point SEI, as of periodic intra
 *   refresh) with known parameter sets. After a loss everything up to the next one is dropped and counted, since it may
 *   depend on what was lost.
 * - RASL pictures refer to what precedes their CRA or BLA picture: they are dropped and counted where that is not there,
 *   or is of another coded video sequence. RADL pictures are kept.
 * - Parameter sets are taken out of the stream and given as the configuration: an `hvc1` sample entry holds them all, and
 *   samples hold none (ISO/IEC 14496-15 section 8.4.1.1). A change waits for a random access point.
 * - NAL units of other layers than the base layer are left out (ITU-T H.265 section 7.4.2.2).
 */
export class H265AccessUnits implements NalUnitSink {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  readonly #parameterSets = new H265ParameterSets()
  readonly #markers = new MarkerWatch()
  readonly #stamps = new FragmentStamps()
  readonly #pictures = new H265Pictures(this.statistics, this.#parameterSets)
  readonly #buffers = Array.from({ length: BUFFERS }, () => new NalUnitBuffer())
  #buffer: NalUnitBuffer
  readonly #unit = new Gathering()
  #endOfSequence = false
  #headUncertain = true
  #slicesToSearch = SLICES_SEARCHED

  /** @param parameterSets of the SDP; NAL units bare or in a byte stream. Those in band win over them. */
  constructor(parameterSets: readonly Uint8Array[]) {
    this.#buffer = this.#buffers[0] ?? new NalUnitBuffer()
    for (const bytes of parameterSets) this.statistics.malformed += addAll(this.#parameterSets, splitAnnexB(bytes))
  }

  /** How far the stream's markers are relied on. */
  get markerTrust(): MarkerTrust {
    return this.#markers.trust
  }

  pull(): AccessUnit | null {
    return this.#pictures.ready.shift() ?? null
  }

  /** What was given and not pulled is lost: its buffers are needed, and what follows depends on it. */
  dropUnpulled(): void {
    if (this.#pictures.ready.length > 0) this.#pictures.dropReady()
  }

  lose(): void {
    this.#buffer.discard()
    if (this.#unit.begun) this.#unit.damaged = true
    this.#pictures.lose()
    this.#headUncertain = true
    this.#markers.lost()
    this.#stamps.lost()
  }

  begin(timestamp: Ticks, header0: number, header1: number, first: number): void {
    if (this.#buffer.open) {
      // A fragment with the end bit never came, and nothing was lost: the camera forgot the bit.
      this.statistics.malformed++
      this.end()
    }
    this.#border(timestamp, placeOf(header0, header1, first))
    this.#stamps.first(timestamp)
    if (!this.#open()) return
    this.#buffer.byte(header0)
    this.#buffer.byte(header1)
  }

  continue(timestamp: Ticks): void {
    this.#border(this.#stamps.later(timestamp), 'later-slice')
    if (!this.#buffer.open) this.#missesBeginning()
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#buffer.open || this.#buffer.append(bytes, start, end)) return
    this.#buffer.discard()
    this.#damage()
  }

  /** The open NAL unit is complete; some cameras put a byte stream of several where one should be. */
  end(): void {
    this.#stamps.end()
    const buffer = this.#buffer
    if (!buffer.open) return
    const { nalStart, length } = buffer
    const searched = !isSlice(typeOf(buffer.bytes[nalStart] ?? 0)) || this.#slicesToSearch-- > 0
    if (!searched || findStartCode(buffer.bytes, nalStart, length) === length) {
      this.#takeNalUnit()
      return
    }
    this.#slicesToSearch = Number.POSITIVE_INFINITY
    const copy = buffer.bytes.slice(nalStart, length)
    buffer.discard()
    for (const nal of splitAnnexB(copy)) {
      if (!this.#open()) break
      this.append(nal, 0, nal.length)
      if (buffer.open) this.#takeNalUnit()
    }
  }

  malformed(timestamp: Ticks): void {
    this.#border(timestamp, 'anywhere')
    this.#damage()
  }

  /** The packet that was taken last had the marker. */
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

  flush(): void {
    if (this.#buffer.open) this.#unit.damaged = true
    this.#finish()
  }

  #damage(): void {
    this.#unit.damaged = true
    this.statistics.malformed++
  }

  /** A later fragment or slice came without the first. That is the camera's fault only where nothing was lost before. */
  #missesBeginning(): void {
    if (!this.#unit.damaged && !this.#unit.headUncertain) this.statistics.malformed++
    this.#unit.damaged = true
  }

  /** Ends the unit that is being gathered, if what comes is not part of it, and begins one where there is none. */
  #border(timestamp: Ticks, place: Place): void {
    const unit = this.#unit
    if (!unit.begun) {
      if (place === 'later-slice' && this.#markers.continuesClosedUnit(timestamp)) {
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
    } else if (unit.slices && (place === 'first-slice' || place === 'delimiter')) {
      // ITU-T H.265 section 7.4.2.4.4. Parameter sets say nothing here: GStreamer's rtph265pay (config-interval=-1)
      // repeats them before every slice of an IDR picture.
      if (this.#pictures.ready.length < BUFFERS - 2) this.#finish()
    }
    if (unit.begun) return
    unit.begin(timestamp, this.#headUncertain)
    this.#headUncertain = false
  }

  #open(): boolean {
    if (this.#unit.damaged) return false // not worth gathering
    if (this.#buffer.begin()) return true
    this.#damage()
    return false
  }

  /** The open NAL unit becomes a part of the sample, or is left out. */
  #takeNalUnit(): void {
    const { bytes, nalStart, length } = this.#buffer
    if (this.#belongsToSample(bytes, nalStart, length)) this.#buffer.end()
    else this.#buffer.discard()
  }

  #belongsToSample(bytes: Uint8Array, start: number, end: number): boolean {
    const header0 = bytes[start] ?? 0
    // A header alone: what is left of a NAL unit that others were split from.
    if (end - start < NAL_UNIT_HEADER_BYTES || layerIdOf(header0, bytes[start + 1] ?? 0) > 0) return false
    const type = typeOf(header0)
    if (isSlice(type)) return this.#takeSlice(type, bytes, start, end)
    if (isParameterSet(type)) {
      this.#takeParameterSet(bytes, start, end)
      return false
    }
    switch (type) {
      case NalUnitType.AccessUnitDelimiter:
      case NalUnitType.FillerData:
        return false
      case NalUnitType.EndOfSequence:
      case NalUnitType.EndOfBitstream:
        // It stays, since it tells the decoder as well how to take a CRA picture that follows.
        this.#endOfSequence = true
        return true
      case NalUnitType.PrefixSei:
        // Behind a header of one byte more the messages are those of H.264, and a recovery point has the same number.
        if (recoveryFrameCount(bytes, start + 1, end) >= 0) this.#unit.recoveryPoint = true
        return true
      case NalUnitType.SuffixSei:
        // Behind a marker that came too early it would be taken for the next picture's.
        return this.#unit.slices
      default:
        return type > NalUnitType.VideoParameterSet
    }
  }

  #takeSlice(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    const unit = this.#unit
    if (end - start <= NAL_UNIT_HEADER_BYTES) return false
    if (unit.slices) return true
    if (!startsPicture(bytes[start + NAL_UNIT_HEADER_BYTES] ?? 0)) this.#missesBeginning()
    unit.slices = true
    unit.type = type
    unit.pictureParameterSetId = slicePictureParameterSetId(bytes, start, end)
    unit.beginsSequence = this.#endOfSequence
    this.#endOfSequence = false
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

function placeOf(header0: number, header1: number, first: number): Place {
  const type = typeOf(header0)
  if (layerIdOf(header0, header1) > 0) return 'anywhere'
  if (isSlice(type)) return startsPicture(first) ? 'first-slice' : 'later-slice'
  return type === NalUnitType.AccessUnitDelimiter ? 'delimiter' : 'anywhere'
}
