import { decodeBase64, decodeHex } from '../../protocol/bytes/base64.ts'
import { aacConfiguration, parseAudioSpecificConfig } from '../../protocol/codec/aac.ts'
import type { CodecConfiguration } from '../../protocol/codec/configuration.ts'
import { avcCodecString, NalUnitType, nalUnitTypeOf, splitAnnexB } from '../../protocol/codec/h264.ts'
import { parseSequenceParameterSet } from '../../protocol/codec/h264-sps.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { MediaFormat } from '../../protocol/sdp/media-format.ts'
import { profileName } from './profile-names.ts'
import type { TrackReport } from './report.ts'

/** What the SDP, or the stream itself, says of a format beyond its name. */
export type FormatDetails = Pick<
  TrackReport,
  'codecString' | 'profile' | 'level' | 'width' | 'height' | 'statedFrameRate' | 'sampleRate' | 'channels'
>

const UNKNOWN: FormatDetails = {
  codecString: null,
  profile: null,
  level: null,
  width: null,
  height: null,
  statedFrameRate: null,
  sampleRate: null,
  channels: null,
}

/** What can be read from the format parameters, by encoding name; a format without a row tells nothing more. */
const READERS: Readonly<Record<string, (format: MediaFormat) => Partial<FormatDetails>>> = {
  H264: h264,
  'MPEG4-GENERIC': aac,
}

/** RTP clocks that are no sampling rates: RFC 3551 sections 4.5.2 and 4.5.13. */
const SAMPLE_RATES: Readonly<Record<string, number | null>> = { G722: 16_000, MPA: null }

/** By the SDP alone. */
export function describeFormat(media: string, format: MediaFormat | undefined): FormatDetails {
  if (!format) return UNKNOWN
  const { encoding, clockRate, channels } = format
  const sampleRate = Object.hasOwn(SAMPLE_RATES, encoding) ? (SAMPLE_RATES[encoding] ?? null) : clockRate
  return {
    ...UNKNOWN,
    // Where the description does not tell the rate, what it says of the channels is a default too.
    ...(media === 'audio' && sampleRate !== null ? { sampleRate, channels } : {}),
    ...tolerate(() => (Object.hasOwn(READERS, encoding) ? READERS[encoding]?.(format) : undefined) ?? {}),
  }
}

/** By what the stream turned out to hold, which wins over what the SDP says. */
export function describeConfiguration(before: FormatDetails, configuration: CodecConfiguration): FormatDetails {
  const { codec } = configuration
  if (configuration.kind === 'video') {
    const { width, height, description } = configuration
    const details = /^avc1/i.test(codec)
      ? { ...profileOf(codec), statedFrameRate: rateInRecord(description) }
      : profileName(codec)
    return { ...before, ...details, codecString: codec, width, height }
  }
  const { sampleRate, channels, description } = configuration
  const details = /^mp4a/i.test(codec) ? tolerate(() => audioObject(description)) : {}
  return { ...before, ...details, codecString: codec, sampleRate, channels }
}

function h264({ parameters }: MediaFormat): Partial<FormatDetails> {
  const sps = (parameters.get('sprop-parameter-sets') ?? '')
    .split(',')
    .flatMap((set) => splitAnnexB(decodeBase64(set) ?? new Uint8Array(0)))
    .find((nal) => nalUnitTypeOf(nal) === NalUnitType.SequenceParameterSet)
  if (sps) return tolerate(() => sequenceParameterSet(sps))
  const stated = parameters.get('profile-level-id')
  return stated !== undefined && /^[0-9a-f]{6}$/i.test(stated) ? profileOf(`avc1.${stated.toUpperCase()}`) : {}
}

function sequenceParameterSet(nal: Uint8Array): Partial<FormatDetails> {
  const { width, height, vui } = parseSequenceParameterSet(nal)
  return {
    ...profileOf(avcCodecString(nal)),
    width,
    height,
    statedFrameRate: frameRate(vui?.fieldSeconds),
  }
}

/** The rate that the SPS in an AVCDecoderConfigurationRecord states (ISO/IEC 14496-15 section 5.3.3.1). */
function rateInRecord(record: Uint8Array): number | null {
  const length = ((record[6] ?? 0) << 8) | (record[7] ?? 0)
  const { statedFrameRate = null } = tolerate(() => sequenceParameterSet(record.subarray(8, 8 + length)))
  return statedFrameRate
}

const frameRate = (fieldSeconds: number | undefined): number | null =>
  fieldSeconds === undefined ? null : Number((1 / (2 * fieldSeconds)).toFixed(2))

/** ITU-T H.264 annex A.2. */
const H264_PROFILES: Readonly<Record<number, string>> = {
  44: 'CAVLC 4:4:4 Intra',
  66: 'Baseline',
  77: 'Main',
  83: 'Scalable Baseline',
  86: 'Scalable High',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  118: 'Multiview High',
  122: 'High 4:2:2',
  128: 'Stereo High',
  244: 'High 4:4:4 Predictive',
}
const CONSTRAINT_SET_1 = 0x40
const CONSTRAINT_SET_3 = 0x10

/** Profile and level in words, from `avc1.` and six hexadecimal digits. */
function profileOf(codecString: string): Partial<FormatDetails> {
  const [profileIdc = 0, constraints = 0, levelIdc = 0] = decodeHex(codecString.slice('avc1.'.length)) ?? []
  const name = H264_PROFILES[profileIdc] ?? `profile ${profileIdc}`
  const constrained = profileIdc === 66 && (constraints & CONSTRAINT_SET_1) !== 0
  // Level 1b: table A-1, and A.3.1 for the profiles that say it by a constraint flag.
  const level1b = levelIdc === 9 || (levelIdc === 11 && profileIdc < 100 && (constraints & CONSTRAINT_SET_3) !== 0)
  return {
    codecString,
    profile: constrained ? `Constrained ${name}` : name,
    level: level1b ? '1b' : (levelIdc / 10).toFixed(1),
  }
}

function aac({ parameters }: MediaFormat): Partial<FormatDetails> {
  const config = decodeHex(parameters.get('config') ?? '')
  return config && config.length > 0 ? audioObject(config) : {}
}

/** ISO/IEC 14496-3 table 1.17, the types that cameras send. */
const AUDIO_OBJECTS: Readonly<Record<number, string>> = {
  1: 'AAC Main',
  2: 'AAC LC',
  3: 'AAC SSR',
  4: 'AAC LTP',
  5: 'HE-AAC',
  23: 'AAC LD',
  29: 'HE-AAC v2',
  39: 'AAC ELD',
}

function audioObject(config: Uint8Array): Partial<FormatDetails> {
  const { audioObjectType, sampleRate, channels } = parseAudioSpecificConfig(config)
  return {
    codecString: aacConfiguration(config).codec,
    profile: AUDIO_OBJECTS[audioObjectType] ?? `audio object type ${audioObjectType}`,
    sampleRate,
    channels,
  }
}

/** Parameter sets that cannot be read tell nothing: those in band may be better. */
function tolerate(read: () => Partial<FormatDetails>): Partial<FormatDetails> {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtocolError) return {}
    throw error
  }
}
