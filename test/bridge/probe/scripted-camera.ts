import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { ntpFromUnix, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import type { Answer, Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'

// 320x240 Constrained Baseline, made by x264; no picture is decoded here.
export const SPS = Uint8Array.from(Buffer.from('Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==', 'base64'))
export const PPS = Uint8Array.from(Buffer.from('aM4PyA==', 'base64'))
const IDR = Uint8Array.of(0x65, 0x88, 0x84, 0x00, 0x10)
const SLICE = Uint8Array.of(0x41, 0x9a, 0x24, 0x6c)

export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=Front door',
  't=0 0',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:trackID=1',
  'm=audio 0 RTP/AVP 8',
  'a=control:trackID=2',
  'm=application 0 RTP/AVP 107',
  'a=rtpmap:107 vnd.onvif.metadata/90000',
  'a=control:trackID=3',
  'm=audio 0 RTP/AVP 0',
  'a=control:trackID=4',
  'a=sendonly',
  '',
].join('\r\n')

export interface RtpOptions {
  readonly payloadType?: number
  readonly marker?: boolean
  readonly ssrc?: number
}

export function rtp(payload: Uint8Array, sequenceNumber: number, timestamp: number, options: RtpOptions = {}) {
  const { payloadType = 96, marker = true, ssrc = 7 } = options
  const packet = new Uint8Array(RTP_HEADER_BYTES + payload.length)
  writeRtpHeader(packet, 0, { marker, payloadType, sequenceNumber, timestamp, ssrc })
  packet.set(payload, RTP_HEADER_BYTES)
  return packet
}

export function senderReport(unix: number | null, rtpTimestamp: number): Uint8Array {
  const writer = new ByteWriter()
  const ntp = unix === null ? { ntpSeconds: 0, ntpFraction: 0 } : ntpFromUnix(unix)
  writeSenderReport(writer, { ssrc: 7, ...ntp, rtpTimestamp, packetCount: 1, octetCount: 1, reports: [] })
  return writer.toBytes()
}

export interface MediaOptions {
  readonly pictures?: number
  /** Default 10. */
  readonly keyframeEvery?: number
  /** Leaves out every so manieth packet. */
  readonly loseEvery?: number
}

/** Sends a second and more of pictures, 25 a second by their timestamps, all at once. */
export function sendPictures(connection: ScriptedRtspServer, options: MediaOptions = {}): void {
  const { pictures = 26, keyframeEvery = 10, loseEvery = 0 } = options
  let sequence = 100
  const send = (nal: Uint8Array, timestamp: number, marker: boolean) => {
    sequence++
    if (loseEvery > 0 && sequence % loseEvery === 0) return
    connection.sendFrame(0, rtp(nal, sequence, timestamp, { marker }))
  }
  for (let index = 0; index < pictures; index++) {
    const timestamp = index * 3600
    const key = index % keyframeEvery === 0
    if (key) {
      send(SPS, timestamp, false)
      send(PPS, timestamp, false)
    }
    send(key ? IDR : SLICE, timestamp, true)
  }
}

export interface CameraOptions {
  readonly answers?: Readonly<Record<string, Answer>>
  readonly media?: (connection: ScriptedRtspServer) => void
}

/** A well behaved camera, but for `answers`; `media` follows the answer to PLAY. */
export const camera =
  ({ answers = {}, media = sendPictures }: CameraOptions = {}) =>
  (connection: ScriptedRtspServer): Script =>
  (request) => {
    const known: Readonly<Record<string, Answer>> = {
      OPTIONS: { headers: { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN', Server: 'Acme/1.0' } },
      DESCRIBE: { headers: { 'Content-Type': 'application/sdp', 'Content-Base': `${request.uri}/` }, body: SDP },
      SETUP: {
        headers: { Session: '4711;timeout=30', Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' },
      },
      PLAY: { headers: { Session: '4711' } },
      ...answers,
    }
    if (request.method === 'PLAY') setImmediate(() => media(connection))
    return request.method in known ? (known[request.method] ?? null) : {}
  }
