import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { parseAudioSpecificConfig } from '../../protocol/codec/aac.ts'
import { OPUS_SAMPLE_RATE } from '../../protocol/codec/opus.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { Mpeg4GenericPacketizer } from '../../protocol/packetizer/mpeg4-generic.ts'
import { OpusPacketizer } from '../../protocol/packetizer/opus.ts'
import { type ClipFrame, type ClipTrack, timed } from './clip.ts'
import type { Mp4AudioTrack } from './mp4-reader.ts'

type Format = Pick<ClipTrack, 'clockRate' | 'attributes' | 'packetizer'>

const PAYLOAD_TYPE = 97

/** The sound of an MP4 file as it is sent and described. @throws ProtocolError `file-invalid` */
export function audioTrack(track: Mp4AudioTrack): ClipTrack {
  const format = track.codec === 'AAC' ? aac(track) : opus(track)
  const scale = format.clockRate / track.timescale
  const frames = track.samples.map((sample) => ({ ...timed(sample, scale), data: sample.data, randomAccess: true }))
  return {
    kind: 'audio',
    control: 'audio',
    payloadType: PAYLOAD_TYPE,
    ...format,
    frames,
    frameTicks: constantStep(frames),
  }
}

/** RFC 3640 sections 3.3.6 and 4.1. */
function aac({ configuration, channels }: Mp4AudioTrack): Format {
  const stated = readAudioConfig(configuration)
  const config = Buffer.from(configuration).toString('hex')
  return {
    clockRate: stated.sampleRate,
    attributes: [
      `rtpmap:${PAYLOAD_TYPE} mpeg4-generic/${stated.sampleRate}/${stated.channels || channels}`,
      `fmtp:${PAYLOAD_TYPE} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=${config}`,
    ],
    packetizer: new Mpeg4GenericPacketizer(),
  }
}

/** RFC 7587 section 7: the rtpmap says 48000/2 whatever the sound is. */
function opus({ configuration }: Mp4AudioTrack): Format {
  // Encapsulation of Opus in ISO Base Media section 4.3.2: Version, OutputChannelCount.
  const reader = new ByteReader(configuration, 0, configuration.length, 'file-invalid')
  const version = reader.u8()
  const channels = reader.u8()
  if (version !== 0 || channels < 1 || channels > 2) {
    throw new ProtocolError('file-invalid', `Opus with ${channels} channels cannot be sent, only one or two`)
  }
  return {
    clockRate: OPUS_SAMPLE_RATE,
    attributes: [`rtpmap:${PAYLOAD_TYPE} opus/48000/2`, `fmtp:${PAYLOAD_TYPE} sprop-stereo=${channels - 1}`],
    packetizer: new OpusPacketizer(),
  }
}

function readAudioConfig(bytes: Uint8Array) {
  try {
    return parseAudioSpecificConfig(bytes)
  } catch (cause) {
    throw new ProtocolError('file-invalid', 'The AAC configuration of the file cannot be read', { cause })
  }
}

function constantStep(frames: readonly ClipFrame[]): number {
  const step = (frames[1]?.sendTime ?? 0) - (frames[0]?.sendTime ?? 0)
  // The last frame's own duration plays no part: it may be cut.
  return frames.every((frame, i) => i === 0 || frame.sendTime - (frames[i - 1]?.sendTime ?? 0) === step) ? step : 0
}
