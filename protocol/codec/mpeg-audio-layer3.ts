import { HIGHEST_BITRATE_INDEX, lengthAtBitrate, MPEG_AUDIO_HEADER_BYTES, type MpegAudioHeader } from './mpeg-audio.ts'

/** Bytes of side_info() of a layer III frame (ISO/IEC 11172-3 section 2.4.1.7, ISO/IEC 13818-3 section 2.4.1.7). */
export function sideInfoLength({ lowSamplingFrequencies, channels }: MpegAudioHeader): number {
  if (lowSamplingFrequencies) return channels === 1 ? 9 : 17
  return channels === 1 ? 17 : 32
}

/** Bytes of main data that lie in frames before this one: main_data_begin. `start` is where the frame begins. */
export function mainDataBegin(header: MpegAudioHeader, bytes: Uint8Array, start: number): number {
  const at = start + header.dataStart
  const first = bytes[at] ?? 0
  return header.lowSamplingFrequencies ? first : (first << 1) | ((bytes[at + 1] ?? 0) >> 7)
}

/**
 * Makes a frame silent in place: side information of zeros says that it has no main data of its own. What it carries of
 * the main data of later frames stays.
 */
export function silence(header: MpegAudioHeader, bytes: Uint8Array, start: number): void {
  const at = start + header.dataStart
  bytes.fill(0, at, at + sideInfoLength(header))
  writeCrc(header, bytes, start)
}

/**
 * Makes a frame that a decoder can play without those before it, of one whose main data lie together: an ADU of
 * RFC 5219. main_data_begin is 0, and the bitrate is the lowest at which the frame has room.
 *
 * @param adu header, CRC, side information and main data
 * @returns null where no bitrate has room: then it was no frame.
 */
export function selfContainedFrame(header: MpegAudioHeader, adu: Uint8Array): Uint8Array | null {
  const index = bitrateFor(header, adu.length)
  if (index === 0) return null
  const frame = new Uint8Array(lengthAtBitrate(header, index))
  frame.set(adu)
  frame[2] = (index << 4) | ((adu[2] ?? 0) & 0b1100) /* sampling_frequency */ | ((adu[2] ?? 0) & 1) /* private_bit */
  const at = header.dataStart
  frame[at] = 0
  if (!header.lowSamplingFrequencies) frame[at + 1] = (frame[at + 1] ?? 0) & 0x7f
  writeCrc(header, frame, 0)
  return frame
}

/** The lowest bitrate_index at which a frame has so many bytes; 0 where none has. */
function bitrateFor(header: MpegAudioHeader, length: number): number {
  for (let index = 1; index <= HIGHEST_BITRATE_INDEX; index++) {
    if (lengthAtBitrate(header, index) >= length) return index
  }
  return 0
}

/** crc_check, section 2.4.3.1: over the last two bytes of the header and the side information. */
function writeCrc(header: MpegAudioHeader, bytes: Uint8Array, start: number): void {
  if (header.dataStart === MPEG_AUDIO_HEADER_BYTES) return
  let crc = crc16(0xffff, bytes, start + 2, start + MPEG_AUDIO_HEADER_BYTES)
  crc = crc16(crc, bytes, start + header.dataStart, start + header.dataStart + sideInfoLength(header))
  bytes[start + MPEG_AUDIO_HEADER_BYTES] = crc >> 8
  bytes[start + MPEG_AUDIO_HEADER_BYTES + 1] = crc & 0xff
}

/** x^16 + x^15 + x^2 + 1. */
function crc16(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = seed
  for (let at = start; at < end; at++) {
    crc ^= (bytes[at] ?? 0) << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x8005) & 0xffff : crc << 1
  }
  return crc
}
