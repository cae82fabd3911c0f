import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { H264Depacketizer } from '../../../protocol/depacketizer/h264.ts'
import { Mpeg4GenericDepacketizer } from '../../../protocol/depacketizer/mpeg4-generic.ts'
import type { DeviationId } from '../../../protocol/deviation.ts'
import type { MediaSegment } from '../../../protocol/fmp4/segment.ts'
import { readCompound } from '../../../protocol/rtcp/packet.ts'
import { ntpFromUnix, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { MediaTrack } from '../../../protocol/track/media-track.ts'
import { SessionTimeline } from '../../../protocol/track/session-timeline.ts'
import { Milliseconds } from '../../../protocol/units.ts'

// 320x240 Constrained Baseline, made by x264; the pictures are not decoded here.
const SPS = Uint8Array.from(Buffer.from('Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==', 'base64'))
const PPS = Uint8Array.from(Buffer.from('aM4PyA==', 'base64'))
const IDR = Uint8Array.of(0x65, 0x88, 0x84, 0x00, 0x10)
const SLICE = Uint8Array.of(0x41, 0x9a, 0x24, 0x6c)
/** One AAC frame of 4 bytes with its AU header section (RFC 3640 section 3.3.6). */
const SOUND = Uint8Array.of(0, 16, 0, 32, 1, 2, 3, 4)

const PARAMETERS = {
  video: { encoding: 'H264', clockRate: 90_000, payloadType: 96 },
  audio: { encoding: 'MPEG4-GENERIC', clockRate: 48_000, payloadType: 97 },
}
const depacketizer = {
  video: () => new H264Depacketizer({ parameterSets: [SPS, PPS] }),
  audio: () =>
    new Mpeg4GenericDepacketizer({
      config: Uint8Array.of(0x11, 0x88),
      sizeLength: 13,
      indexLength: 3,
      indexDeltaLength: 3,
      clockRate: 48_000,
    }),
}

/** What a packet has beside its payload; the rest follows from the packet before. */
export interface PacketOptions {
  readonly keyframe?: boolean
  /** Default true. */
  readonly marker?: boolean
  /** Default: a picture, or a frame of sound. */
  readonly payload?: Uint8Array
  readonly payloadType?: number
  readonly contributingSources?: readonly number[]
  /** Profile and whole words of a header extension. */
  readonly extension?: { readonly profile: number; readonly data: Uint8Array }
  readonly padding?: number
}

/**
 * One track of a camera and the `MediaTrack` that plays it. The camera's state (`now`, `timestamp`, `sequenceNumber`,
 * `ssrc`) may be changed between packets, to do what cameras do.
 */
export class CameraTrack {
  readonly track: MediaTrack
  readonly segments: Omit<MediaSegment, 'data'>[] = []
  readonly deviations: DeviationId[] = []
  readonly kind: 'video' | 'audio'
  readonly clockRate: number
  /** Milliseconds of the receiver's monotonic clock. */
  now = 0
  timestamp = 1_000_000
  sequenceNumber = 100
  ssrc = 0xcafe

  constructor(kind: 'video' | 'audio' = 'video', session = new SessionTimeline()) {
    const { encoding, clockRate, payloadType } = PARAMETERS[kind]
    this.kind = kind
    this.clockRate = clockRate
    this.track = new MediaTrack(
      kind === 'video' ? 1 : 2,
      {
        index: 0,
        kind,
        control: undefined,
        format: { payloadType, encoding, clockRate, clockRateKnown: true, channels: 1, parameters: new Map() },
        otherPayloadTypes: [],
        createDepacketizer: depacketizer[kind],
      },
      session,
      {
        initializationSegment: () => undefined,
        mediaSegment: ({ data: _, ...segment }) => this.segments.push(segment),
        deviation: (id) => this.deviations.push(id),
      },
    )
  }

  /** Sends one picture, or one frame of sound, in one packet. */
  send(options: PacketOptions = {}): void {
    const payload = options.payload ?? (this.kind === 'audio' ? SOUND : options.keyframe ? IDR : SLICE)
    const bytes = packet({ ...this, payloadType: PARAMETERS[this.kind].payloadType, ...options }, payload)
    this.track.rtp(bytes, 0, bytes.length, Milliseconds(this.now))
    this.sequenceNumber++
  }

  /** Sends so many, the first a keyframe, `milliseconds` apart. */
  play(count: number, milliseconds = 40): void {
    for (let index = 0; index < count; index++) {
      this.send({ keyframe: index === 0 })
      this.pass(milliseconds)
    }
  }

  /** Time passes, for the camera and the receiver. */
  pass(milliseconds: number): void {
    this.now += milliseconds
    this.timestamp += Math.round((milliseconds * this.clockRate) / 1_000)
  }

  /** A sender report of now, by whatever clock the camera has. */
  report(
    unix: number | 'zero',
    changed: { ssrc?: number; rtpTimestamp?: number } = {},
    here = unix === 'zero' ? 0 : unix,
  ): void {
    const writer = new ByteWriter()
    const ntp = unix === 'zero' ? { ntpSeconds: 0, ntpFraction: 0 } : ntpFromUnix(unix)
    const { ssrc, timestamp } = this
    writeSenderReport(writer, {
      ssrc,
      rtpTimestamp: timestamp,
      packetCount: 0,
      octetCount: 0,
      reports: [],
      ...ntp,
      ...changed,
    })
    for (const packet of readCompound(writer.view()).packets) {
      if (packet.type === 'SR') this.track.senderReport(packet, Milliseconds(this.now), here)
    }
  }

  /** Start times of the segments, in milliseconds, rounded. */
  get starts(): number[] {
    return this.segments.map((segment) => Math.round(segment.start * 1_000))
  }

  /** Milliseconds from each segment to the next. */
  get steps(): number[] {
    return this.starts.slice(1).map((start, index) => start - (this.starts[index] ?? 0))
  }
}

function packet(
  header: PacketOptions & { payloadType: number; timestamp: number; sequenceNumber: number; ssrc: number },
  payload: Uint8Array,
): Uint8Array {
  const { contributingSources = [], extension, padding = 0, marker = true } = header
  const writer = new ByteWriter()
  writer
    .u8(0x80 | (padding ? 0x20 : 0) | (extension ? 0x10 : 0) | contributingSources.length)
    .u8((marker ? 0x80 : 0) | header.payloadType)
    .u16(header.sequenceNumber & 0xffff)
    .u32(header.timestamp % 2 ** 32)
    .u32(header.ssrc)
  for (const source of contributingSources) writer.u32(source)
  if (extension)
    writer
      .u16(extension.profile)
      .u16(extension.data.length / 4)
      .write(extension.data)
  writer.write(payload)
  if (padding) writer.write(new Uint8Array(padding - 1)).u8(padding)
  return writer.toBytes()
}
