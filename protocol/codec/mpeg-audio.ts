import type { AudioConfiguration } from './configuration.ts'

export const MPEG_AUDIO_HEADER_BYTES = 4
const CRC_BYTES = 2

/** What the header of an MPEG audio frame says (ISO/IEC 11172-3 section 2.4.1.3, ISO/IEC 13818-3 section 2.4.2.3). */
export interface MpegAudioHeader {
  readonly layer: 1 | 2 | 3
  /** ISO/IEC 13818-3: the rates below those of ISO/IEC 11172-3, or below these too (known as MPEG-2.5). */
  readonly lowSamplingFrequencies: boolean
  /** Samples a second and channel. */
  readonly sampleRate: number
  readonly channels: 1 | 2
  /** Samples of each channel in the frame. */
  readonly samples: number
  /** Bytes of the whole frame. */
  readonly frameLength: number
  /** Where the audio data begin: behind the header, and behind the CRC where there is one. */
  readonly dataStart: number
}

/** Thousands of bits a second by bitrate_index 1 to 14. */
const BITRATES = {
  layer1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  layer2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  layer3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  lowLayer1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  lowLayers: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const
export const HIGHEST_BITRATE_INDEX = 14
const SAMPLING_FREQUENCIES = [44_100, 48_000, 32_000]
const SINGLE_CHANNEL = 0b11

/**
 * Reads the header at `start`; null where there is none. Free format, whose frames do not tell their length, counts as
 * none: no browser plays it.
 */
export function readMpegAudioHeader(bytes: Uint8Array, start: number, end: number): MpegAudioHeader | null {
  if (end - start < MPEG_AUDIO_HEADER_BYTES) return null
  const second = bytes[start + 1] ?? 0
  if (bytes[start] !== 0xff || (second & 0xe0) !== 0xe0) return null // syncword
  const version = (second >> 3) & 0b11
  const layer = 4 - ((second >> 1) & 0b11)
  const third = bytes[start + 2] ?? 0
  const padding = (third >> 1) & 1
  const frequency = SAMPLING_FREQUENCIES[(third >> 2) & 0b11]
  if (version === 1 || (layer !== 1 && layer !== 2 && layer !== 3) || frequency === undefined) return null
  const lowSamplingFrequencies = version !== 0b11
  const bitrate = bitratesOf(layer, lowSamplingFrequencies)[(third >> 4) - 1]
  if (bitrate === undefined) return null
  const sampleRate = frequency / (version === 0b11 ? 1 : version === 0b10 ? 2 : 4)
  return {
    layer,
    lowSamplingFrequencies,
    sampleRate,
    channels: (bytes[start + 3] ?? 0) >> 6 === SINGLE_CHANNEL ? 1 : 2,
    samples: samplesOf(layer, lowSamplingFrequencies),
    frameLength: frameLength(layer, lowSamplingFrequencies, bitrate, sampleRate, padding),
    dataStart: MPEG_AUDIO_HEADER_BYTES + ((second & 1) === 0 ? CRC_BYTES : 0), // protection_bit
  }
}

/** Bytes that the frame would have with another bitrate_index, 1 to 14, and without padding. */
export function lengthAtBitrate(header: MpegAudioHeader, bitrateIndex: number): number {
  const { layer, lowSamplingFrequencies, sampleRate } = header
  const bitrate = bitratesOf(layer, lowSamplingFrequencies)[bitrateIndex - 1] ?? 0
  return frameLength(layer, lowSamplingFrequencies, bitrate, sampleRate, 0)
}

/**
 * What a decoder needs: nothing but the codec. Layers I and II have no name of their own in RFC 6381, only that of the
 * standard that all three layers are of; most decoders of layer III know them.
 */
export function mpegAudioConfiguration(header: MpegAudioHeader): AudioConfiguration {
  const { layer, lowSamplingFrequencies, sampleRate, channels } = header
  const ofStandard = lowSamplingFrequencies ? 'mp4a.69' : 'mp4a.6B'
  return {
    kind: 'audio',
    codec: layer === 3 ? 'mp3' : ofStandard,
    description: new Uint8Array(0),
    sampleRate,
    channels,
  }
}

function bitratesOf(layer: 1 | 2 | 3, low: boolean): readonly number[] {
  if (low) return layer === 1 ? BITRATES.lowLayer1 : BITRATES.lowLayers
  return BITRATES[`layer${layer}`]
}

function samplesOf(layer: 1 | 2 | 3, low: boolean): number {
  if (layer === 1) return 384
  return layer === 3 && low ? 576 : 1152
}

/** Section 2.4.3.1: of layer I in slots of four bytes, else of one. */
function frameLength(layer: 1 | 2 | 3, low: boolean, bitrate: number, sampleRate: number, padding: number): number {
  const slot = layer === 1 ? 4 : 1
  return slot * (Math.floor(((samplesOf(layer, low) / 8 / slot) * bitrate * 1000) / sampleRate) + padding)
}
