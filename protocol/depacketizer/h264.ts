import { findStartCode, isSlice, NalUnitType, splitAnnexB } from '../codec/h264.ts'
import { addAll, H264ParameterSets } from '../codec/h264-parameter-sets.ts'
import { hasRecoveryPoint, isBSlice, startsPicture } from '../codec/h264-slice.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { type MarkerTrust, MarkerWatch } from './marker-watch.ts'
import { NalUnitBuffer } from './nal-unit-buffer.ts'

/** RFC 6184 section 5.4: payload structures beyond the single NAL unit, and the FU header's bits. */
const STAP_A = 24
const FU_A = 28
const FU_START = 0x80
const FU_END = 0x40

/**
 * One push can finish a unit by its timestamp, one by what begins within an aggregate, and one by its marker, while a
 * fourth is gathered. Further pictures in one packet are not told apart.
 */
const BUFFERS = 4
/** Slices that are searched for start codes before the stream is taken to have none: the search reads every byte. */
const SLICES_SEARCHED = 64

export interface H264DepacketizerOptions {
  /** `sprop-parameter-sets`, decoded from base64; NAL units bare or in a byte stream. Those in band win over them. */
  readonly parameterSets: readonly Uint8Array[]
}

/** What is known of the access unit that is being gathered. */
class Gathering {
  timestamp = Ticks(0)
  /** A packet of it has come. */
  begun = false
  slices = false
  idr = false
  recoveryPoint = false
  /** A part is missing, or a bound was reached. */
  damaged = false
  /** Packets before it were lost, so its beginning may be: its first slice must be the first of a picture. */
  headUncertain = false

  begin(timestamp: Ticks, headUncertain: boolean): void {
    this.timestamp = timestamp
    this.begun = true
    this.slices = false
    this.idr = false
    this.recoveryPoint = false
    this.damaged = false
    this.headUncertain = headUncertain
  }
}

/**
 * H.264 by RFC 6184: single NAL unit mode and non-interleaved mode (packetization-mode 0 and 1).
 *
 * - Units begin at a random access point (an IDR picture, or a recovery point SEI, as of periodic intra refresh) with
 *   known parameter sets. After a loss everything up to the next one is dropped and counted, since it may depend on
 *   what was lost.
 * - Parameter sets are taken out of the stream and given as the configuration: an `avc1` sample entry holds them all, and
 *   samples hold none (ISO/IEC 14496-15 section 5.3.2). A change waits for a random access point.
 * - A unit ends by its marker; where cameras set markers wrongly or never, by the next timestamp or first slice.
 */
export class H264Depacketizer implements Depacketizer {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  readonly #parameterSets = new H264ParameterSets()
  readonly #markers = new MarkerWatch()
  readonly #ready: AccessUnit[] = []
  readonly #buffers = Array.from({ length: BUFFERS }, () => new NalUnitBuffer())
  #buffer: NalUnitBuffer
  readonly #unit = new Gathering()
  /** What changed since the last unit: new parameter sets need a random access point, a learned reorder depth does not. */
  #change: 'none' | 'reorder-depth' | 'parameter-sets' = 'parameter-sets'
  #awaitsRandomAccess = true
  #headUncertain = true
  #discontinuity = false
  #slicesToSearch = SLICES_SEARCHED

  constructor(options: H264DepacketizerOptions) {
    this.#buffer = this.#buffers[0] ?? new NalUnitBuffer()
    for (const bytes of options.parameterSets) {
      this.statistics.malformed += addAll(this.#parameterSets, splitAnnexB(bytes))
    }
  }

  /** How far the stream's markers are relied on. */
  get markerTrust(): MarkerTrust {
    return this.#markers.trust
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    if (this.#ready.length > 0) this.#dropUnpulled()
    if (lost > 0) this.#lose()
    const { bytes, payloadEnd: end } = packet
    const start = skipStartCode(bytes, packet.payloadStart, end)
    const type = (bytes[start] ?? 0) & 0x1f
    // An empty payload lacks nothing, and its marker may count.
    if (start >= end) this.statistics.malformed++
    else if (type === FU_A && end - start >= 2) this.#fragment(bytes, start, end, timestamp)
    else if (type === STAP_A && end - start > 3) this.#aggregate(bytes, start, end, timestamp)
    else if (type > 0 && type < STAP_A) this.#single(bytes, start, end, timestamp)
    else this.#malformed(timestamp)
    if (packet.marker) this.#marked()
    else this.#markers.unmarked()
  }

  pull(): AccessUnit | null {
    return this.#ready.shift() ?? null
  }

  flush(): void {
    if (this.#buffer.open) this.#unit.damaged = true
    this.#finish()
  }

  /** Section 5.6. */
  #single(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    this.#border(timestamp, bytes, start)
    this.#nalUnit(bytes, start, end)
  }

  /** Section 5.7.1: a 16-bit size before each NAL unit. */
  #aggregate(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    for (let at = start + 1; at + 2 <= end; ) {
      const size = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
      at += 2
      // Each on its own: a picture may begin behind its SEI.
      if (size > 0) this.#border(timestamp, bytes, at)
      if (at + size > end) {
        this.#damage()
        break
      }
      if (size > 0) this.#nalUnit(bytes, at, at + size)
      at += size
    }
  }

  /**
   * Section 5.8. Start and end may both be set: RFC 6184 forbids it, some cameras do it, and it is clear what is meant.
   */
  #fragment(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    const fuHeader = bytes[start + 1] ?? 0
    if (fuHeader & FU_START) {
      // The byte of the FU header stands where the NAL unit's header was, with the same type, before its first byte.
      this.#border(timestamp, bytes, start + 1)
      if (this.#begin()) this.#buffer.byte(((bytes[start] ?? 0) & 0xe0) | (fuHeader & 0x1f))
    } else {
      this.#border(timestamp, bytes, -1)
      if (!this.#buffer.open) this.#missesStart()
    }
    if (!this.#buffer.open) return
    if (!this.#buffer.append(bytes, start + 2, end)) {
      this.#buffer.discard()
      this.#damage()
    } else if (fuHeader & FU_END) this.#endNalUnit()
  }

  /** Interleaved mode (STAP-B, MTAP, FU-B), reserved types, and what is too short: the unit lacks something. */
  #malformed(timestamp: Ticks): void {
    this.#border(timestamp, EMPTY, 0)
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

  /** The caller did not pull what it was given; its buffers are needed, and what follows depends on it. */
  #dropUnpulled(): void {
    this.statistics.dropped += this.#ready.length
    this.#ready.length = 0
    this.#change = 'parameter-sets'
    this.#discontinuity = true
  }

  #lose(): void {
    this.#buffer.discard()
    if (this.#unit.begun) this.#unit.damaged = true
    this.#awaitsRandomAccess = true
    this.#discontinuity = true
    this.#headUncertain = true
    this.#markers.lost()
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
      if (this.#ready.length < BUFFERS - 2) this.#finish()
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

  #marked(): void {
    const unit = this.#unit
    if (!unit.begun) return
    if (this.#buffer.open) {
      // A marker on a fragment that is not the last one means nothing.
      this.statistics.malformed++
      return
    }
    if (this.#markers.endsUnit(unit.timestamp, unit.slices || unit.damaged)) this.#finish()
  }

  #begin(): boolean {
    if (!this.#unit.damaged && this.#buffer.begin()) return true
    // Not worth gathering, or too many.
    if (!this.#unit.damaged) this.#damage()
    return false
  }

  #nalUnit(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#begin()) return
    if (this.#buffer.append(bytes, start, end)) {
      this.#endNalUnit()
    } else {
      this.#buffer.discard()
      this.#damage()
    }
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
        if (hasRecoveryPoint(bytes, start, end)) this.#unit.recoveryPoint = true
        return true
      default:
        return !isSlice(type) || this.#takeSlice(type, bytes, start, end)
    }
  }

  #takeSlice(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    const unit = this.#unit
    // A header without a slice: what is left of a NAL unit that others were split from.
    if (end - start < 2) return false
    if (!unit.slices && unit.headUncertain && !startsPicture(bytes, start)) unit.damaged = true
    unit.slices = true
    if (type === NalUnitType.IdrSlice) unit.idr = true
    if (this.#parameterSets.awaitsBSlices && isBSlice(bytes, start, end)) {
      if (this.#parameterSets.noteBSlice() && this.#change === 'none') this.#change = 'reorder-depth'
    }
    return true
  }

  #takeParameterSet(bytes: Uint8Array, start: number, end: number): void {
    try {
      if (this.#parameterSets.add(bytes, start, end)) this.#change = 'parameter-sets'
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
    this.#markers.finished(unit.damaged)
    if (unit.damaged) this.#awaitsRandomAccess = true
    const given = !unit.damaged && unit.slices && this.#give()
    if (!given && (unit.damaged || unit.slices)) {
      this.statistics.dropped++
      this.#discontinuity = true
    }
    unit.begun = false
    if (!given) buffer.clear()
  }

  /** @returns false where a decoder could do nothing with the unit. */
  #give(): boolean {
    const { timestamp, idr, recoveryPoint } = this.#unit
    const randomAccess = idr || recoveryPoint
    if (this.#change === 'parameter-sets') this.#awaitsRandomAccess = true
    if (this.#awaitsRandomAccess && !randomAccess) return false
    const configuration = this.#change === 'none' ? undefined : this.#parameterSets.configuration()
    if (configuration === null) return false
    this.#ready.push({
      data: this.#buffer.bytes.subarray(0, this.#buffer.length),
      timestamp,
      randomAccess,
      discontinuity: this.#discontinuity,
      configuration,
    })
    this.statistics.units++
    this.#change = 'none'
    this.#awaitsRandomAccess = false
    this.#discontinuity = false
    this.#buffer = this.#buffers[(this.#buffers.indexOf(this.#buffer) + 1) % BUFFERS] ?? this.#buffer
    this.#buffer.clear()
    return true
  }
}

const EMPTY = new Uint8Array(0)

/** Types whose payload begins with a slice header. */
const isFirstPartition = (type: number): boolean =>
  type === NalUnitType.Slice || type === NalUnitType.SliceDataPartitionA || type === NalUnitType.IdrSlice

/** Where the NAL unit begins in a payload that a camera put behind a start code. */
function skipStartCode(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || bytes[start] !== 0 || bytes[start + 1] !== 0) return start
  if (bytes[start + 2] === 1) return start + 3
  return bytes[start + 2] === 0 && bytes[start + 3] === 1 ? start + 4 : start
}
