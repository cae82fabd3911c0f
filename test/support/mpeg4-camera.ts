import { buildVisualConfig, I_VOP } from '../protocol/codec/mpeg4-visual-builder.ts'
import { rtp } from './scripted-camera.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from './scripted-rtsp-listener.ts'

/** Between two pictures, in milliseconds. */
const INTERVAL = 20
const CONFIG = Buffer.from(buildVisualConfig({ lowDelay: true })).toString('hex')
const DESCRIPTION = [
  'v=0',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 MP4V-ES/90000',
  `a=fmtp:96 profile-level-id=1; config=${CONFIG}`,
  'a=control:trackID=0',
].join('\r\n')

/** A camera of another time: MPEG-4 Visual (RFC 6416), which no browser plays. Nothing of the pictures is for decoders. */
export function startMpeg4Camera(): Promise<ScriptedRtspListener> {
  return startScriptedRtspListener((connection) => {
    let pictures = 0
    const send = (): void => {
      if (connection.closed) return
      connection.sendFrame(0, rtp(Uint8Array.from(I_VOP), (pictures++ * INTERVAL * 90_000) / 1_000))
      setTimeout(send, INTERVAL)
    }
    return ({ method, headers }) => {
      if (method === 'DESCRIBE') return { body: DESCRIPTION }
      if (method === 'PLAY') send()
      return { headers: { Session: '1', ...(method === 'SETUP' ? { Transport: headers.get('Transport') ?? '' } : {}) } }
    }
  })
}
