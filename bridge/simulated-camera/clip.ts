import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { parseAudioSpecificConfig } from '../../protocol/codec/aac.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { H264Packetizer } from '../../protocol/packetizer/h264.ts'
import { Mpeg4GenericPacketizer } from '../../protocol/packetizer/mpeg4-generic.ts'
import type { Packetizer } from '../../protocol/packetizer/packetizer.ts'
import { type Mp4AudioTrack, type Mp4Sample, type Mp4VideoTrack, readMp4 } from './mp4-reader.ts'

/** What the camera shows again and again. */
export interface Clip {
  /** Seconds of one turn: the length of its video. */
  readonly period: number
  readonly tracks: readonly ClipTrack[]
}

export interface ClipTrack {
  readonly kind: 'video' | 'audio'
  /** `a=control`, unique in the clip. */
  readonly control: string
  readonly payloadType: number
  readonly clockRate: number
  /** What the session description says of the track: `a=` lines without the line ends. */
  readonly attributes: readonly string[]
  readonly packetizer: Packetizer
  readonly frames: readonly ClipFrame[]
  /** Ticks of the clock that every frame lasts; 0 where they differ, and for video. */
  readonly frameTicks: number
}

/** One access unit. Times count from the beginning of the turn, on the track's RTP clock. */
export interface ClipFrame {
  readonly data: Uint8Array
  /** When to send it: its decoding time. */
  readonly sendTime: number
  /** What the RTP timestamp says: its presentation time. */
  readonly rtpTime: number
  readonly randomAccess: boolean
}

const VIDEO_CLOCK_RATE = 90_000

/** Reads an MP4 file with H.264, and AAC where it has sound. @throws ProtocolError `file-invalid` */
export function readClip(file: Uint8Array): Clip {
  const { video, audio } = readMp4(file)
  const tracks = [videoTrack(video)]
  if (audio) tracks.push(audioTrack(audio))
  for (const track of tracks) checkFrames(track)
  const period = video.duration / video.timescale
  if (!(period > 0)) throw new ProtocolError('file-invalid', 'The video of the file lasts no time')
  if (!tracks[0]?.frames[0]?.randomAccess) {
    throw new ProtocolError('file-invalid', 'The video of the file does not begin with a keyframe')
  }
  return { period, tracks }
}

function videoTrack(track: Mp4VideoTrack): ClipTrack {
  const { profileLevelId, lengthSize, parameterSets } = readAvcC(track.avcC)
  const encoded = parameterSets.map((set) => Buffer.from(set).toString('base64')).join(',')
  // A file of the `avc3` kind has its parameter sets in the samples alone.
  const spropParameterSets = encoded === '' ? [] : [`sprop-parameter-sets=${encoded}`]
  const scale = VIDEO_CLOCK_RATE / track.timescale
  const frameRate = track.samples.length / (track.duration / track.timescale)
  return {
    kind: 'video',
    control: 'video',
    payloadType: 96,
    clockRate: VIDEO_CLOCK_RATE,
    attributes: [
      'rtpmap:96 H264/90000',
      // RFC 6184 section 8.1.
      ['fmtp:96 packetization-mode=1', `profile-level-id=${profileLevelId}`, ...spropParameterSets].join(';'),
      `framerate:${Number(frameRate.toFixed(3))}`,
      `x-dimensions:${track.width},${track.height}`,
    ],
    packetizer: new H264Packetizer({ parameterSets }),
    frames: track.samples.map((sample) => ({
      ...timed(sample, scale),
      data: lengthSize === 4 ? sample.data : withFourByteLengths(sample.data, lengthSize),
    })),
    frameTicks: 0,
  }
}

function audioTrack(track: Mp4AudioTrack): ClipTrack {
  const { sampleRate, channels } = readAudioConfig(track.audioSpecificConfig)
  const config = Buffer.from(track.audioSpecificConfig).toString('hex')
  const scale = sampleRate / track.timescale
  const frames = track.samples.map((sample) => ({ ...timed(sample, scale), data: sample.data, randomAccess: true }))
  return {
    kind: 'audio',
    control: 'audio',
    payloadType: 97,
    clockRate: sampleRate,
    attributes: [
      `rtpmap:97 mpeg4-generic/${sampleRate}/${channels || track.channels}`,
      // RFC 3640 section 4.1 and 3.3.6.
      `fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=${config}`,
    ],
    packetizer: new Mpeg4GenericPacketizer(),
    frames,
    frameTicks: constantStep(frames),
  }
}

/** A frame that cannot be sent is better found now than in the middle of a turn. */
function checkFrames({ kind, packetizer, frames }: ClipTrack): void {
  for (const [index, frame] of frames.entries()) {
    try {
      packetizer.packetize(frame.data)
    } catch (cause) {
      throw new ProtocolError('file-invalid', `Sample ${index + 1} of the ${kind} of the file is damaged`, { cause })
    }
  }
}

const timed = (sample: Mp4Sample, scale: number) => ({
  sendTime: Math.round(sample.decodeTime * scale),
  rtpTime: Math.round(sample.time * scale),
  randomAccess: sample.sync,
})

function constantStep(frames: readonly { readonly sendTime: number }[]): number {
  const step = (frames[1]?.sendTime ?? 0) - (frames[0]?.sendTime ?? 0)
  // The last frame's own duration plays no part: it may be cut.
  return frames.every((frame, i) => i === 0 || frame.sendTime - (frames[i - 1]?.sendTime ?? 0) === step) ? step : 0
}

function readAudioConfig(bytes: Uint8Array) {
  try {
    return parseAudioSpecificConfig(bytes)
  } catch (cause) {
    throw new ProtocolError('file-invalid', 'The AAC configuration of the file cannot be read', { cause })
  }
}

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

/** NAL units behind lengths of 1 to 3 bytes, brought into the form that packetizers take. */
function withFourByteLengths(sample: Uint8Array, lengthSize: number): Uint8Array {
  const reader = new ByteReader(sample, 0, sample.length, 'file-invalid')
  const writer = new ByteWriter(sample.length + 64)
  while (reader.remaining > 0) {
    let length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + reader.u8()
    writer.u32(length).write(reader.take(length))
  }
  return writer.toBytes()
}
