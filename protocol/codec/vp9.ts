import { BitReader } from '../bytes/bit-reader.ts'
import type { VideoConfiguration } from './configuration.ts'
import {
  invalidKeyframe,
  type VpCodecConfiguration,
  vpCodecConfigurationRecord,
  vpCodecString,
  vpLevel,
} from './vp-configuration.ts'

// Sections and names are those of the "VP9 Bitstream & Decoding Process Specification".

/** Section 7.2, color_space. */
const CS_RGB = 7
const SYNC_CODE = 0x498342
/** Bytes of the longest header up to the frame size, profile 3. */
const LONGEST_HEADER = 16
/** Annex B.3: superframe_header of an index. */
const SUPERFRAME_MARKER = 0xc0
/** frames_in_superframe_minus_1 has 3 bits. */
export const MAXIMUM_SUPERFRAME_FRAMES = 8

/** What a player needs of a keyframe's uncompressed_header() (section 6.2). */
export interface Vp9Keyframe {
  /** 0 and 1: 8 bits; 2 and 3: 10 or 12; 1 and 3: other than 4:2:0. */
  readonly profile: number
  /** 8, 10 or 12. */
  readonly bitDepth: number
  /** 0 unknown, 1 BT.601, 2 BT.709, 3 SMPTE 170, 4 SMPTE 240, 5 BT.2020, 7 RGB. */
  readonly colorSpace: number
  readonly fullRange: boolean
  /** Chroma has half the columns, half the lines. */
  readonly subsamplingX: boolean
  readonly subsamplingY: boolean
  /** Coded size in pixels, from 1 to 65536. */
  readonly width: number
  readonly height: number
}

/** frame_type is KEY_FRAME: the frame depends on none. False where it is not VP9 at all. */
export function isVp9Keyframe(frame: Uint8Array): boolean {
  const first = frame[0] ?? 0
  if (first >> 6 !== 2) return false
  // frame_marker, profile_low_bit, profile_high_bit, with profile 3 reserved_zero, show_existing_frame, frame_type.
  const rest = (first & 0x30) === 0x30 ? first << 1 : first
  return (rest & 0x0c) === 0
}

/** frame_marker is right (section 7.2): all that every frame has. */
export const isVp9Frame = (frame: Uint8Array): boolean => (frame[0] ?? 0) >> 6 === 2

/**
 * Reads the header of a keyframe.
 * @throws ProtocolError `parameter-sets-invalid` where it is none, or ends early.
 */
export function parseVp9Keyframe(frame: Uint8Array): Vp9Keyframe {
  const reader = new BitReader(frame.subarray(0, LONGEST_HEADER), 'parameter-sets-invalid')
  if (reader.bits(2) !== 2) throw invalidKeyframe('not a VP9 frame')
  const profile = reader.bits(1) | (reader.bits(1) << 1)
  if (profile === 3 && reader.flag()) throw invalidKeyframe('a VP9 profile above 3')
  if (reader.bits(2) !== 0) throw invalidKeyframe('not a VP9 keyframe') // show_existing_frame, frame_type
  reader.skip(2) // show_frame, error_resilient_mode
  if (reader.bits(24) !== SYNC_CODE) throw invalidKeyframe('no sync code in a VP9 keyframe')
  const bitDepth = profile >= 2 ? (reader.flag() ? 12 : 10) : 8
  const colorSpace = reader.bits(3)
  let fullRange = true
  let subsamplingX = false
  let subsamplingY = false
  if (colorSpace !== CS_RGB) {
    fullRange = reader.flag()
    subsamplingX = profile % 2 === 0 || reader.flag()
    subsamplingY = profile % 2 === 0 || reader.flag()
    if (profile % 2 === 1) reader.skip(1) // reserved_zero
  } else if (profile % 2 === 1) {
    reader.skip(1) // reserved_zero
  } else {
    throw invalidKeyframe(`RGB in VP9 profile ${profile}`)
  }
  const width = reader.bits(16) + 1
  const height = reader.bits(16) + 1
  return { profile, bitDepth, colorSpace, fullRange, subsamplingX, subsamplingY, width, height }
}

/** colourPrimaries, transferCharacteristics and matrixCoefficients of ISO/IEC 23091-2, by color_space. */
const COLOURS: Readonly<Record<number, readonly [number, number, number]>> = {
  1: [5, 6, 5],
  2: [1, 1, 1],
  3: [6, 6, 6],
  4: [7, 7, 7],
  5: [9, 14, 9],
  7: [1, 13, 0],
}
const UNSPECIFIED = [2, 2, 2] as const

/**
 * What a decoder needs from a keyframe on.
 * @param size of the highest spatial layer, where the keyframe is of a lower one; within 1 to 65535 a side.
 */
export function vp9Configuration(
  keyframe: Vp9Keyframe,
  size: { readonly width: number; readonly height: number } = keyframe,
): VideoConfiguration {
  const { profile, bitDepth, colorSpace, fullRange } = keyframe
  // A sample entry has 16 bits for a side.
  const width = Math.min(size.width, 0xffff)
  const height = Math.min(size.height, 0xffff)
  const [colourPrimaries, transferCharacteristics, matrixCoefficients] = COLOURS[colorSpace] ?? UNSPECIFIED
  const configuration: VpCodecConfiguration = {
    profile,
    level: vpLevel(width, height),
    bitDepth,
    chromaSubsampling: chromaSubsampling(keyframe),
    videoFullRange: fullRange,
    colourPrimaries,
    transferCharacteristics,
    matrixCoefficients,
  }
  return {
    kind: 'video',
    codec: vpCodecString('vp09', configuration),
    description: vpCodecConfigurationRecord(configuration),
    width,
    height,
    pixelAspectRatio: 1,
    reorderDepth: 0,
  }
}

function chromaSubsampling({ subsamplingX, subsamplingY }: Vp9Keyframe): number {
  // Where chroma lies is not stated; on luma is the record's default. It has no value for 4:4:0: the nearest is 4:4:4.
  if (subsamplingX) return subsamplingY ? 1 : 2
  return 3
}

/** A superframe with its index (Annex B): several frames, of which one is shown. */
export function endsWithSuperframeIndex(bytes: Uint8Array, start: number, end: number): boolean {
  const marker = bytes[end - 1] ?? 0
  if (end <= start || (marker & 0xe0) !== SUPERFRAME_MARKER) return false
  const length = 2 + (1 + ((marker >> 3) & 3)) * (1 + (marker & 7))
  return length <= end - start && bytes[end - length] === marker
}

/**
 * The index (Annex B.2) that makes one superframe of frames that stand behind each other.
 * @param sizes bytes of each frame, 1 to 8 of them.
 */
export function superframeIndex(sizes: readonly number[]): Uint8Array {
  const largest = Math.max(...sizes)
  const bytesPerSize = largest > 0xff_ffff ? 4 : largest > 0xffff ? 3 : largest > 0xff ? 2 : 1
  const marker = SUPERFRAME_MARKER | ((bytesPerSize - 1) << 3) | (sizes.length - 1)
  const index = [marker]
  for (const size of sizes) for (let byte = 0; byte < bytesPerSize; byte++) index.push((size >>> (8 * byte)) & 0xff)
  return Uint8Array.from([...index, marker])
}
