import { RTP_HEADER_BYTES, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { h264Description } from './h264-description.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from './scripted-rtsp-listener.ts'
import type { ScriptedRtspServer } from './scripted-rtsp-server.ts'

/** Between two pictures, in milliseconds. */
const INTERVAL = 20
const IDR_SLICE = [0x65, 0x88, 0x84, 0x00, 0x10]
const PREDICTED_SLICE = [0x41, 0x9a, 0x84, 0x00, 0x10]

export interface KeyframeCamera extends ScriptedRtspListener {
  readonly url: string
  /** Connections that are open. */
  readonly open: number
}

/**
 * A camera whose pictures are keyframes all, so that nobody waits for one. Each has 2,000 bytes, in two packets.
 *
 * @param pictures `predicted`: none of them is one, and whoever comes waits for ever
 */
export async function startKeyframeCamera(pictures: 'keyframes' | 'predicted' = 'keyframes'): Promise<KeyframeCamera> {
  const slice = pictures === 'keyframes' ? IDR_SLICE : PREDICTED_SLICE
  const timers = new Set<NodeJS.Timeout>()
  const play = (connection: ScriptedRtspServer): void => {
    let sequenceNumber = 0
    let timestamp = 0
    const timer = setInterval(() => {
      if (connection.closed) {
        clearInterval(timer)
        timers.delete(timer)
        return
      }
      timestamp += (90_000 * INTERVAL) / 1000
      for (const marker of [false, true]) {
        const packet = new Uint8Array(RTP_HEADER_BYTES + 1_000).fill(0x55)
        writeRtpHeader(packet, 0, {
          marker,
          payloadType: 96,
          sequenceNumber: sequenceNumber++ & 0xffff,
          timestamp,
          ssrc: 7,
        })
        packet.set(slice, RTP_HEADER_BYTES)
        connection.sendFrame(0, packet)
      }
    }, INTERVAL)
    timers.add(timer)
  }
  const listener = await startScriptedRtspListener((connection) => (request) => {
    switch (request.method) {
      case 'OPTIONS':
        return { headers: { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER' } }
      case 'DESCRIBE':
        return { headers: { 'Content-Base': `${request.uri}/` }, body: h264Description('keyframes') }
      case 'SETUP':
        return { headers: { Session: '1', Transport: request.headers.get('Transport') ?? '' } }
      case 'PLAY':
        play(connection)
        return { headers: { Session: '1' } }
      case 'TEARDOWN':
        queueMicrotask(() => connection.hangUp())
        return {}
      default:
        return {}
    }
  })
  return {
    ...listener,
    url: `rtsp://127.0.0.1:${listener.port}/lobby`,
    get open() {
      return listener.connections.filter(({ closed }) => !closed).length
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      await listener.close()
    },
  }
}
