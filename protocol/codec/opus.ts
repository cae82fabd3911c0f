import type { AudioConfiguration } from './configuration.ts'

/** Opus always counts at 48 kHz, whatever it codes (RFC 7587 section 4.1). */
export const OPUS_SAMPLE_RATE = 48_000
/** RFC 6716 section 3.2, R5: 120 ms. */
const LONGEST_PACKET = 5760
/** RFC 6716 section 3.2, R2. */
const LONGEST_FRAME_BYTES = 1275

/** What a packet says of itself (RFC 6716 section 3.1). */
export interface OpusPacket {
  /** Samples at 48 kHz, of all its frames: 120 (2.5 ms) to 5760 (120 ms). */
  readonly duration: number
  /** 1 to 48. */
  readonly frames: number
  readonly stereo: boolean
}

/**
 * Reads the TOC byte and the lengths of the frames; null where they break one of the rules R1 to R7 of RFC 6716
 * section 3.4, for a decoder may refuse such a packet and end the stream.
 */
export function parseOpusPacket(bytes: Uint8Array, start = 0, end = bytes.length): OpusPacket | null {
  const toc = bytes[start]
  if (toc === undefined || start >= end) return null
  const frames = countFrames(bytes, start, end, toc & 0b11)
  const duration = frames * frameDuration(toc >> 3)
  if (frames === 0 || duration > LONGEST_PACKET) return null
  return { duration, frames, stereo: (toc & 0b100) !== 0 }
}

/**
 * What a decoder needs. Nothing is to be skipped: a stream that is joined has no beginning, and its timestamps are those
 * of what is heard.
 */
export function opusConfiguration(channels: 1 | 2): AudioConfiguration {
  return {
    kind: 'audio',
    codec: 'opus',
    description: Uint8Array.of(
      0, // Version
      channels, // OutputChannelCount
      ...[0, 0], // PreSkip
      ...[0, 0, OPUS_SAMPLE_RATE >> 8, OPUS_SAMPLE_RATE & 0xff], // InputSampleRate
      ...[0, 0], // OutputGain
      0, // ChannelMappingFamily: mono or stereo
    ),
    sampleRate: OPUS_SAMPLE_RATE,
    channels,
  }
}

/** Table 2: samples at 48 kHz of one frame, by the configuration number. */
function frameDuration(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3] ?? 0 // SILK: 10, 20, 40, 60 ms
  if (config < 16) return [480, 960][config & 1] ?? 0 // hybrid: 10, 20 ms
  return [120, 240, 480, 960][config & 3] ?? 0 // CELT: 2.5, 5, 10, 20 ms
}

/** Section 3.2; 0 where the frames do not fill the packet as they must. */
function countFrames(bytes: Uint8Array, start: number, end: number, code: number): number {
  const length = end - start - 1
  switch (code) {
    case 0:
      return length <= LONGEST_FRAME_BYTES ? 1 : 0
    case 1:
      return length % 2 === 0 && length / 2 <= LONGEST_FRAME_BYTES ? 2 : 0
    case 2: {
      const first = readFrameLength(bytes, start + 1, end)
      const second = first ? length - first.bytes - first.length : -1
      return second >= 0 && second <= LONGEST_FRAME_BYTES ? 2 : 0
    }
    default:
      return countSignalledFrames(bytes, start + 1, end)
  }
}

/** Section 3.2.5: code 3. */
function countSignalledFrames(bytes: Uint8Array, start: number, end: number): number {
  const head = bytes[start] ?? 0
  const frames = start < end ? head & 0x3f : 0
  if (frames === 0) return 0
  let at = start + 1
  let left = end - at
  if ((head & 0x40) !== 0) {
    // Padding: a length in bytes, of which 255 means 254 and more.
    let part = 255
    while (part === 255) {
      if (at >= end) return 0
      part = bytes[at++] ?? 0
      left -= 1 + (part === 255 ? 254 : part)
    }
  }
  if (left < 0) return 0
  if ((head & 0x80) === 0) return left % frames === 0 && left / frames <= LONGEST_FRAME_BYTES ? frames : 0
  // Of a variable rate: the lengths of all but the last.
  for (let i = 1; i < frames; i++) {
    const frame = readFrameLength(bytes, at, end)
    if (!frame) return 0
    at += frame.bytes
    left -= frame.bytes + frame.length
    if (left < 0) return 0
  }
  return left <= LONGEST_FRAME_BYTES ? frames : 0
}

/** Section 3.2.1; null where it does not fit. */
function readFrameLength(bytes: Uint8Array, at: number, end: number): { length: number; bytes: number } | null {
  const first = bytes[at]
  if (first === undefined || at >= end) return null
  if (first < 252) return { length: first, bytes: 1 }
  const second = bytes[at + 1]
  return second === undefined || at + 1 >= end ? null : { length: second * 4 + first, bytes: 2 }
}
