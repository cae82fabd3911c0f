import { expect, vi } from 'vitest'
import type { DeviationId } from '../../protocol/deviation.ts'
import type { ProtocolError } from '../../protocol/errors.ts'
import { Pipeline, type PipelineEvents, type PipelineOptions } from '../../protocol/index.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import type { RtspRequest } from '../../protocol/rtsp/message.ts'
import { readFragment } from '../protocol/fmp4/boxes.ts'
import { passes } from '../support/passing-time.ts'
import { ScriptedRtspServer } from '../support/scripted-rtsp-server.ts'

/**
 * What a camera says to a request: a transcript, nothing, or what a function makes of the request. In a transcript
 * `{cseq}` and `{transport}` stand for those of the request, `{length}` for the bytes behind the empty line.
 */
export type Say = string | null | ((request: RtspRequest, index: number) => string | null)
export type Answers = Readonly<Record<string, Say>>

export const SDP = `
v=0
o=- 1719400000 1 IN IP4 192.168.7.20
s=Yard
c=IN IP4 0.0.0.0
t=0 0
a=control:*
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=42C00C
a=control:trackID=0
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/16000/1
a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3
a=control:trackID=1
`

/** DESCRIBE answered with a session description, and header lines of the caller's. */
export const described = (sdp: string, ...headers: string[]): string =>
  [
    'RTSP/1.0 200 OK',
    'CSeq: {cseq}',
    ...headers,
    'Content-Type: application/sdp',
    'Content-Length: {length}',
    '',
    '',
  ].join('\n') + sdp.trimStart()

export const ok = (...headers: string[]): string => ['RTSP/1.0 200 OK', 'CSeq: {cseq}', ...headers, ''].join('\n')
export const refusal = (status: number, ...headers: string[]): string =>
  [`RTSP/1.0 ${status} No`, 'CSeq: {cseq}', ...headers, ''].join('\n')

/** A camera that does everything right. */
const YARD: Answers = {
  OPTIONS: `
RTSP/1.0 200 OK
CSeq: {cseq}
Server: Yardcam/2.1
Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER
`,
  DESCRIBE: described(SDP, 'Content-Base: rtsp://192.168.7.20/live/'),
  SETUP: `
RTSP/1.0 200 OK
CSeq: {cseq}
Session: 5A3C11;timeout=60
Transport: {transport};ssrc=1A2B3C4D
`,
  PLAY: `
RTSP/1.0 200 OK
CSeq: {cseq}
Session: 5A3C11
Range: npt=now-
`,
}
const DONE = `
RTSP/1.0 200 OK
CSeq: {cseq}
`

export interface MeetOptions extends Partial<Omit<PipelineOptions, 'connect'>> {
  /** Cameras that are dialled after the first one, in order. */
  readonly next?: readonly ScriptedRtspServer[]
}

/** A player in front of a camera that answers as said, and otherwise does everything right. */
export function meet(answers: Answers = {}, options: MeetOptions = {}) {
  const server = scriptedCamera(answers)
  const samples: Sample[] = []
  const events = {
    tracks: vi.fn<NonNullable<PipelineEvents['tracks']>>(),
    initializationSegment: vi.fn<PipelineEvents['initializationSegment']>(),
    mediaSegment: vi.fn<PipelineEvents['mediaSegment']>((segment) => {
      samples.push({
        kind: segment.kind,
        start: segment.start,
        key: segment.randomAccess,
        data: readFragment(segment.data).data,
      })
    }),
    configuration: vi.fn<NonNullable<PipelineEvents['configuration']>>(),
    // What MP4 cannot hold.
    accessUnit: vi.fn<NonNullable<PipelineEvents['accessUnit']>>(({ kind, start, randomAccess, data }) => {
      samples.push({ kind, start, key: randomAccess, data: [...data] })
    }),
    deviation: vi.fn<NonNullable<PipelineEvents['deviation']>>(),
    warning: vi.fn<NonNullable<PipelineEvents['warning']>>(),
    closed: vi.fn<PipelineEvents['closed']>(),
  }
  const { next = [], ...rest } = options
  const others = [...next]
  const pipeline = new Pipeline(
    server.client,
    {
      uri: 'rtsp://192.168.7.20/live',
      ...rest,
      connect: async () => (others.shift() ?? expect.fail('nobody else should be dialled')).client,
    },
    events,
  )
  return new Meeting(server, pipeline, events, samples)
}

export function scriptedCamera(answers: Answers = {}): ScriptedRtspServer {
  return new ScriptedRtspServer((request, index) => {
    const say = answers[request.method] ?? (request.method in answers ? null : (YARD[request.method] ?? DONE))
    const text = typeof say === 'function' ? say(request, index) : say
    return text === null ? null : transcript(text, request)
  })
}

/** Writes a transcript out as it stands on the wire: CR LF at the ends of lines, and the blanks filled in. */
export function transcript(text: string, request?: RtspRequest): string {
  const [head = '', ...body] = text.trimStart().split('\n\n')
  const content = body.join('\n\n').replaceAll('\n', '\r\n')
  const lines = head
    .trimEnd()
    .replaceAll('{cseq}', request?.headers.get('CSeq') ?? '')
    .replaceAll('{transport}', request?.headers.get('Transport') ?? '')
    .replaceAll('{length}', String(new TextEncoder().encode(content).length))
  return `${lines.replaceAll('\n', '\r\n')}\r\n\r\n${content}`
}

type Events = { readonly [Name in keyof PipelineEvents]-?: ReturnType<typeof vi.fn<NonNullable<PipelineEvents[Name]>>> }

/** What a segment holds, or an access unit, copied. */
export interface Sample {
  readonly kind: 'video' | 'audio'
  /** Seconds. */
  readonly start: number
  readonly key: boolean
  readonly data: readonly number[]
}

export class Meeting {
  readonly server: ScriptedRtspServer
  readonly pipeline: Pipeline
  readonly events: Pick<
    Events,
    | 'tracks'
    | 'initializationSegment'
    | 'mediaSegment'
    | 'configuration'
    | 'accessUnit'
    | 'deviation'
    | 'warning'
    | 'closed'
  >

  readonly samples: readonly Sample[]

  constructor(server: ScriptedRtspServer, pipeline: Pipeline, events: Meeting['events'], samples: readonly Sample[]) {
    this.samples = samples
    this.server = server
    this.pipeline = pipeline
    this.events = events
  }

  /** Requests as `METHOD address`. */
  get asked(): string[] {
    return this.server.requests.map((request) => `${request.method} ${request.uri}`)
  }

  /** What was tolerated so far. */
  get tolerated(): DeviationId[] {
    return this.events.deviation.mock.calls.map(([id]) => id)
  }

  /** Warnings so far, as `code: message`. */
  get warned(): string[] {
    return this.events.warning.mock.calls.map(([error]) => `${error.code}: ${error.message}`)
  }

  /** Kinds of the segments so far. */
  get shown(): string[] {
    return this.events.mediaSegment.mock.calls.map(([segment]) => segment.kind)
  }

  /** The pictures so far, each as its NAL units. */
  get pictures(): number[][][] {
    return this.samples.filter((sample) => sample.kind === 'video').map((sample) => nalUnitsOf(sample.data))
  }

  addresses(method: string): string[] {
    return this.server.requests.filter((request) => request.method === method).map((request) => request.uri)
  }

  /** Opens, in no more than a second of the clock unless the camera takes longer. */
  async opens(): Promise<this> {
    let opening = true
    const opened = this.pipeline.open().finally(() => {
      opening = false
    })
    opened.catch(() => undefined)
    for (let i = 0; opening && i < 600; i++) await passes(i < 100 ? 1 : 50)
    await opened
    return this
  }

  /** Opening fails within half a minute; gives why. */
  async fails(): Promise<ProtocolError> {
    const failure = this.pipeline.open().then(
      () => expect.fail('it should have failed'),
      (error: ProtocolError) => error,
    )
    for (let i = 0; i < 300; i++) await passes(100)
    return failure
  }

  /** Opens, and what the camera sends on these channels is shown. */
  async plays(channels: { readonly video?: number; readonly audio?: number } = { video: 0 }): Promise<this> {
    await this.opens()
    await this.shows(channels)
    return this
  }

  async shows(channels: { readonly video?: number; readonly audio?: number } = { video: 0 }): Promise<void> {
    const before = this.shown.length
    const wanted: string[] = []
    if (channels.video !== undefined) {
      this.stream(channels.video).picture(0)
      wanted.push('video')
    }
    if (channels.audio !== undefined) {
      this.stream(channels.audio, { payloadType: 97 }).sound(0)
      wanted.push('audio')
    }
    await settled()
    expect(this.shown.slice(before)).toEqual(wanted)
  }

  stream(channel: number, options?: StreamOptions): CameraStream {
    return new CameraStream(this.server, channel, options)
  }

  async ends(): Promise<void> {
    await Promise.all([this.pipeline.close(), vi.advanceTimersByTimeAsync(2_000)])
  }
}

/** NAL units of a sample, each behind a 4-byte length. */
function nalUnitsOf(sample: readonly number[]): number[][] {
  const nalUnits: number[][] = []
  for (let at = 0; at < sample.length; ) {
    const [a = 0, b = 0, c = 0, d = 0] = sample.slice(at, at + 4)
    const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
    nalUnits.push(sample.slice(at + 4, at + 4 + length))
    at += 4 + length
  }
  return nalUnits
}

export const settled = () => passes(1)

// 320x240 Constrained Baseline; the pictures are not decoded here.
export const SPS = Uint8Array.from(Buffer.from('Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==', 'base64'))
export const PPS = Uint8Array.from(Buffer.from('aM4PyA==', 'base64'))
export const IDR = Uint8Array.of(0x65, 0x88, 0x84, 0x00, 0x10)
export const SLICE = Uint8Array.of(0x41, 0x9a, 0x24, 0x6c)

export interface StreamOptions {
  readonly payloadType?: number
  readonly ssrc?: number
  readonly sequenceNumber?: number
}

/** One RTP stream of a camera. */
export class CameraStream {
  readonly #server: ScriptedRtspServer
  readonly #channel: number
  readonly #payloadType: number
  ssrc: number
  /** Of the next packet. */
  sequenceNumber: number

  constructor(server: ScriptedRtspServer, channel: number, options: StreamOptions = {}) {
    this.#server = server
    this.#channel = channel
    this.#payloadType = options.payloadType ?? 96
    this.ssrc = options.ssrc ?? 0x1a2b3c4d
    this.sequenceNumber = options.sequenceNumber ?? 1000 + nextStart++ * 100
  }

  /** One packet for each payload; the marker is on the last, or where it is said. */
  send(timestamp: number, payloads: readonly ArrayLike<number>[], marker: 'last' | 'each' | 'none' | number = 'last') {
    for (const [index, payload] of payloads.entries()) {
      const marked = marker === 'each' || index === (marker === 'last' ? payloads.length - 1 : marker)
      this.packet(timestamp, payload, marked)
    }
  }

  packet(timestamp: number, payload: ArrayLike<number>, marker: boolean): void {
    const packet = new Uint8Array(RTP_HEADER_BYTES + payload.length)
    writeRtpHeader(packet, 0, {
      marker,
      payloadType: this.#payloadType,
      sequenceNumber: this.sequenceNumber,
      timestamp: timestamp >>> 0,
      ssrc: this.ssrc,
    })
    packet.set(Array.from(payload), RTP_HEADER_BYTES)
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff
    this.#server.sendFrame(this.#channel, packet)
  }

  /** SPS, PPS and an IDR slice. */
  picture(timestamp: number): void {
    this.send(timestamp, [SPS, PPS, IDR])
  }

  /** One AAC frame of 4 bytes with its AU header section (RFC 3640 section 3.3.6). */
  sound(timestamp: number): void {
    this.packet(timestamp, [0, 16, 0, 32, 0x21, 2, 3, 4], true)
  }
}

let nextStart = 0
