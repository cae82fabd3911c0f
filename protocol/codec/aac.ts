import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import type { AudioConfiguration } from './configuration.ts'

/** What an AudioSpecificConfig says (ISO/IEC 14496-3 section 1.6.2.1). */
export interface AudioSpecificConfig {
  /** The first audio object type: 2 AAC LC, 5 SBR (HE-AAC), 29 PS (HE-AAC v2), as the codec string has it. */
  readonly audioObjectType: number
  /** Samples a second of the AAC core. */
  readonly coreSampleRate: number
  /** Samples a second of the decoded sound: twice the core's with SBR. */
  readonly sampleRate: number
  /** Decoded channels; with parametric stereo 2. */
  readonly channels: number
  /** Samples of the core in one frame: 1024 or 960 (512 or 480 for AAC LD and ELD). */
  readonly frameLength: number
  /** SBR and PS, where the configuration says so; a decoder may find them in the frames all the same. */
  readonly sbr: boolean
  readonly ps: boolean
}

/** Table 1.18, samplingFrequencyIndex 0 to 12. */
export const SAMPLING_FREQUENCIES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
]
const EXPLICIT_FREQUENCY = 15

/** Table 1.19: channels by channelConfiguration; 0 is defined by a program_config_element. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8]

const AAC_LC = 2
const SBR = 5
const ER_AAC_LD = 23
const PS = 29
const ER_AAC_ELD = 39
const SBR_SYNC_EXTENSION = 0x2b7
const PS_SYNC_EXTENSION = 0x548

/**
 * Reads an AudioSpecificConfig of the AAC family.
 * @throws ProtocolError `parameter-sets-invalid` where it ends early or states no possible sound.
 */
export function parseAudioSpecificConfig(bytes: Uint8Array): AudioSpecificConfig {
  const reader = new BitReader(bytes, 'parameter-sets-invalid')
  const audioObjectType = readAudioObjectType(reader)
  const coreSampleRate = readSamplingFrequency(reader)
  const channelConfiguration = reader.bits(4)

  let sampleRate = coreSampleRate
  let coreObjectType = audioObjectType
  let sbr = audioObjectType === SBR || audioObjectType === PS
  let ps = audioObjectType === PS
  if (sbr) {
    // Explicit, hierarchical signalling: the core's own type follows.
    sampleRate = readSamplingFrequency(reader)
    coreObjectType = readAudioObjectType(reader)
  }

  let frameLength = 1024
  let channels = CHANNELS[channelConfiguration] ?? 0
  if (isGeneralAudio(coreObjectType)) {
    const short = reader.flag() // frameLengthFlag
    frameLength = coreObjectType === ER_AAC_LD ? (short ? 480 : 512) : short ? 960 : 1024
    if (reader.flag()) reader.skip(14) // dependsOnCoreCoder: coreCoderDelay
    reader.skip(1) // extensionFlag
    if (channelConfiguration === 0) channels = readProgramConfigElement(reader)
  } else if (coreObjectType === ER_AAC_ELD) {
    frameLength = reader.flag() ? 480 : 512
  } else {
    throw invalid(`audio object type ${coreObjectType} is not AAC`)
  }
  if (channels === 0) throw invalid(`channelConfiguration ${channelConfiguration} is reserved`)

  // Explicit, backward compatible signalling: behind the core's configuration, where old decoders do not look.
  if (!sbr && coreObjectType !== ER_AAC_ELD && reader.remaining >= 16 && reader.bits(11) === SBR_SYNC_EXTENSION) {
    if (readAudioObjectType(reader) === SBR && reader.flag()) {
      sbr = true
      sampleRate = readSamplingFrequency(reader)
      if (reader.remaining >= 12 && reader.bits(11) === PS_SYNC_EXTENSION) ps = reader.flag()
    }
  }
  if (ps && channels === 1) channels = 2
  return { audioObjectType, coreSampleRate, sampleRate, channels, frameLength, sbr, ps }
}

/**
 * Makes the configuration of AAC LC, for a camera that states only rate and channels.
 * @param sampleRate 1 to 16777215 Hz; one that Table 1.18 lacks is written out.
 * @param channels 1 to 8 but 7.
 * @throws ProtocolError `parameter-sets-invalid` where the format has no way to say that.
 */
export function createAudioSpecificConfig(sampleRate: number, channels: number): Uint8Array {
  const channelConfiguration = channels === 8 ? 7 : channels
  if (!Number.isInteger(channels) || channels < 1 || channels === 7 || channels > 8) {
    throw invalid(`AAC has no channel configuration for ${channels} channels`)
  }
  if (!Number.isInteger(sampleRate) || sampleRate < 1 || sampleRate > 0xffffff) {
    throw invalid(`a sampling rate of ${sampleRate} Hz`)
  }
  const index = SAMPLING_FREQUENCIES.indexOf(sampleRate)
  // audioObjectType 5 bits, samplingFrequencyIndex 4, channelConfiguration 4, GASpecificConfig 3 zeros.
  if (index >= 0) {
    const bits = (AAC_LC << 11) | (index << 7) | (channelConfiguration << 3)
    return Uint8Array.of(bits >> 8, bits & 0xff)
  }
  // … with the frequency in 24 bits between: 40 in all.
  const tail = sampleRate * 0x80 + (channelConfiguration << 3)
  const head = (AAC_LC << 3) | (EXPLICIT_FREQUENCY >> 1)
  return Uint8Array.of(head, 0x80 | ((tail >>> 24) & 0x7f), (tail >>> 16) & 0xff, (tail >>> 8) & 0xff, tail & 0xff)
}

/**
 * What a decoder needs to play the stream with this AudioSpecificConfig.
 * @throws ProtocolError `parameter-sets-invalid`
 */
export function aacConfiguration(description: Uint8Array): AudioConfiguration {
  const config = parseAudioSpecificConfig(description)
  return {
    kind: 'audio',
    // RFC 6381 section 3.3: 40 is the object type indication of MPEG-4 audio, the rest the audio object type.
    codec: `mp4a.40.${config.audioObjectType}`,
    description,
    sampleRate: config.sampleRate,
    channels: config.channels,
  }
}

const isGeneralAudio = (type: number): boolean => [1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, ER_AAC_LD].includes(type)

/** GetAudioObjectType(). */
function readAudioObjectType(reader: BitReader): number {
  const type = reader.bits(5)
  return type === 31 ? 32 + reader.bits(6) : type
}

function readSamplingFrequency(reader: BitReader): number {
  const index = reader.bits(4)
  const frequency = index === EXPLICIT_FREQUENCY ? reader.bits(24) : SAMPLING_FREQUENCIES[index]
  if (frequency === undefined || frequency === 0) throw invalid(`samplingFrequencyIndex ${index} is reserved`)
  return frequency
}

/** program_config_element(), section 4.4.1.1: the number of channels that its elements make up. */
function readProgramConfigElement(reader: BitReader): number {
  reader.skip(4 + 2 + 4) // element_instance_tag, object_type, sampling_frequency_index
  const front = reader.bits(4)
  const side = reader.bits(4)
  const back = reader.bits(4)
  const lowFrequency = reader.bits(2)
  const associatedData = reader.bits(3)
  const couplings = reader.bits(4)
  if (reader.flag()) reader.skip(4) // mono_mixdown_element_number
  if (reader.flag()) reader.skip(4) // stereo_mixdown_element_number
  if (reader.flag()) reader.skip(3) // matrix_mixdown_idx, pseudo_surround_enable
  let channels = lowFrequency
  for (let i = 0; i < front + side + back; i++) {
    channels += reader.flag() ? 2 : 1 // is_cpe: a pair
    reader.skip(4)
  }
  reader.skip(4 * lowFrequency + 4 * associatedData + 5 * couplings)
  reader.skip(-reader.position & 7) // byte_alignment()
  const comment = reader.bits(8)
  reader.skip(8 * comment)
  return channels
}

const invalid = (message: string): ProtocolError => new ProtocolError('parameter-sets-invalid', message)
