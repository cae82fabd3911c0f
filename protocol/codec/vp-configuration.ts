import { ProtocolError } from '../errors.ts'

/** What VP8 and VP9 streams state in MP4: VP Codec ISO Media File Format Binding, section "VP Codec Configuration Box". */
export interface VpCodecConfiguration {
  /** 0 to 3; VP8 has only 0. */
  readonly profile: number
  /** 10 for level 1, 62 for level 6.2; see `vpLevel`. */
  readonly level: number
  /** 8, 10 or 12. */
  readonly bitDepth: number
  /** 0 4:2:0 with chroma between the lines, 1 4:2:0 with chroma on luma, 2 4:2:2, 3 4:4:4. */
  readonly chromaSubsampling: number
  readonly videoFullRange: boolean
  /** ISO/IEC 23091-2: 1 BT.709, 2 unspecified. */
  readonly colourPrimaries: number
  readonly transferCharacteristics: number
  readonly matrixCoefficients: number
}

/** Section "Levels": luma samples a second, luma samples of a picture, luma samples of its longer side, at most. */
const LEVELS: readonly (readonly [level: number, rate: number, size: number, side: number])[] = [
  [10, 829_440, 36_864, 512],
  [11, 2_764_800, 73_728, 768],
  [20, 4_608_000, 122_880, 960],
  [21, 9_216_000, 245_760, 1344],
  [30, 20_736_000, 552_960, 2048],
  [31, 36_864_000, 983_040, 2752],
  [40, 83_558_400, 2_228_224, 4160],
  [41, 160_432_128, 2_228_224, 4160],
  [50, 311_951_360, 8_912_896, 8384],
  [51, 588_251_136, 8_912_896, 8384],
  [52, 1_176_502_272, 8_912_896, 8384],
  [60, 1_176_502_272, 35_651_584, 16_832],
  [61, 2_353_004_544, 35_651_584, 16_832],
  [62, 4_706_009_088, 35_651_584, 16_832],
]
const HIGHEST_LEVEL = 62

/**
 * The lowest level that allows the picture. The bitstream states none: it is an estimate, and browsers ask only whether it is
 * one that they know.
 *
 * @param framesPerSecond default 30, since a stream does not state it
 */
export function vpLevel(width: number, height: number, framesPerSecond = 30): number {
  const size = width * height
  const allowing = LEVELS.find(
    ([, rate, most, side]) => size <= most && size * framesPerSecond <= rate && Math.max(width, height) <= side,
  )
  return allowing?.[0] ?? HIGHEST_LEVEL
}

const twoDigits = (value: number): string => value.toString().padStart(2, '0')

/**
 * Section "Codecs Parameter String". The short form where all that follows the bit depth has its default (4:2:0, BT.709,
 * limited range), or where the stream leaves the colours open: players take that for the same.
 */
export function vpCodecString(sampleEntry: 'vp08' | 'vp09', configuration: VpCodecConfiguration): string {
  const { profile, level, bitDepth, chromaSubsampling, videoFullRange } = configuration
  const { colourPrimaries, transferCharacteristics, matrixCoefficients } = configuration
  const short = [sampleEntry, ...[profile, level, bitDepth].map(twoDigits)].join('.')
  const colours = [colourPrimaries, transferCharacteristics, matrixCoefficients]
  const usual = chromaSubsampling === 1 && !videoFullRange
  if (usual && (colours.every((colour) => colour === 1) || colours.every((colour) => colour === 2))) return short
  return [short, ...[chromaSubsampling, ...colours, Number(videoFullRange)].map(twoDigits)].join('.')
}

/** VPCodecConfigurationRecord: the content of `vpcC` behind its version (1) and flags. */
export const vpCodecConfigurationRecord = (configuration: VpCodecConfiguration): Uint8Array =>
  Uint8Array.of(
    configuration.profile,
    configuration.level,
    (configuration.bitDepth << 4) | (configuration.chromaSubsampling << 1) | Number(configuration.videoFullRange),
    configuration.colourPrimaries,
    configuration.transferCharacteristics,
    configuration.matrixCoefficients,
    0, // codecInitializationDataSize, 16 bits: VP8 and VP9 have none
    0,
  )

/** Code for each fault of a keyframe's header. */
export const invalidKeyframe = (message: string): ProtocolError => new ProtocolError('parameter-sets-invalid', message)
