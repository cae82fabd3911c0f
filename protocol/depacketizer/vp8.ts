import { isVp8Keyframe, parseVp8Keyframe, VP8_FRAME_TAG_BYTES, vp8Configuration } from '../codec/vp8.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { DEPENDENT, MALFORMED, UnitAssembler, type UnitFinding } from './unit-assembler.ts'

/**
 * VP8 by RFC 7741. A unit is a frame, hidden ones included; units begin at a keyframe.
 *
 * Sequence numbers tell of losses. PictureID, TL0PICIDX and KEYIDX are passed over: a gap in them is no loss, for relays
 * leave out temporal layers on purpose. After a loss, in whichever layer, nothing is given out up to the next keyframe.
 */
export class Vp8Depacketizer implements Depacketizer {
  readonly #assembler = new UnitAssembler(() => this.#inspect())
  readonly statistics: DepacketizerStatistics = this.#assembler.statistics

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const assembler = this.#assembler
    const { bytes, payloadStart, payloadEnd } = packet
    assembler.arrive(lost)
    const descriptor = descriptorLength(bytes, payloadStart, payloadEnd)
    if (descriptor < 0 || payloadStart + descriptor >= payloadEnd) {
      assembler.border(timestamp)
      assembler.malformed()
    } else {
      const startsFrame = isStartOfFrame(bytes[payloadStart] ?? 0)
      assembler.border(timestamp, startsFrame)
      if (assembler.length === 0 && !startsFrame) assembler.missesStart()
      assembler.append(bytes, payloadStart + descriptor, payloadEnd)
    }
    if (packet.marker) assembler.mark()
  }

  pull(): AccessUnit | null {
    return this.#assembler.pull()
  }

  flush(): void {
    this.#assembler.flush()
  }

  #inspect(): UnitFinding {
    const frame = this.#assembler.bytes.subarray(0, this.#assembler.length)
    if (frame.length < VP8_FRAME_TAG_BYTES) return MALFORMED
    if (!isVp8Keyframe(frame)) return DEPENDENT
    try {
      return { kind: 'random-access', configuration: vp8Configuration(parseVp8Keyframe(frame)), start: 0 }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return MALFORMED
    }
  }
}

/** S, and a partition index (PID) of 0: the first bytes of a frame follow. */
const isStartOfFrame = (first: number): boolean => (first & 0x17) === 0x10

/**
 * Bytes of the payload descriptor, RFC 7741 section 4.2, or -1 where it does not end.
 *
 * ```
 *      0 1 2 3 4 5 6 7
 *     |X|R|N|S|R| PID | (required)
 *  X: |I|L|T|K| RSV   |
 *  I: |M| PictureID   |
 *  M: |   PictureID   |
 *  L: |   TL0PICIDX   |
 * TK: |TID|Y| KEYIDX  |
 * ```
 */
function descriptorLength(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1
  let at = start + 1
  if ((bytes[start] ?? 0) & 0x80) {
    const extension = bytes[at++] ?? 0
    if (extension & 0x80) at += (bytes[at] ?? 0) & 0x80 ? 2 : 1
    if (extension & 0x40) at++
    if (extension & 0x30) at++
  }
  return at <= end ? at - start : -1
}
