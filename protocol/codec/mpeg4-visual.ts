import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import type { VideoConfiguration } from './configuration.ts'
import { findStartCode } from './h264.ts'

// Sections and names are those of ISO/IEC 14496-2. Its start codes (section 6.2.1) are those of H.264's byte stream.

/** Table 6-3: the byte behind 00 00 01. */
const VIDEO_OBJECT_LAYER_FIRST = 0x20
const VIDEO_OBJECT_LAYER_LAST = 0x2f
const VISUAL_OBJECT_SEQUENCE = 0xb0
const GROUP_OF_VOP = 0xb3
const VOP = 0xb6

/** vop_coding_type, Table 6-20. */
const I_VOP = 0
const B_VOP = 2

/** What the headers in front of the pictures say: the DecoderSpecificInfo of a file, the `config` of an SDP. */
export interface Mpeg4VisualConfig {
  /** profile_and_level_indication, 1 to 255; undefined where there is no visual object sequence header. */
  readonly profileAndLevel: number | undefined
  /** video_object_type_indication: 1 Simple, 17 Advanced Simple. */
  readonly objectType: number
  /** In pixels, from 1 to 8191. */
  readonly width: number
  readonly height: number
  /** Sample aspect ratio, width over height. */
  readonly pixelAspectRatio: number
  /** True: there are no B-VOPs. Undefined where it is not stated. */
  readonly lowDelay: boolean | undefined
  readonly interlaced: boolean
}

/** Table 6-14, aspect_ratio_info 1 to 5. */
const PIXEL_ASPECT_RATIOS = [1, 1, 12 / 11, 10 / 11, 16 / 11, 40 / 33]
const EXTENDED_PAR = 15
const RECTANGULAR = 0

/**
 * Reads visual object sequence, visual object and video object layer headers.
 * @throws ProtocolError `parameter-sets-invalid` where there is no video object layer, or none of a rectangular picture.
 */
export function parseMpeg4VisualConfig(bytes: Uint8Array): Mpeg4VisualConfig {
  let profileAndLevel: number | undefined
  for (let at = nextHeader(bytes, 0); at < bytes.length; at = nextHeader(bytes, at)) {
    const code = bytes[at] ?? 0
    // 0 is reserved (Table G-1).
    if (code === VISUAL_OBJECT_SEQUENCE) profileAndLevel = bytes[at + 1] || undefined
    if (isVideoObjectLayer(code)) return { profileAndLevel, ...readVideoObjectLayer(bytes.subarray(at + 1)) }
  }
  throw invalid('no video object layer')
}

/** The byte of the next start code that says what it starts, or the end. */
const nextHeader = (bytes: Uint8Array, start: number): number =>
  Math.min(findStartCode(bytes, start, bytes.length) + 3, bytes.length)

const isVideoObjectLayer = (code: number): boolean =>
  code >= VIDEO_OBJECT_LAYER_FIRST && code <= VIDEO_OBJECT_LAYER_LAST

/** VideoObjectLayer(), section 6.2.3, behind its start code. */
function readVideoObjectLayer(bytes: Uint8Array): Omit<Mpeg4VisualConfig, 'profileAndLevel'> {
  const reader = new BitReader(bytes, 'parameter-sets-invalid')
  reader.skip(1) // random_accessible_vol
  const objectType = reader.bits(8)
  if (reader.flag()) reader.skip(4 + 3) // is_object_layer_identifier: video_object_layer_verid, _priority
  const pixelAspectRatio = readPixelAspectRatio(reader)
  let lowDelay: boolean | undefined
  if (reader.flag()) {
    reader.skip(2) // vol_control_parameters: chroma_format
    lowDelay = reader.flag()
    if (reader.flag()) reader.skip(79) // vbv_parameters
  }
  if (reader.bits(2) !== RECTANGULAR) throw invalid('a video object layer that is not rectangular')
  reader.skip(1) // marker_bit
  const resolution = reader.bits(16) // vop_time_increment_resolution
  if (resolution === 0) throw invalid('vop_time_increment_resolution is 0')
  reader.skip(1) // marker_bit
  // fixed_vop_rate: fixed_vop_time_increment, in as many bits as resolution - 1 has
  if (reader.flag()) reader.skip(Math.max(1, 32 - Math.clz32(resolution - 1)))
  reader.skip(1) // marker_bit
  const width = reader.bits(13)
  reader.skip(1) // marker_bit
  const height = reader.bits(13)
  reader.skip(1) // marker_bit
  if (width === 0 || height === 0) throw invalid(`a picture of ${width} x ${height}`)
  return { objectType, width, height, pixelAspectRatio, lowDelay, interlaced: reader.flag() }
}

function readPixelAspectRatio(reader: BitReader): number {
  const info = reader.bits(4)
  if (info !== EXTENDED_PAR) return PIXEL_ASPECT_RATIOS[info] ?? 1
  const width = reader.bits(8)
  const height = reader.bits(8)
  return width > 0 && height > 0 ? width / height : 1
}

/** What is where in an access unit. */
export interface VisualUnit {
  /** Bytes of the headers in front, which belong into the configuration; 0 where there is no video object layer among them. */
  readonly configBytes: number
  readonly picture: 'I' | 'B' | 'other' | 'none'
}

/** Finds the headers in front of the picture, and the type of the first picture. */
export function inspectVisualUnit(bytes: Uint8Array): VisualUnit {
  let hasLayer = false
  let configEnd = -1
  for (let at = nextHeader(bytes, 0); at < bytes.length; at = nextHeader(bytes, at)) {
    const code = bytes[at] ?? 0
    hasLayer ||= isVideoObjectLayer(code)
    if (configEnd < 0 && (code === GROUP_OF_VOP || code === VOP)) configEnd = at - 3
    if (code !== VOP) continue
    const type = (bytes[at + 1] ?? 0xff) >> 6
    return {
      configBytes: hasLayer ? configEnd : 0,
      picture: type === I_VOP ? 'I' : type === B_VOP ? 'B' : 'other',
    }
  }
  return { configBytes: hasLayer ? bytes.length : 0, picture: 'none' }
}

export interface Mpeg4VisualOptions {
  /** Where the headers have none: `profile-level-id` of the SDP. */
  readonly profileAndLevel: number
  /** B-VOPs were seen, though the headers left them open. */
  readonly bVops: boolean
}

/**
 * What a decoder needs of a stream with these headers. No browser plays it; a file can hold it.
 * @throws ProtocolError `parameter-sets-invalid`
 */
export function mpeg4VisualConfiguration(config: Uint8Array, options: Mpeg4VisualOptions): VideoConfiguration {
  const { profileAndLevel, lowDelay, width, height, pixelAspectRatio, interlaced } = parseMpeg4VisualConfig(config)
  return {
    kind: 'video',
    // RFC 6381 section 3.3: 20 is the object type indication in hexadecimal; behind it profile and level in decimal.
    codec: `mp4v.20.${profileAndLevel ?? options.profileAndLevel}`,
    description: config,
    width,
    height,
    pixelAspectRatio,
    // A B-VOP is never referred to (section 6.3.5): one picture at most waits for those that are shown before it.
    reorderDepth: lowDelay === false || options.bVops ? 1 : 0,
    interlaced,
  }
}

/** Table G-1, the profiles that cameras have, by the first of their values. */
const PROFILES: readonly (readonly [first: number, last: number, name: string])[] = [
  [0x01, 0x0f, 'Simple'],
  [0x11, 0x1f, 'Simple Scalable'],
  [0x21, 0x2f, 'Core'],
  [0x32, 0x3f, 'Main'],
  [0x42, 0x4f, 'N-bit'],
  [0x91, 0x9f, 'Advanced Real Time Simple'],
  [0xb1, 0xbf, 'Advanced Coding Efficiency'],
  [0xe1, 0xef, 'Studio'],
  [0xf0, 0xf7, 'Advanced Simple'],
  [0xf8, 0xff, 'Fine Granularity Scalable'],
]

/** What people call the codec of a codec string: `MPEG-4 Visual Advanced Simple`; null where it is another codec. */
export function mpeg4VisualName(codec: string): string | null {
  const value = /^mp4v\.20\.(\d{1,3})$/.exec(codec)?.[1]
  if (value === undefined) return null
  const profile = PROFILES.find(([first, last]) => Number(value) >= first && Number(value) <= last)
  return profile ? `MPEG-4 Visual ${profile[2]}` : 'MPEG-4 Visual'
}

const invalid = (message: string): ProtocolError => new ProtocolError('parameter-sets-invalid', message)
