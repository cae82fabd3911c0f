import { ProtocolError } from '../../../protocol/errors.ts'
import { Pipeline } from '../../../protocol/index.ts'
import type { ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { createMemoryTransportPair } from '../../../protocol/transport/memory-transport.ts'
import { Seconds } from '../../../protocol/units.ts'
import { FakeTime } from '../fake-time.ts'
import { pack, unpack } from '../packets.ts'
import type { Random } from '../random.ts'
import { concat, type FuzzTarget, holds, latin1, utf8 } from '../target.ts'
import { compound, frame, H264_PACKETS, reports } from './rtp-material.ts'
import { RTSP_WORDS, SDP } from './rtsp-material.ts'

/** Longer than any number of time-outs that a hostile server can put one behind the other. */
const LONGEST = 24 * 3600 * 1000
const MOST_STEPS = 3000
/** One request to a camera that answers nothing useful must not become a flood. */
const MOST_REQUESTS = 120

/** Answers each request with the next packet of the input, whatever it is; `{cseq}` stands for the number of the request. */
class HostileServer {
  requests = 0
  readonly #answers: Uint8Array[]

  constructor(answers: Uint8Array[]) {
    this.#answers = answers
  }

  connect(): ByteTransport {
    const [client, server] = createMemoryTransportPair()
    server.start({
      bytes: (chunk) => {
        for (const [, cseq = ''] of Buffer.from(chunk)
          .toString('latin1')
          .matchAll(/\r\nCSeq: (\d+)\r\n/g)) {
          this.requests++
          this.#answer(server, cseq)
        }
      },
      closed: () => undefined,
    })
    return client
  }

  #answer(server: ByteTransport, cseq: string): void {
    const answer = this.#answers.shift()
    if (!answer) return
    // An empty one closes the connection.
    if (answer.length === 0) server.close()
    server.send(latin1(Buffer.from(answer).toString('latin1').replaceAll('{cseq}', cseq)))
  }
}

/** From `open` to `close` against a server that answers with the input: everything settles, is told once, and is gone. */
async function check(input: Uint8Array, random: Random): Promise<void> {
  const time = new FakeTime()
  try {
    const server = new HostileServer(unpack(input))
    let closed = 0
    const connect = random.chance(0.5) ? () => Promise.resolve(server.connect()) : undefined
    const pipeline = new Pipeline(
      server.connect(),
      { uri: 'rtsp://us:pw@camera/live', connect },
      {
        initializationSegment: () => holds(closed === 0, 'nothing follows the end'),
        mediaSegment: () => holds(closed === 0, 'nothing follows the end'),
        closed: (error) => {
          holds(error === null || error instanceof ProtocolError, `an untyped error: ${error}`)
          holds(error?.code !== 'invalid-state' || !error.message.startsWith('Unexpected'), `${error?.cause}`)
          holds(++closed === 1, 'the end is told once')
        },
      },
    )
    await settled(pipeline.open(), time)
    for (const step of [() => pipeline.pause(), () => pipeline.play(), () => pipeline.seek(Seconds(1))]) {
      if (random.chance(0.3)) await settled(step(), time)
    }
    // Keep-alives, reports and what else happens by itself.
    for (let i = random.below(40); i > 0; i--) {
      time.next()
      await time.settle()
    }
    holds(server.requests <= MOST_REQUESTS, `${server.requests} requests`)
    await settled(pipeline.close(), time)
    await time.settle()
    holds(closed === 1, `the end was told ${closed} times`)
    holds(time.pending === 0, `${time.pending} timers are left`)
    pipeline.statistics()
  } finally {
    time.end()
  }
}

/** Waits in simulated time. A promise that no timer can settle any more, or not within a day, is a hang. */
async function settled(promise: Promise<unknown>, time: FakeTime): Promise<void> {
  let state: 'waiting' | 'done' = 'waiting'
  let fault: unknown
  promise.then(
    () => {
      state = 'done'
    },
    (error: unknown) => {
      state = 'done'
      fault = error
    },
  )
  const isDone = (): boolean => state === 'done'
  const start = time.elapsed
  for (let step = 0; ; step++) {
    await time.settle()
    if (isDone()) break
    holds(step < MOST_STEPS && time.elapsed - start < LONGEST, 'it ends at some time')
    holds(time.next(), 'what waits has a time-out')
  }
  if (fault !== undefined && !(fault instanceof ProtocolError)) throw fault
}

const answer = (status: string, headers: readonly string[] = [], body = ''): Uint8Array => {
  const length = body === '' ? [] : [`Content-Length: ${utf8(body).length}`]
  return utf8([`RTSP/1.0 ${status}`, 'CSeq: {cseq}', ...headers, ...length, '', body].join('\r\n'))
}
const OPTIONS = answer('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER'])
const DESCRIBE = answer('200 OK', ['Content-Base: rtsp://camera/live/', 'Content-Type: application/sdp'], SDP)
const SETUP = (channels: string): Uint8Array =>
  answer('200 OK', ['Session: 12345678;timeout=60', `Transport: RTP/AVP/TCP;unicast;interleaved=${channels};ssrc=1234`])
const PLAY = answer('200 OK', [
  'Session: 12345678',
  'Range: npt=0.000-',
  'RTP-Info: url=rtsp://camera/live/trackID=0;seq=65530;rtptime=0,url=rtsp://camera/live/trackID=1;seq=1;rtptime=0',
])
const MEDIA = concat(...H264_PACKETS.map((packet) => frame(0, packet)), frame(1, compound()))
const OPENED = [OPTIONS, DESCRIBE, SETUP('0-1'), SETUP('2-3'), concat(PLAY, MEDIA)]
const CHALLENGE = answer('401 Unauthorized', ['WWW-Authenticate: Digest realm="a", nonce="n", qop="auth"'])
const RECORDING = answer('200 OK', ['Content-Base: rtsp://camera/live/'], SDP.replace('npt=now-', 'npt=0-60'))

export const clientSession: FuzzTarget = {
  name: 'client-session',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    pack([...OPENED, answer('200 OK'), concat(answer('200 OK'), MEDIA)]),
    pack([CHALLENGE, ...OPENED]),
    pack([OPTIONS, CHALLENGE, DESCRIBE, SETUP('0-1'), answer('454 Session Not Found'), SETUP('2'), PLAY]),
    pack([answer('501 Not Implemented'), RECORDING, SETUP('0-1'), SETUP('2-3'), concat(PLAY, MEDIA), OPTIONS, PLAY]),
    pack([OPTIONS, answer('302 Moved', ['Location: rtsp://camera/other']), ...OPENED.slice(1)]),
    pack([OPTIONS, answer('301 Moved', ['Location: rtsp://elsewhere:8554/']), ...OPENED]),
    pack([OPTIONS, DESCRIBE, answer('461 Unsupported Transport'), answer('457 Invalid Range')]),
    pack([
      ...OPENED.slice(0, 4),
      concat(
        MEDIA,
        utf8('ANNOUNCE rtsp://camera/live RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nv=0\n'),
        utf8('REDIRECT rtsp://camera/live RTSP/1.0\r\nCSeq: 2\r\nLocation: rtsp://camera/live\r\n\r\n'),
        PLAY,
        frame(1, reports()),
      ),
      ...OPENED,
    ]),
    pack([CHALLENGE, new Uint8Array(0), ...OPENED]),
    pack([concat(answer('100 Continue'), answer('100 Continue'), OPTIONS), ...OPENED.slice(1)]),
  ],
  dictionary: [
    ...RTSP_WORDS,
    ...['CSeq: {cseq}\r\n', '200 OK', '100 Continue', '401 Unauthorized', '407 P', '454 S', '457 R', '459 A', '461 T']
      .concat(['503 S', '551 O', '302 M', '\r\n\r\n', 'Content-Length: 9999\r\n', 'Session: \r\n', 'timeout=0', '$'])
      .map(latin1),
  ],
  check,
}
