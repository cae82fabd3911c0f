import type { AudioConfiguration, CodecConfiguration, VideoConfiguration } from '../codec/configuration.ts'
import { ProtocolError } from '../errors.ts'
import { box, concatenate, type Field, fixed32, fullBox, u8, u16, u24, u32, zeros } from './box.ts'

/**
 * The box in `stsd` that says how to decode, chosen by the codec string.
 * @throws ProtocolError `codec-unsupported` where there is none for the codec.
 */
export function sampleEntry(configuration: CodecConfiguration): Field {
  const [type] = configuration.codec.split('.')
  if (configuration.kind === 'video' && type === 'avc1') return avcSampleEntry(configuration)
  if (configuration.kind === 'audio' && type === 'mp4a') return mp4AudioSampleEntry(configuration)
  throw new ProtocolError('codec-unsupported', `no MP4 sample entry for ${configuration.codec}`)
}

/** ISO/IEC 14496-15 section 5.4.2.1: `avc1`, parameter sets in `avcC` only. */
const avcSampleEntry = (configuration: VideoConfiguration): Field =>
  box(
    'avc1',
    visualSampleEntry(configuration),
    box('avcC', configuration.description),
    configuration.pixelAspectRatio === 1 ? [] : pixelAspectRatio(configuration.pixelAspectRatio),
  )

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

/** ISO/IEC 14496-14 section 5.6. */
const mp4AudioSampleEntry = ({ description, sampleRate, channels }: AudioConfiguration): Field =>
  box(
    'mp4a',
    zeros(6), // reserved
    u16(1), // data_reference_index
    zeros(8), // reserved
    u16(channels), // channelcount
    u16(16), // samplesize
    zeros(4), // pre_defined, reserved
    fixed32(sampleRate <= 0xffff ? sampleRate : 0), // samplerate: above 16 bits the AudioSpecificConfig alone tells
    elementaryStreamDescriptor(description),
  )

/** `esds`: ISO/IEC 14496-1 section 7.2.6.5. */
const elementaryStreamDescriptor = (audioSpecificConfig: Uint8Array): Field => {
  const specificInfo = descriptor(0x05, audioSpecificConfig) // DecSpecificInfoTag
  const decoderConfig = descriptor(
    0x04, // DecoderConfigDescrTag
    u8(0x40), // objectTypeIndication: ISO/IEC 14496-3 audio
    u8((0x05 << 2) | 1), // streamType audio, upStream 0, reserved 1
    u24(0), // bufferSizeDB
    u32(0), // maxBitrate
    u32(0), // avgBitrate: variable
    specificInfo,
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
