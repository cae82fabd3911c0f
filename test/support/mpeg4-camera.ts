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
const SOUND_DESCRIPTION = ['', 'm=audio 0 RTP/AVP 0', 'a=control:trackID=1'].join('\r\n')
/** As much sound as there is between two pictures: of PCMU, 8,000 samples a second of a byte each. */
const SILENCE = new Uint8Array((INTERVAL * 8_000) / 1_000).fill(0xff)

/**
 * A camera of another time: MPEG-4 Visual (RFC 6416), which no browser plays. Nothing of the pictures is for decoders.
 *
 * @param hasSound G.711, which is silent
 */
export function startMpeg4Camera(hasSound = false): Promise<ScriptedRtspListener> {
  return startScriptedRtspListener((connection) => {
    let pictures = 0
    const send = (): void => {
      if (connection.closed) return
      const seconds = (pictures++ * INTERVAL) / 1_000
      connection.sendFrame(0, rtp(Uint8Array.from(I_VOP), seconds * 90_000))
      if (hasSound) connection.sendFrame(2, rtp(SILENCE, seconds * 8_000, false, 0))
      setTimeout(send, INTERVAL)
    }
    return ({ method, headers }) => {
      if (method === 'DESCRIBE') return { body: DESCRIPTION + (hasSound ? SOUND_DESCRIPTION : '') }
      if (method === 'PLAY') send()
      return { headers: { Session: '1', ...(method === 'SETUP' ? { Transport: headers.get('Transport') ?? '' } : {}) } }
    }
  })
}
