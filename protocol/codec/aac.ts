import { BitReader } from '../bytes/bit-reader.ts'
import { BitWriter } from '../bytes/bit-writer.ts'
import { ProtocolError } from '../errors.ts'
import type { AudioConfiguration } from './configuration.ts'

/** What an AudioSpecificConfig says (ISO/IEC 14496-3 section 1.6.2.1). */
export interface AudioSpecificConfig {
  /** The first audio object type: 2 AAC LC, 5 SBR (HE-AAC), 29 PS (HE-AAC v2), as the codec string has it. */
  readonly audioObjectType: number
  /** That of the core: behind SBR and PS, where they stand in front, else the same. */
  readonly coreObjectType: number
  /** Samples a second of the AAC core. */
  readonly coreSampleRate: number
  /** Samples a second of the decoded sound: twice the core's with SBR. */
  readonly sampleRate: number
  /** Decoded channels; with parametric stereo 2. */
  readonly channels: number
  /** Table 1.19; 0 where a program_config_element states a layout that the table lacks. */
  readonly channelConfiguration: number
  /** Samples of the core in one frame: 1024 or 960 (512 or 480 for AAC LD and ELD). */
  readonly frameLength: number
  /** SBR and PS, where the configuration says so; a decoder may find them in the frames all the same. */
  readonly sbr: boolean
  readonly ps: boolean
  /** It says with a frequency in 24 bits or a program_config_element what the tables could say too. */
  readonly roundabout: boolean
}

/** Table 1.18, samplingFrequencyIndex 0 to 12. */
export const SAMPLING_FREQUENCIES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
]
const EXPLICIT_FREQUENCY = 15
/** A frequency as near as this to one of the table is played as that one: a tenth of a semitone apart at most. */
const SAME_FREQUENCY = 0.005

/** Table 1.19: channels by channelConfiguration; 0 is defined by a program_config_element. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8]

const AAC_LC = 2
const SBR = 5
const AAC_SCALABLE = 6
const ER_BSAC = 22
const ER_AAC_LD = 23
const PS = 29
const ER_AAC_ELD = 39
const GENERAL_AUDIO = [1, AAC_LC, 3, 4, AAC_SCALABLE, 7, 17, 19, 20, 21, ER_BSAC, ER_AAC_LD]
/** Error resilient types, whose configuration ends with epConfig. */
const FIRST_ERROR_RESILIENT = 17
const SBR_SYNC_EXTENSION = 0x2b7
const PS_SYNC_EXTENSION = 0x548

/**
 * Reads an AudioSpecificConfig of the AAC family.
 * @throws ProtocolError `parameter-sets-invalid` where it ends early or states no possible sound.
 */
export const parseAudioSpecificConfig = (bytes: Uint8Array): AudioSpecificConfig =>
  readAudioSpecificConfig(new BitReader(bytes, 'parameter-sets-invalid'), bytes.length * 8)

/**
 * Reads an AudioSpecificConfig that stands within something else, from any bit on.
 *
 * @param length its bits, where something tells. Where nothing does, a StreamMuxConfig is around it, and by the letter the
 * backward compatible extension cannot follow (bits_to_decode(), section 1.6.2.1). Most senders write it all the same, and
 * it cannot be mistaken: the frameLengthType that would stand there begins otherwise.
 * @throws ProtocolError as the reader has it where it ends early, `parameter-sets-invalid` where it states no possible sound.
 */
export function readAudioSpecificConfig(reader: BitReader, length?: number): AudioSpecificConfig {
  const start = reader.position
  const left = (): number =>
    Math.min((length ?? Number.POSITIVE_INFINITY) - (reader.position - start), reader.remaining)
  const audioObjectType = readAudioObjectType(reader)
  const core = readSamplingFrequency(reader)
  let channelConfiguration = reader.bits(4)

  let output = core
  let coreObjectType = audioObjectType
  let sbr = audioObjectType === SBR || audioObjectType === PS
  let ps = audioObjectType === PS
  if (sbr) {
    // Explicit, hierarchical signalling: the core's own type follows.
    output = readSamplingFrequency(reader)
    coreObjectType = readAudioObjectType(reader)
    if (coreObjectType === ER_BSAC) reader.skip(4) // extensionChannelConfiguration
  }

  let frameLength = 1024
  let roundabout = core.explicit || output.explicit
  let channels = CHANNELS[channelConfiguration] ?? 0
  if (GENERAL_AUDIO.includes(coreObjectType)) {
    const general = readGeneralAudio(reader, coreObjectType, channelConfiguration, start)
    frameLength = general.frameLength
    if (general.layout) {
      channels = general.layout.channels
      channelConfiguration = general.layout.channelConfiguration
      roundabout = true
    }
  } else if (coreObjectType === ER_AAC_ELD) {
    frameLength = reader.flag() ? 480 : 512
  } else {
    throw invalid(`audio object type ${coreObjectType} is not AAC`)
  }
  if (channels === 0) throw invalid(`channelConfiguration ${channelConfiguration} is reserved`)
  if (coreObjectType >= FIRST_ERROR_RESILIENT && coreObjectType !== ER_AAC_ELD) reader.skip(2) // epConfig

  // Explicit, backward compatible signalling: behind the core's configuration, where old decoders do not look.
  if (!sbr && coreObjectType !== ER_AAC_ELD && left() >= 16 && reader.peek(11) === SBR_SYNC_EXTENSION) {
    reader.skip(11)
    if (readAudioObjectType(reader) === SBR && reader.flag()) {
      sbr = true
      output = readSamplingFrequency(reader)
      roundabout ||= output.explicit
      if (left() >= 12 && reader.peek(11) === PS_SYNC_EXTENSION) {
        reader.skip(11)
        ps = reader.flag()
      }
    }
  }
  if (ps && channels === 1) channels = 2
  return {
    ...{ audioObjectType, coreObjectType, channels, channelConfiguration, frameLength, sbr, ps, roundabout },
    coreSampleRate: core.frequency,
    sampleRate: output.frequency,
  }
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
    description: plainDescription(config) ?? description,
    sampleRate: config.sampleRate,
    channels: config.channels,
  }
}

/**
 * The same said by the tables alone: Chromium plays by an ADTS header, which has no room for a frequency in 24 bits or a
 * program_config_element. Null where it is said so already, or cannot be.
 */
function plainDescription(config: AudioSpecificConfig): Uint8Array | null {
  const { audioObjectType, coreObjectType, channelConfiguration, frameLength, sbr, ps } = config
  const core = nearestFrequencyIndex(config.coreSampleRate)
  const output = nearestFrequencyIndex(config.sampleRate)
  if (!config.roundabout || coreObjectType !== AAC_LC) return null
  if (channelConfiguration === 0 || core < 0 || output < 0) return null
  const bits = new BitWriter().bits(5, audioObjectType).bits(4, core).bits(4, channelConfiguration)
  const hierarchical = audioObjectType !== AAC_LC
  if (hierarchical) bits.bits(4, output).bits(5, AAC_LC)
  bits.bits(3, frameLength === 960 ? 0b100 : 0) // GASpecificConfig
  if (sbr && !hierarchical) bits.bits(11, SBR_SYNC_EXTENSION).bits(5, SBR).flag(true).bits(4, output)
  if (ps && !hierarchical) bits.bits(11, PS_SYNC_EXTENSION).flag(true)
  return bits.toBytes()
}

function nearestFrequencyIndex(frequency: number): number {
  return SAMPLING_FREQUENCIES.findIndex((known) => Math.abs(known - frequency) <= known * SAME_FREQUENCY)
}

/** GetAudioObjectType(). */
function readAudioObjectType(reader: BitReader): number {
  const type = reader.bits(5)
  return type === 31 ? 32 + reader.bits(6) : type
}

interface SamplingFrequency {
  readonly frequency: number
  /** In 24 bits, not by the table. */
  readonly explicit: boolean
}

function readSamplingFrequency(reader: BitReader): SamplingFrequency {
  const index = reader.bits(4)
  const explicit = index === EXPLICIT_FREQUENCY
  const frequency = explicit ? reader.bits(24) : SAMPLING_FREQUENCIES[index]
  if (frequency === undefined || frequency === 0) throw invalid(`samplingFrequencyIndex ${index} is reserved`)
  return { frequency, explicit }
}

/** GASpecificConfig(), section 4.4.1. */
function readGeneralAudio(
  reader: BitReader,
  type: number,
  channelConfiguration: number,
  start: number,
): { frameLength: number; layout: ChannelLayout | null } {
  const short = reader.flag() // frameLengthFlag
  if (reader.flag()) reader.skip(14) // dependsOnCoreCoder: coreCoderDelay
  const extension = reader.flag()
  const layout = channelConfiguration === 0 ? readProgramConfigElement(reader, start) : null
  if (type === AAC_SCALABLE || type === 20) reader.skip(3) // layerNr
  if (extension) {
    if (type === ER_BSAC) reader.skip(5 + 11) // numOfSubFrame, layer_length
    // aacSectionDataResilienceFlag, aacScalefactorDataResilienceFlag, aacSpectralDataResilienceFlag
    if (type === 17 || type === 19 || type === 20 || type === ER_AAC_LD) reader.skip(3)
    reader.skip(1) // extensionFlag3
  }
  return { frameLength: type === ER_AAC_LD ? (short ? 480 : 512) : short ? 960 : 1024, layout }
}

interface ChannelLayout {
  readonly channels: number
  readonly channelConfiguration: number
}

/**
 * The layouts of Table 1.19 as elements in front, at the sides, behind and below: 1 a single channel, 2 a pair. The
 * table itself says nothing of sides: its pairs beside the listener are `back`.
 */
const LAYOUTS: Readonly<Record<string, number>> = {
  '1|||': 1,
  '2|||': 2,
  '12|||': 3,
  '12||1|': 4,
  '12||2|': 5,
  '12||2|1': 6,
  '122||2|1': 7,
}

/** program_config_element(), section 4.4.1.1. Bytes are counted from the start of the AudioSpecificConfig. */
function readProgramConfigElement(reader: BitReader, start: number): ChannelLayout {
  reader.skip(4 + 2 + 4) // element_instance_tag, object_type, sampling_frequency_index
  const counts = [reader.bits(4), reader.bits(4), reader.bits(4)] // front, side, back
  const lowFrequency = reader.bits(2)
  const associatedData = reader.bits(3)
  const couplings = reader.bits(4)
  if (reader.flag()) reader.skip(4) // mono_mixdown_element_number
  if (reader.flag()) reader.skip(4) // stereo_mixdown_element_number
  if (reader.flag()) reader.skip(3) // matrix_mixdown_idx, pseudo_surround_enable
  let channels = lowFrequency
  let layout = ''
  for (const count of counts) {
    for (let i = 0; i < count; i++) {
      const size = reader.flag() ? 2 : 1 // is_cpe: a pair
      reader.skip(4)
      channels += size
      layout += size
    }
    layout += '|'
  }
  reader.skip(4 * lowFrequency + 4 * associatedData + 5 * couplings)
  reader.skip((start - reader.position) & 7) // byte_alignment()
  const comment = reader.bits(8)
  reader.skip(8 * comment)
  if (lowFrequency > 0) layout += lowFrequency
  return { channels, channelConfiguration: couplings === 0 ? (LAYOUTS[layout] ?? 0) : 0 }
}

const invalid = (message: string): ProtocolError => new ProtocolError('parameter-sets-invalid', message)
