import { vi } from 'vitest'
import { Pipeline, type PipelineEvents, type PipelineOptions } from '../../protocol/index.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { type Answer, type Script, ScriptedRtspServer } from './scripted-rtsp-server.ts'

// 320x240 Constrained Baseline, made by x264; the IDR is not decoded here.
const SPS = Uint8Array.from(Buffer.from('Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==', 'base64'))
const PPS = Uint8Array.from(Buffer.from('aM4PyA==', 'base64'))
const IDR = Uint8Array.of(0x65, 0x88, 0x84, 0x00, 0x10)
export const SLICE = Uint8Array.of(0x41, 0x9a, 0x24, 0x6c)

/** H.264 on the first two channels, AAC on the next two. */
export const sdp = (...sessionLines: string[]): string =>
  [
    'v=0',
    ...sessionLines,
    'm=video 0 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    'a=control:trackID=0',
    'm=audio 0 RTP/AVP 97',
    'a=rtpmap:97 MPEG4-GENERIC/48000/1',
    'a=fmtp:97 mode=AAC-hbr;config=1188;sizelength=13;indexlength=3;indexdeltalength=3',
    'a=control:trackID=1',
  ].join('\r\n')

const CAMERA: Record<string, Answer> = {
  DESCRIBE: { headers: { 'Content-Base': 'rtsp://camera/live/' }, body: sdp() },
  SETUP: { headers: { Session: '1' } },
}

/** A script that plays by the book, but for the answers that are changed, by method. */
export const camera =
  (changed: Record<string, Answer> = {}): Script =>
  (request) => {
    const answers = { ...CAMERA, ...changed }
    return request.method in answers ? (answers[request.method] ?? null) : {}
  }

/** A pipeline at a scripted server, not opened yet. */
export function play(script: Script, options: Partial<PipelineOptions> = {}) {
  const server = new ScriptedRtspServer(script)
  const events = {
    tracks: vi.fn<NonNullable<PipelineEvents['tracks']>>(),
    opened: vi.fn<NonNullable<PipelineEvents['opened']>>(),
    initializationSegment: vi.fn<PipelineEvents['initializationSegment']>(),
    mediaSegment: vi.fn<PipelineEvents['mediaSegment']>(),
    discontinuity: vi.fn<NonNullable<PipelineEvents['discontinuity']>>(),
    warning: vi.fn<NonNullable<PipelineEvents['warning']>>(),
    deviation: vi.fn<NonNullable<PipelineEvents['deviation']>>(),
    closed: vi.fn<PipelineEvents['closed']>(),
  }
  const pipeline = new Pipeline(server.client, { uri: 'rtsp://camera/live', ...options }, events)
  return { server, pipeline, events }
}

const sequences = new Map<number, number>()

/** Call before each test: streams begin anew. */
export const forgetSequences = (): void => sequences.clear()

/** The next sequence number of a stream; `lost` packets are left out in front of it. */
export function nextSequence(payloadType: number, lost = 0): number {
  const next = (sequences.get(payloadType) ?? 100) + 1 + lost
  sequences.set(payloadType, next)
  return next
}

export function rtp(payload: Uint8Array, timestamp: number, marker = true, payloadType = 96): Uint8Array {
  const packet = new Uint8Array(RTP_HEADER_BYTES + payload.length)
  writeRtpHeader(packet, 0, {
    marker,
    payloadType,
    sequenceNumber: nextSequence(payloadType),
    timestamp,
    ssrc: payloadType,
  })
  packet.set(payload, RTP_HEADER_BYTES)
  return packet
}

/** An IDR picture with its parameter sets. */
export function picture(server: Pick<ScriptedRtspServer, 'sendFrame'>, timestamp: number, channel = 0): void {
  server.sendFrame(channel, rtp(SPS, timestamp, false))
  server.sendFrame(channel, rtp(PPS, timestamp, false))
  server.sendFrame(channel, rtp(IDR, timestamp))
}

/** One AAC frame of 4 bytes with its AU header section (RFC 3640 section 3.3.6). */
export const sound = (timestamp: number): Uint8Array =>
  rtp(Uint8Array.of(0, 16, 0, 32, 1, 2, 3, 4), timestamp, true, 97)
