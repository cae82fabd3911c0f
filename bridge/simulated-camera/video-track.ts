import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { Obu, ObuType } from '../../protocol/codec/av1.ts'
import { NalUnitType, typeOf } from '../../protocol/codec/h265.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { Av1Packetizer } from '../../protocol/packetizer/av1.ts'
import { H264Packetizer } from '../../protocol/packetizer/h264.ts'
import { H265Packetizer } from '../../protocol/packetizer/h265.ts'
import { JpegPacketizer } from '../../protocol/packetizer/jpeg.ts'
import { type ClipTrack, timed } from './clip.ts'
import type { Mp4Sample, Mp4VideoTrack } from './mp4-reader.ts'
import type { Mp4VideoCodec } from './mp4-sample-entry.ts'

interface Format extends Pick<ClipTrack, 'attributes' | 'packetizer'> {
  readonly payloadType: number
  /** Brings a sample into the form that the packetizer takes. */
  readonly dataOf: (sample: Mp4Sample) => Uint8Array
}

const CLOCK_RATE = 90_000
const DYNAMIC = 96
/** RFC 3551 section 6. */
const JPEG_PAYLOAD_TYPE = 26

const FORMATS: Readonly<Record<Mp4VideoCodec, (track: Mp4VideoTrack) => Format>> = {
  H264: h264,
  H265: h265,
  AV1: av1,
  JPEG: jpeg,
}

/** The pictures of an MP4 file as they are sent and described. @throws ProtocolError `file-invalid` */
export function videoTrack(track: Mp4VideoTrack): ClipTrack {
  const { payloadType, attributes, packetizer, dataOf } = FORMATS[track.codec](track)
  const scale = CLOCK_RATE / track.timescale
  const frameRate = track.samples.length / (track.duration / track.timescale)
  return {
    kind: 'video',
    control: 'video',
    payloadType,
    clockRate: CLOCK_RATE,
    attributes: [
      ...attributes,
      `framerate:${Number(frameRate.toFixed(3))}`,
      // 3GPP TS 26.234 section 5.3.3.2, and what cameras and GStreamer write.
      `framesize:${payloadType} ${track.width}-${track.height}`,
      `x-dimensions:${track.width},${track.height}`,
    ],
    packetizer,
    frames: track.samples.map((sample) => ({ ...timed(sample, scale), data: dataOf(sample) })),
    frameTicks: 0,
  }
}

/** RFC 6184 section 8.1. */
function h264({ configuration }: Mp4VideoTrack): Format {
  const { profileLevelId, lengthSize, parameterSets } = readAvcC(configuration)
  const encoded = parameterSets.map(toBase64).join(',')
  return {
    payloadType: DYNAMIC,
    attributes: [
      `rtpmap:${DYNAMIC} H264/90000`,
      fmtp([
        ['packetization-mode', '1'],
        ['profile-level-id', profileLevelId],
        // A file of the `avc3` kind has its parameter sets in the samples alone.
        ['sprop-parameter-sets', encoded],
      ]),
    ],
    packetizer: new H264Packetizer({ parameterSets }),
    dataOf: ({ data }) => withFourByteLengths(data, lengthSize),
  }
}

/** RFC 7798 section 7.1. */
function h265({ configuration }: Mp4VideoTrack): Format {
  const { profileSpace, tier, profile, level, lengthSize, parameterSets } = readHvcC(configuration)
  const sprop = (type: number) =>
    parameterSets
      .filter((nal) => typeOf(nal[0] ?? 0) === type)
      .map(toBase64)
      .join(',')
  return {
    payloadType: DYNAMIC,
    attributes: [
      `rtpmap:${DYNAMIC} H265/90000`,
      fmtp([
        ['profile-space', String(profileSpace)],
        ['profile-id', String(profile)],
        ['tier-flag', String(tier)],
        ['level-id', String(level)],
        ['sprop-vps', sprop(NalUnitType.VideoParameterSet)],
        ['sprop-sps', sprop(NalUnitType.SequenceParameterSet)],
        ['sprop-pps', sprop(NalUnitType.PictureParameterSet)],
      ]),
    ],
    packetizer: new H265Packetizer({ parameterSets }),
    dataOf: ({ data }) => withFourByteLengths(data, lengthSize),
  }
}

/** RTP Payload Format For AV1 section 7.2. */
function av1({ configuration }: Mp4VideoTrack): Format {
  const reader = new ByteReader(configuration, 0, configuration.length, 'file-invalid')
  // AV1 Codec ISO Media File Format Binding section 2.3.3: marker and version, profile and level, tier and format.
  if (reader.u8() !== 0x81) throw new ProtocolError('file-invalid', 'The AV1 configuration of the file cannot be read')
  const profileAndLevel = reader.u8()
  const tier = reader.u8() >> 7
  reader.skip(1)
  const configObus = reader.take(reader.remaining)
  return {
    payloadType: DYNAMIC,
    attributes: [
      `rtpmap:${DYNAMIC} AV1/90000`,
      fmtp([
        ['profile', String(profileAndLevel >> 5)],
        ['level-idx', String(profileAndLevel & 0x1f)],
        ['tier', String(tier)],
      ]),
    ],
    packetizer: new Av1Packetizer(),
    // The sequence header may be in the configuration alone; a receiver has none but what is sent.
    dataOf: ({ data, sync }) => (sync && !beginsSequence(data) ? concatenate(configObus, data) : data),
  }
}

/** RFC 2435 has no parameters. */
function jpeg(): Format {
  return {
    payloadType: JPEG_PAYLOAD_TYPE,
    attributes: [`rtpmap:${JPEG_PAYLOAD_TYPE} JPEG/90000`],
    packetizer: new JpegPacketizer(),
    dataOf: ({ data }) => data,
  }
}

/** Those parameters that have a value. */
const fmtp = (parameters: readonly (readonly [name: string, value: string])[]): string =>
  `fmtp:${DYNAMIC} ${parameters.flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join(';')}`

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1. */
function readAvcC(record: Uint8Array) {
  const reader = new ByteReader(record, 0, record.length, 'file-invalid')
  reader.skip(1)
  const profileLevelId = Buffer.from(reader.take(3)).toString('hex').toUpperCase()
  const lengthSize = (reader.u8() & 0x03) + 1
  const parameterSets: Uint8Array[] = []
  for (let left = reader.u8() & 0x1f; left > 0; left--) parameterSets.push(reader.take(reader.u16()))
  for (let left = reader.u8(); left > 0; left--) parameterSets.push(reader.take(reader.u16()))
  return { profileLevelId, lengthSize, parameterSets }
}

/** HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 8.3.3.1. */
function readHvcC(record: Uint8Array) {
  const reader = new ByteReader(record, 0, record.length, 'file-invalid')
  reader.skip(1)
  const profileByte = reader.u8()
  // Compatibility and constraint flags.
  reader.skip(10)
  const level = reader.u8()
  // Segmentation, parallelism, chroma format, bit depths, frame rate.
  reader.skip(8)
  const lengthSize = (reader.u8() & 0x03) + 1
  const parameterSets: Uint8Array[] = []
  for (let arrays = reader.u8(); arrays > 0; arrays--) {
    const type = reader.u8() & 0x3f
    for (let left = reader.u16(); left > 0; left--) {
      const nal = reader.take(reader.u16())
      // An array of SEI may stand there too.
      if (PARAMETER_SETS.includes(type)) parameterSets.push(nal)
    }
  }
  return {
    profileSpace: profileByte >> 6,
    tier: (profileByte >> 5) & 1,
    profile: profileByte & 0x1f,
    level,
    lengthSize,
    parameterSets,
  }
}

const PARAMETER_SETS: readonly number[] = [
  NalUnitType.VideoParameterSet,
  NalUnitType.SequenceParameterSet,
  NalUnitType.PictureParameterSet,
]

/** NAL units behind lengths of 1 to 4 bytes, brought into the form that packetizers take. */
function withFourByteLengths(sample: Uint8Array, lengthSize: number): Uint8Array {
  if (lengthSize === 4) return sample
  const reader = new ByteReader(sample, 0, sample.length, 'file-invalid')
  const writer = new ByteWriter(sample.length + 64)
  while (reader.remaining > 0) {
    let length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + reader.u8()
    writer.u32(length).write(reader.take(length))
  }
  return writer.toBytes()
}

function beginsSequence(unit: Uint8Array): boolean {
  const obu = new Obu()
  for (let at = 0; obu.read(unit, at, unit.length); at = obu.payloadEnd) {
    if (obu.type === ObuType.SequenceHeader) return true
    if (obu.type === ObuType.Frame || obu.type === ObuType.FrameHeader || obu.payloadEnd <= at) return false
  }
  return false
}

const concatenate = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
