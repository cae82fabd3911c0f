import { RTP_HEADER_BYTES, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import type { RtspRequest } from '../../protocol/rtsp/message.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from './scripted-rtsp-listener.ts'
import type { Answer, ScriptedRtspServer } from './scripted-rtsp-server.ts'

/** What viewers must never learn; each is a word that nothing else holds. */
export const CAMERA_SECRETS = {
  user: 'operator-Kx7',
  password: 'hunter2-Zq9',
  path: 'hidden-path-Wv3',
  address: '10.77.88.99',
} as const

const BASE = `rtsp://${CAMERA_SECRETS.address}/${CAMERA_SECRETS.path}`

export const CAMERA_SDP = [
  'v=0',
  `o=- 1 1 IN IP4 ${CAMERA_SECRETS.address}`,
  `s=${CAMERA_SECRETS.path}`,
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  `a=control:${BASE}/track1`,
  'm=audio 0 RTP/AVP 0',
  `a=control:${BASE}/track2`,
  '',
].join('\r\n')

const CHALLENGE = { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } } as const

/** What a camera answers by the book, by method. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  OPTIONS: { headers: { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER' } },
  DESCRIBE: { headers: { 'Content-Base': `${BASE}/`, Server: `Camera ${CAMERA_SECRETS.address}` }, body: CAMERA_SDP },
  PLAY: { headers: { Session: '7', 'RTP-Info': `url=${BASE}/track1;seq=5;rtptime=9` } },
}

/** Answers that are not by the book: undefined for those that are. */
export type Misbehave = (request: RtspRequest, connection: ScriptedRtspServer) => Answer | undefined

/** A camera behind a password, that says where it is wherever a camera can. */
export interface GuardedCamera extends ScriptedRtspListener {
  readonly url: string
  /** Settings of a stream that has it. */
  readonly stream: { readonly url: string; readonly user: string; readonly password: string; readonly transport: 'tcp' }
  readonly requests: readonly RtspRequest[]
  /** Connections that are open. */
  readonly open: number
}

export async function startGuardedCamera(misbehave: Misbehave = () => undefined): Promise<GuardedCamera> {
  const listener = await startScriptedRtspListener((connection) => (request) => {
    const special = misbehave(request, connection)
    if (special !== undefined) return special
    if (!request.headers.has('Authorization')) return CHALLENGE
    if (request.method === 'SETUP') {
      const channels = /interleaved=[\d-]+/.exec(request.headers.get('Transport') ?? '')?.[0]
      const transport = `RTP/AVP/TCP;unicast;${channels};source=${CAMERA_SECRETS.address};ssrc=0000ABCD`
      return { headers: { Session: '7;timeout=60', Transport: transport } }
    }
    return ANSWERS[request.method] ?? { headers: { Session: '7' } }
  })
  const { user, password, path } = CAMERA_SECRETS
  const url = `rtsp://127.0.0.1:${listener.port}/${path}`
  return {
    ...listener,
    url,
    stream: { url, user, password, transport: 'tcp' },
    get requests() {
      return listener.connections.flatMap(({ requests }) => requests)
    },
    get open() {
      return listener.connections.filter(({ closed }) => !closed).length
    },
  }
}

/** An RTP packet of the camera: H.264, an IDR picture where it is a keyframe. */
export function rtpPacket(
  sequenceNumber: number,
  { payload = 100, keyframe = false, ssrc = 0xabcd, timestamp = sequenceNumber * 3000, marker = true } = {},
): Uint8Array {
  const packet = new Uint8Array(RTP_HEADER_BYTES + payload)
  writeRtpHeader(packet, 0, { marker, payloadType: 96, sequenceNumber, timestamp, ssrc })
  packet[RTP_HEADER_BYTES] = keyframe ? 0x65 : 0x41
  return packet
}
