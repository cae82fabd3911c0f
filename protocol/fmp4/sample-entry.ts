import type { AudioConfiguration, CodecConfiguration, VideoConfiguration } from '../codec/configuration.ts'
import { ProtocolError } from '../errors.ts'
import { box, concatenate, type Field, fixed32, fullBox, u8, u16, u24, u32, zeros } from './box.ts'

/** Visual sample entries by the first part of the codec string, and the box that holds the decoder configuration record. */
const VISUAL: Readonly<Record<string, (description: Uint8Array) => Field>> = {
  avc1: (description) => box('avcC', description), // ISO/IEC 14496-15 section 5.4.2.1: parameter sets in `avcC` only
  hvc1: (description) => box('hvcC', description), // ISO/IEC 14496-15 section 8.4.1.1: parameter sets in `hvcC` only
  av01: (description) => box('av1C', description), // AV1 Codec ISO Media File Format Binding section 2.3
  vp08: (description) => fullBox('vpcC', 1, 0, description), // VP Codec ISO Media File Format Binding
  vp09: (description) => fullBox('vpcC', 1, 0, description),
  // ISO/IEC 14496-14 section 5.6, ISO/IEC 14496-2 visual; no browser takes it, players of files do
  mp4v: (description) => elementaryStreamDescriptor(0x20, VISUAL_STREAM, description),
}

type AudioEntry = readonly [type: string, describe: (configuration: AudioConfiguration) => Field]

/** Audio sample entries by the first part of the codec string: the type of the box, and the box within that says how to decode. */
const AUDIO: Readonly<Record<string, AudioEntry>> = {
  // 40: ISO/IEC 14496-3 audio, with its AudioSpecificConfig; 6B and 69 have none.
  mp4a: ['mp4a', ({ codec, description }) => audioDescriptor(objectTypeIndication(codec), description)],
  // ISO/IEC 13818-3 below the rates of ISO/IEC 11172-3, which knows 32,000 to 48,000 Hz.
  mp3: ['mp4a', ({ sampleRate, description }) => audioDescriptor(sampleRate < 32_000 ? 0x69 : 0x6b, description)],
  opus: ['Opus', ({ description }) => box('dOps', description)], // Encapsulation of Opus in ISO Base Media section 4.3.1
  flac: ['fLaC', ({ description }) => fullBox('dfLa', 0, 0, description)], // Encapsulation of FLAC in ISO Base Media section 3.3.2
}

const family = (codec: string): string => codec.split('.')[0] ?? ''

/** RFC 6381 section 3.3: in hexadecimal behind the first full stop. */
const objectTypeIndication = (codec: string): number => Number.parseInt(codec.split('.')[1] ?? '', 16)

const audioDescriptor = (objectTypeIndication: number, description: Uint8Array): Field =>
  elementaryStreamDescriptor(objectTypeIndication, AUDIO_STREAM, description.length > 0 ? description : null)

/** For `addSourceBuffer`; null where MP4 has no way to hold the codec. */
export function mimeTypeOf({ kind, codec }: CodecConfiguration): string | null {
  return Object.hasOwn(kind === 'video' ? VISUAL : AUDIO, family(codec)) ? `${kind}/mp4; codecs="${codec}"` : null
}

/**
 * The box in `stsd` that says how to decode, chosen by the codec string.
 * @throws ProtocolError `codec-unsupported` where there is none for the codec.
 */
export function sampleEntry(configuration: CodecConfiguration): Field {
  if (mimeTypeOf(configuration) !== null) {
    const type = family(configuration.codec)
    const audio = configuration.kind === 'audio' ? AUDIO[type] : undefined
    if (audio && configuration.kind === 'audio') return audioSampleEntry(audio, configuration)
    const record = VISUAL[type]
    if (record && configuration.kind === 'video') {
      return box(
        type,
        visualSampleEntry(configuration),
        record(configuration.description),
        configuration.pixelAspectRatio === 1 ? [] : pixelAspectRatio(configuration.pixelAspectRatio),
      )
    }
  }
  throw new ProtocolError('codec-unsupported', `no MP4 sample entry for ${configuration.codec}`)
}

/** ISO/IEC 14496-12 section 12.1.3. */
const visualSampleEntry = ({ width, height }: VideoConfiguration): Field => [
  zeros(6), // reserved
  u16(1), // data_reference_index
  zeros(16), // pre_defined, reserved
  u16(width), // width
  u16(height), // height
  fixed32(72), // horizresolution, dots an inch
  fixed32(72), // vertresolution
  u32(0), // reserved
  u16(1), // frame_count
  zeros(32), // compressorname
  u16(0x18), // depth: colour without alpha
  u16(0xffff), // pre_defined: -1
]

/** ISO/IEC 14496-12 section 12.1.4.1. */
const pixelAspectRatio = (ratio: number): Field => {
  const { numerator, denominator } = asFraction(ratio)
  return box(
    'pasp',
    u32(numerator), // hSpacing
    u32(denominator), // vSpacing
  )
}

/** The fraction with the smallest denominator: those of Table E-1 of H.264 are all below 100, extended ones below 2^16. */
function asFraction(ratio: number): { numerator: number; denominator: number } {
  for (let denominator = 1; denominator < 0x1_0000; denominator++) {
    const numerator = Math.round(ratio * denominator)
    if (Math.abs(numerator / denominator - ratio) < 1e-9) return { numerator, denominator }
  }
  return { numerator: Math.round(ratio * 0xffff), denominator: 0xffff }
}

/** ISO/IEC 14496-12 section 12.2.3; `mp4a`: ISO/IEC 14496-14 section 5.6. */
const audioSampleEntry = ([type, describe]: AudioEntry, configuration: AudioConfiguration): Field =>
  box(
    type,
    zeros(6), // reserved
    u16(1), // data_reference_index
    zeros(8), // reserved
    u16(configuration.channels), // channelcount
    u16(sampleSize(configuration)), // samplesize
    zeros(4), // pre_defined, reserved
    // samplerate: above 16 bits what describes the codec alone tells
    fixed32(configuration.sampleRate <= 0xffff ? configuration.sampleRate : 0),
    describe(configuration),
  )

/** Bits: 16, but for FLAC what STREAMINFO says (Encapsulation of FLAC in ISO Base Media section 3.3.1). */
function sampleSize({ codec, description }: AudioConfiguration): number {
  const [low = 0, high = 0xf0] = description.subarray(16, 18)
  return codec === 'flac' ? (((low & 1) << 4) | (high >> 4)) + 1 : 16
}

/** streamType, ISO/IEC 14496-1 table 6. */
const VISUAL_STREAM = 0x04
const AUDIO_STREAM = 0x05

/** `esds`: ISO/IEC 14496-1 section 7.2.6.5. */
const elementaryStreamDescriptor = (
  objectTypeIndication: number,
  streamType: number,
  specificInfo: Uint8Array | null,
): Field => {
  const decoderConfig = descriptor(
    0x04, // DecoderConfigDescrTag
    u8(objectTypeIndication),
    u8((streamType << 2) | 1), // streamType, upStream 0, reserved 1
    u24(0), // bufferSizeDB
    u32(0), // maxBitrate
    u32(0), // avgBitrate: variable
    specificInfo ? descriptor(0x05, specificInfo) : [], // DecSpecificInfoTag
  )
  const streamDescriptor = descriptor(
    0x03, // ES_DescrTag
    u16(0), // ES_ID: 0 in a file
    u8(0), // no dependence, URL or OCR stream; streamPriority 0
    decoderConfig,
    descriptor(0x06, u8(0x02)), // SLConfigDescrTag, predefined: MP4
  )
  return fullBox('esds', 0, 0, streamDescriptor)
}

/** A descriptor: its tag, its size in groups of 7 bits (ISO/IEC 14496-1 section 8.3.3), its fields. */
function descriptor(tag: number, ...fields: Field[]): Field {
  const size = concatenate(fields).length
  return [
    u8(tag),
    u8(0x80 | ((size >> 21) & 0x7f)),
    u8(0x80 | ((size >> 14) & 0x7f)),
    u8(0x80 | ((size >> 7) & 0x7f)),
    u8(size & 0x7f),
    fields,
  ]
}
