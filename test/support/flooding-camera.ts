import { RTP_HEADER_BYTES, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { startScriptedServer } from './scripted-server.ts'

const SDP = 'v=0\r\ns=flood\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n'
const PAYLOAD = 30_000

export interface FloodingCamera {
  readonly url: string
  /** Bytes of media that were taken from it. */
  readonly taken: number
  close(): Promise<void>
}

/** A camera that sends as fast as it is read; every tenth picture is a keyframe. */
export async function startFloodingCamera(): Promise<FloodingCamera> {
  let sequenceNumber = 0
  const next = (): Buffer => {
    const frame = Buffer.alloc(4 + RTP_HEADER_BYTES + PAYLOAD, 0x55)
    frame.writeUInt32BE(0x24000000 + RTP_HEADER_BYTES + PAYLOAD)
    const timestamp = sequenceNumber * 3_000
    writeRtpHeader(frame, 4, {
      marker: true,
      payloadType: 96,
      sequenceNumber: sequenceNumber & 0xffff,
      timestamp,
      ssrc: 7,
    })
    frame[4 + RTP_HEADER_BYTES] = sequenceNumber++ % 10 === 0 ? 0x65 : 0x41
    return frame
  }
  const server = await startScriptedServer({
    onConnection: (socket) => {
      let text = ''
      // Some each turn, for the others of this process want theirs.
      const flood = () => {
        if (socket.destroyed) return
        for (let i = 0; i < 4; i++) {
          if (socket.write(next())) continue
          socket.once('drain', () => setImmediate(flood))
          return
        }
        setImmediate(flood)
      }
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const [head, rest] = [text.slice(0, end), text.slice(end + 4)]
          text = rest
          const cseq = /CSeq: (\d+)/i.exec(head)?.[1]
          const transport = /Transport: .*/i.exec(head)?.[0]
          const body = head.includes('DESCRIBE ') ? SDP : ''
          const fields = [
            `CSeq: ${cseq}`,
            'Session: 1',
            ...(transport ? [transport] : []),
            `Content-Length: ${body.length}`,
          ]
          socket.write(`RTSP/1.0 200 OK\r\n${fields.join('\r\n')}\r\n\r\n${body}`)
          if (head.includes('PLAY ')) flood()
        }
      })
    },
  })
  return {
    url: `rtsp://127.0.0.1:${server.port}/live`,
    get taken() {
      return server.accepted.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0)
    },
    close: server.close,
  }
}
