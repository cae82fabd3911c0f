import type { RtpPacket } from './packet.ts'

/** ONVIF Streaming Specification section 6.3: the profile's number of the replay header extension. */
const REPLAY = 0xabac
const WORDS_BYTES = 12

/**
 * The header extension that every packet of an ONVIF replay has: when its access unit was recorded.
 *
 * ```
 * |        0xABAC                 |         length = 3            |
 * |                     NTP timestamp, seconds                    |
 * |                     NTP timestamp, fraction                   |
 * |C|E|D|T|  mbz  |     Cseq      |            padding            |
 * ```
 * A longer one holds a further extension behind these words (section 6.3: JPEG).
 */
export class OnvifReplay {
  /** Seconds since 1900 and their fraction in 1/2^32. */
  ntpSeconds = 0
  ntpFraction = 0
  /** C: a decoder can start at this access unit. */
  cleanPoint = false
  /** E: the last access unit of a contiguous section of the recording. */
  endOfSection = false
  /** D: what comes before this access unit is not what was recorded before it. */
  discontinuity = false
  /** T: the last of the track; nothing more is to be played. */
  terminal = false
  /** The low byte of the CSeq of the PLAY that this is played for: packets of an earlier PLAY have another. */
  cseq = 0

  /** Sets this from the packet. False where it has no such extension; then the fields mean nothing. */
  read(packet: RtpPacket): boolean {
    if (packet.extensionProfile !== REPLAY) return false
    if (packet.extensionEnd - packet.extensionStart < WORDS_BYTES) return false
    const { bytes, extensionStart: at } = packet
    this.ntpSeconds = uint32At(bytes, at)
    this.ntpFraction = uint32At(bytes, at + 4)
    const flags = bytes[at + 8] ?? 0
    this.cleanPoint = (flags & 0x80) !== 0
    this.endOfSection = (flags & 0x40) !== 0
    this.discontinuity = (flags & 0x20) !== 0
    this.terminal = (flags & 0x10) !== 0
    this.cseq = bytes[at + 9] ?? 0
    return true
  }
}

// The caller has checked the range; the fallback only satisfies the type.
const uint32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
