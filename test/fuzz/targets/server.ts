import { ProtocolError } from '../../../protocol/errors.ts'
import { RtspHeaders } from '../../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { serializeRequest } from '../../../protocol/rtsp/message-serializer.ts'
import { ServerConnection } from '../../../protocol/rtsp/server-connection.ts'
import type { ServerPlayback, ServerStream, ServerStreams } from '../../../protocol/rtsp/server-stream.ts'
import { createMemoryTransportPair } from '../../../protocol/transport/memory-transport.ts'
import { FakeTime } from '../fake-time.ts'
import type { Random } from '../random.ts'
import { chunksOf, concat, type FuzzTarget, holds, latin1, utf8 } from '../target.ts'
import { frame, reports } from './rtp-material.ts'
import { RTSP_WORDS, SDP } from './rtsp-material.ts'

/** A stream of two tracks that watches the order in which it is called. */
class WatchedStreams implements ServerStreams {
  open = 0
  opened = 0

  find(path: string): ServerStream | null {
    if (path !== '/live') return null
    return { controls: ['trackID=0', 'trackID=1'], describe: () => utf8(SDP), open: () => this.#open() }
  }

  #open(): ServerPlayback {
    holds(++this.open === 1, 'one playback at a time')
    this.opened++
    let state: 'open' | 'playing' | 'closed' = 'open'
    const isOpen = (): void => holds(state !== 'closed', 'nothing is asked of a playback that is closed')
    return {
      setup: () => {
        isOpen()
        return { ssrc: 1 }
      },
      prepare: ({ scale }) => {
        isOpen()
        holds(Number.isFinite(scale) && scale !== 0, `a scale of ${scale}`)
        return { range: { unit: 'npt', start: 'now' }, tracks: [{ control: 'trackID=0', sequence: 1, rtpTime: 2 }] }
      },
      start: () => {
        isOpen()
        state = 'playing'
      },
      pause: isOpen,
      received: (control, _, __, start, end) => {
        isOpen()
        holds(control.startsWith('trackID=') && start <= end, 'a frame belongs to a track')
      },
      close: () => {
        isOpen()
        state = 'closed'
        this.open--
      },
    }
  }
}

/** A client sends the input, in chunks, and is silent then. Whatever it was: answers, in order, and an end. */
async function check(input: Uint8Array, random: Random): Promise<void> {
  const time = new FakeTime()
  try {
    const streams = new WatchedStreams()
    const [client, server] = createMemoryTransportPair()
    const answers: number[] = []
    const parser = new RtspMessageParser({
      message: (message) => {
        if (message.kind === 'response') answers.push(message.status)
      },
      interleaved: () => undefined,
      skipped: () => holds(false, 'a server sends nothing but messages and frames'),
    })
    client.start({ bytes: (chunk) => parser.push(chunk), closed: () => undefined })
    let answered = 0
    let closed = 0
    new ServerConnection(server, streams, {
      answered: (_, status) => {
        answered++
        holds(status >= 200 && status < 600, `a status of ${status}`)
      },
      failed: (error) => {
        throw error
      },
      closed: (error) => {
        holds(error === null || error instanceof ProtocolError, `an untyped error: ${error}`)
        holds(++closed === 1, 'the end is told once')
      },
    })
    for (const chunk of random.chance(0.5) ? [input] : chunksOf(input, random)) client.send(chunk)
    await time.settle()
    await time.settle()
    // One more where the bytes were refused as a whole.
    holds(answers.length === answered || answers.length === answered + 1, 'each answer is one message')
    for (let step = 0; closed === 0; step++) {
      holds(step < 10 && time.next(), 'a silent client is given up')
      await time.settle()
    }
    holds(time.elapsed < 200_000, `after ${time.elapsed} ms`)
    holds(streams.open === 0, 'what was opened is closed')
    holds(time.pending === 0, `${time.pending} timers are left`)
  } finally {
    time.end()
  }
}

let cseq = 0
const request = (method: string, path = '', headers: readonly [string, string][] = [], body?: Uint8Array): Uint8Array =>
  serializeRequest({
    method,
    uri: `rtsp://camera/live${path}`,
    headers: new RtspHeaders([['CSeq', String(++cseq)], ...headers]),
    body,
  })
const TCP = (channels: string): [string, string] => ['Transport', `RTP/AVP/TCP;unicast;interleaved=${channels}`]

export const serverSession: FuzzTarget = {
  name: 'server-session',
  shapes: ['lines', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    concat(
      request('OPTIONS'),
      request('DESCRIBE', '', [['Accept', 'application/sdp']]),
      request('SETUP', '/trackID=0', [TCP('0-1')]),
      frame(1, reports()),
      request('GET_PARAMETER'),
      request('TEARDOWN'),
    ),
    concat(request('SETUP', '/trackID=0', [TCP('0-1')]), request('SETUP', '/trackID=1', [TCP('0-1')]), request('PLAY')),
    concat(
      request('SETUP', '/trackID=1', [['Transport', 'RTP/AVP;unicast;client_port=5000-5001, RTP/AVP/TCP;unicast']]),
      request('PLAY', '', [['Range', 'npt=1-2']]),
      request('PLAY', '', [['Scale', '2']]),
      request('PAUSE'),
      request('ANNOUNCE', '', [], utf8(SDP)),
      request('RECORD'),
    ),
    concat(
      request('SET_PARAMETER', '', [['Content-Type', 'text/parameters']], utf8('a: b\r\n')),
      request('DESCRIBE', '?x', [['Require', 'feature']]),
      request('SETUP', '', [TCP('254-255')]),
      utf8('OPTIONS * RTSP/1.0\r\nCSeq: 9\r\nConnection: close\r\n\r\n'),
    ),
  ],
  dictionary: [
    ...RTSP_WORDS,
    ...['OPTIONS ', 'SETUP rtsp://camera/live/trackID=0 RTSP/1.0\r\nCSeq: 7\r\nTransport: RTP/AVP/TCP\r\n\r\n', '////']
      .concat(['RTSP/2.0', 'CSeq: 1\r\n', '\r\n\r\n', 'trackID=0', 'RTSP/1.0 200 OK\r\n\r\n', 'If-Modified-Since: '])
      .concat(['PLAY rtsp://camera/live RTSP/1.0\r\nCSeq: 8\r\n\r\n', 'Blocksize: 1', 'Bandwidth: 1', 'Speed: 0'])
      .map(latin1),
  ],
  check,
}
