import { SAMPLING_FREQUENCIES } from './aac.ts'

/** ISO/IEC 14496-3 section 1.A.2.2: bytes of an ADTS header, without and with CRC. */
const ADTS_BYTES = 7
const ADTS_CRC_BYTES = 9

/** What an ADTS header says of the frame behind it. */
export interface AdtsHeader {
  readonly headerLength: number
  /** aac_frame_length: bytes of header and frame. */
  readonly frameLength: number
  readonly sampleRate: number
  /** 0 where the frame itself tells, in a program_config_element. */
  readonly channels: number
}

/** There is a syncword and layer 0. A bare frame never begins so: its first three bits, 111, would mean its end. */
export const startsWithAdts = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= ADTS_BYTES && bytes[start] === 0xff && ((bytes[start + 1] ?? 0) & 0xf6) === 0xf0

/** Reads the header at `start`; null where there is none, or one with a reserved frequency. */
export function readAdtsHeader(bytes: Uint8Array, start: number, end: number): AdtsHeader | null {
  if (!startsWithAdts(bytes, start, end)) return null
  const at = (offset: number): number => bytes[start + offset] ?? 0
  const sampleRate = SAMPLING_FREQUENCIES[(at(2) >> 2) & 0x0f]
  if (sampleRate === undefined) return null
  const channelConfiguration = ((at(2) & 1) << 2) | (at(3) >> 6)
  return {
    headerLength: (at(1) & 1) === 1 ? ADTS_BYTES : ADTS_CRC_BYTES, // protection_absent
    frameLength: ((at(3) & 3) << 11) | (at(4) << 3) | (at(5) >> 5),
    sampleRate,
    channels: channelConfiguration === 7 ? 8 : channelConfiguration,
  }
}
