import {
  av1Configuration,
  frameKind,
  Leb128,
  leb128Length,
  OBU_HAS_SIZE_FIELD,
  Obu,
  ObuType,
  writeLeb128,
} from '../codec/av1.ts'
import { parseAv1SequenceHeader } from '../codec/av1-sequence-header.ts'
import type { VideoConfiguration } from '../codec/configuration.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { DEPENDENT, NO_PICTURE, UnitAssembler, type UnitFinding } from './unit-assembler.ts'

/** Section 4.4, the aggregation header: |Z|Y| W |N|-|-|-|. */
const CONTINUES_FRAGMENT = 0x80 // Z
const FRAGMENT_CONTINUES = 0x40 // Y
const NEW_CODED_VIDEO_SEQUENCE = 0x08 // N

/** What the stream's newest sequence header says; it is valid until the next one. */
interface Sequence {
  /** The whole OBU, with obu_size. */
  readonly obu: Uint8Array
  readonly reducedStillPictureHeader: boolean
  readonly configuration: VideoConfiguration
}

/**
 * AV1 by the "RTP Payload Format For AV1" of the Alliance for Open Media. A unit is a temporal unit, in the low-overhead
 * format that MP4 samples have: each OBU with obu_has_size_field, without temporal delimiters, tile lists, padding and
 * redundant frame headers (AV1 Codec ISO Media File Format Binding section 2.4).
 *
 * - Units begin at a key frame that is shown, with the sequence header before it, which stays in the sample. Where a camera
 *   does not repeat the sequence header, the last one is put there: that is what makes it a sync sample.
 * - A changed sequence header is a new configuration.
 * - After a loss, in whichever layer, nothing is given out up to the next such key frame.
 * - The N flag says where a coded video sequence begins. The OBUs say so, too, and are believed; it only tells after a loss
 *   that a unit's beginning is not missing.
 */
export class Av1Depacketizer implements Depacketizer {
  readonly #assembler = new UnitAssembler(() => this.#inspect())
  readonly statistics: DepacketizerStatistics = this.#assembler.statistics
  readonly #elementSize = new Leb128()
  readonly #obu = new Obu()
  /** Where the OBU begins whose fragments are gathered, or -1. */
  #fragmentStart = -1
  #sequence: Sequence | null = null
  /** The unit has a sequence header. */
  #hasSequenceHeader = false
  /** By the first frame of the unit. */
  #picture: 'none' | 'random-access' | 'dependent' = 'none'

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const assembler = this.#assembler
    assembler.arrive(lost)
    if (timestamp !== assembler.timestamp) this.#endFragment()
    if (assembler.border(timestamp)) this.#begin()
    this.#elements(packet.bytes, packet.payloadStart, packet.payloadEnd)
    if (!packet.marker) return
    this.#endFragment()
    assembler.mark()
  }

  pull(): AccessUnit | null {
    return this.#assembler.pull()
  }

  flush(): void {
    this.#endFragment()
    this.#assembler.flush()
  }

  /** A unit does not end within an OBU: the rest of it is missing. */
  #endFragment(): void {
    const { begun, damaged } = this.#assembler
    if (this.#fragmentStart >= 0 && begun && !damaged) this.#assembler.malformed()
  }

  #begin(): void {
    this.#fragmentStart = -1
    this.#hasSequenceHeader = false
    this.#picture = 'none'
  }

  /** The OBU elements of a packet, section 4.3: each behind its size, where W does not spare the last one's. */
  #elements(bytes: Uint8Array, start: number, end: number): void {
    const assembler = this.#assembler
    const header = bytes[start] ?? 0
    if (end - start < 2) assembler.malformed()
    const continues = (header & CONTINUES_FRAGMENT) !== 0
    if (header & NEW_CODED_VIDEO_SEQUENCE && !continues) assembler.headUncertain = false
    if (continues && this.#fragmentStart < 0) assembler.missesStart()
    if (!continues && this.#fragmentStart >= 0 && !assembler.damaged) assembler.malformed()
    const count = (header >> 4) & 3
    let at = start + 1
    for (let element = 1; at < end && !assembler.damaged; element++) {
      let size = end - at
      if (element !== count) {
        if (!this.#elementSize.read(bytes, at, end)) break
        at = this.#elementSize.next
        size = this.#elementSize.value
      }
      if (at + size > end) break
      if (this.#fragmentStart < 0) this.#fragmentStart = assembler.length
      assembler.append(bytes, at, at + size)
      at += size
      const fragment = at === end && (header & FRAGMENT_CONTINUES) !== 0
      if (!fragment && !assembler.damaged) this.#endObu()
    }
    // A size that does not end, or reaches too far.
    if (at !== end && !assembler.damaged) assembler.malformed()
  }

  /** The OBU that begins at `#fragmentStart` is complete: it becomes a part of the sample, or is left out. */
  #endObu(): void {
    const assembler = this.#assembler
    const obu = this.#obu
    const start = this.#fragmentStart
    this.#fragmentStart = -1
    // An element of no bytes says nothing.
    if (assembler.length === start) return
    if (!obu.read(assembler.bytes, start, assembler.length) || obu.payloadEnd !== assembler.length) {
      assembler.malformed()
    } else if (!belongsToSample(obu.type)) {
      assembler.length = start
    } else if (this.#stateSize(start)) {
      if (obu.type === ObuType.SequenceHeader) this.#takeSequenceHeader(start)
      else if (obu.type === ObuType.FrameHeader || obu.type === ObuType.Frame) this.#takeFrame(start)
    }
  }

  /**
   * Writes obu_size where the OBU has none. How long it is, is known only when the last fragment has come, so the payload is
   * moved: a few bytes further, in place.
   */
  #stateSize(start: number): boolean {
    const obu = this.#obu
    if (obu.hasSize) return true
    const size = obu.payloadEnd - obu.payloadStart
    const sizeBytes = leb128Length(size)
    if (!this.#insert(obu.payloadStart, sizeBytes)) return false
    const { bytes } = this.#assembler
    bytes[start] = (bytes[start] ?? 0) | OBU_HAS_SIZE_FIELD
    writeLeb128(bytes, obu.payloadStart, size)
    obu.payloadStart += sizeBytes
    obu.payloadEnd += sizeBytes
    return true
  }

  /** Moves what lies from `at` on. @returns false where the bound is reached. */
  #insert(at: number, count: number): boolean {
    const assembler = this.#assembler
    if (!assembler.reserve(count)) {
      assembler.malformed()
      return false
    }
    assembler.bytes.copyWithin(at + count, at, assembler.length)
    assembler.length += count
    return true
  }

  #takeSequenceHeader(start: number): void {
    const assembler = this.#assembler
    const { payloadStart, payloadEnd } = this.#obu
    const obu = assembler.bytes.subarray(start, payloadEnd)
    // The repeat before each key frame is the rule: it costs a comparison.
    if (!this.#sequence || !equal(this.#sequence.obu, obu)) {
      try {
        const header = parseAv1SequenceHeader(assembler.bytes.subarray(payloadStart, payloadEnd))
        const kept = obu.slice()
        const { reducedStillPictureHeader } = header
        this.#sequence = { obu: kept, reducedStillPictureHeader, configuration: av1Configuration(header, kept) }
        assembler.awaitRandomAccess()
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        assembler.malformed()
      }
    }
    this.#hasSequenceHeader = true
  }

  #takeFrame(start: number): void {
    if (this.#picture !== 'none') return
    const assembler = this.#assembler
    const sequence = this.#sequence
    this.#picture = 'dependent'
    if (!sequence) return
    const kind = frameKind(assembler.bytes, this.#obu.payloadStart, sequence.reducedStillPictureHeader)
    if (kind !== 'shown-key-frame') return
    if (!this.#hasSequenceHeader) {
      // It may have been a new one that was lost with the beginning of the unit.
      if (assembler.headUncertain || !this.#insert(start, sequence.obu.length)) return
      assembler.bytes.set(sequence.obu, start)
    }
    this.#picture = 'random-access'
  }

  #inspect(): UnitFinding {
    if (this.#picture === 'none') return NO_PICTURE
    if (this.#picture === 'dependent' || !this.#sequence) return DEPENDENT
    return { kind: 'random-access', configuration: this.#sequence.configuration, start: 0 }
  }
}

const belongsToSample = (type: number): boolean =>
  type !== ObuType.TemporalDelimiter &&
  type !== ObuType.TileList &&
  type !== ObuType.Padding &&
  type !== ObuType.RedundantFrameHeader

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
