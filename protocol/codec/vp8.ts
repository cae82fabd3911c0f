import type { VideoConfiguration } from './configuration.ts'
import {
  invalidKeyframe,
  type VpCodecConfiguration,
  vpCodecConfigurationRecord,
  vpCodecString,
  vpLevel,
} from './vp-configuration.ts'

/** RFC 6386 section 9.1: the frame tag, which every frame has, and what follows it in a keyframe. */
export const VP8_FRAME_TAG_BYTES = 3
const KEYFRAME_HEADER_BYTES = 10

/** What a player needs of a keyframe's header (RFC 6386 section 9.1). */
export interface Vp8Keyframe {
  /** 0 to 3: which filters are used. Not the profile of MP4. */
  readonly version: number
  /** Coded size in pixels, from 1 to 16383. */
  readonly width: number
  readonly height: number
  /** How a player might scale the picture up: 0 not, 1 by 5/4, 2 by 5/3, 3 by 2. No browser does. */
  readonly horizontalScale: number
  readonly verticalScale: number
}

/** key_frame of the frame tag is 0: the frame depends on none. */
export const isVp8Keyframe = (frame: Uint8Array): boolean => ((frame[0] ?? 1) & 1) === 0

/**
 * Reads the header of a keyframe.
 * @throws ProtocolError `parameter-sets-invalid` where it is none, or ends early.
 */
export function parseVp8Keyframe(frame: Uint8Array): Vp8Keyframe {
  if (frame.length < KEYFRAME_HEADER_BYTES) throw invalidKeyframe(`a VP8 keyframe of ${frame.length} bytes`)
  const [tag = 0, , , first, second, third, widthLow = 0, widthHigh = 0, heightLow = 0, heightHigh = 0] = frame
  if ((tag & 1) !== 0) throw invalidKeyframe('not a VP8 keyframe')
  if (first !== 0x9d || second !== 0x01 || third !== 0x2a) throw invalidKeyframe('no start code in a VP8 keyframe')
  // 14 bits each, least significant byte first, the scale above.
  const width = ((widthHigh & 0x3f) << 8) | widthLow
  const height = ((heightHigh & 0x3f) << 8) | heightLow
  if (width === 0 || height === 0) throw invalidKeyframe(`a VP8 picture of ${width} x ${height}`)
  return {
    version: (tag >> 1) & 7,
    width,
    height,
    horizontalScale: widthHigh >> 6,
    verticalScale: heightHigh >> 6,
  }
}

/**
 * What a decoder needs from a keyframe on. The codec string is that of MP4 (`vp08.00.21.08`); WebCodecs registers VP8 as
 * `vp8` and nothing else, so whoever makes a VideoDecoder writes that for every `vp08.…`.
 */
export function vp8Configuration({ width, height }: Vp8Keyframe): VideoConfiguration {
  const configuration: VpCodecConfiguration = {
    profile: 0,
    level: vpLevel(width, height),
    bitDepth: 8,
    chromaSubsampling: 1,
    videoFullRange: false,
    // color_space of the frame has one value for all (section 9.2), which says nothing.
    colourPrimaries: 2,
    transferCharacteristics: 2,
    matrixCoefficients: 2,
  }
  return {
    kind: 'video',
    codec: vpCodecString('vp08', configuration),
    description: vpCodecConfigurationRecord(configuration),
    width,
    height,
    pixelAspectRatio: 1,
    reorderDepth: 0,
  }
}
