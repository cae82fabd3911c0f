import type { ProtocolError } from '../../../protocol/errors.ts'
import type { RtspMessage, RtspRequest, RtspResponse } from '../../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { ServerConnection } from '../../../protocol/rtsp/server-connection.ts'
import {
  type MediaSink,
  type PlayRequest,
  RtspRefusal,
  type ServerPlayback,
  type ServerStream,
  type ServerStreams,
} from '../../../protocol/rtsp/server-stream.ts'
import type { ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { createMemoryTransportPair } from '../../../protocol/transport/memory-transport.ts'

export const SDP = new TextEncoder().encode('v=0\r\n')
export const URI = 'rtsp://camera:8554/lobby'
export const LAST_MODIFIED = Date.UTC(2030, 0, 1, 12, 0, 0, 700)
export const TCP = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' }

/** A stream with a picture and a sound that writes down what is asked of it. */
class RecordingPlayback implements ServerPlayback {
  readonly calls: string[] = []
  readonly sink: MediaSink
  constructor(sink: MediaSink) {
    this.sink = sink
  }
  setup(control: string, channels: { rtp: number; rtcp: number }) {
    this.calls.push(`setup ${control} ${channels.rtp}-${channels.rtcp}`)
    return { ssrc: 0xc0ffee }
  }
  prepare(request: PlayRequest) {
    this.calls.push(`prepare ${JSON.stringify(request.range)} ${request.scale}x${request.speed}`)
    if (request.range?.start === 1000) throw new RtspRefusal(457)
    return {
      range: { unit: 'npt', start: 'now' } as const,
      scale: Math.min(request.scale, 4),
      tracks: [{ control: 'video', sequence: 7, rtpTime: 90_000 }],
    }
  }
  start() {
    this.calls.push('start')
    // One frame at once: it must come behind the answer.
    this.sink.send(Uint8Array.of(0x24, 0, 0, 1, 0xaa))
  }
  pause() {
    this.calls.push('pause')
  }
  parameter(name: string) {
    return name === 'position' ? 'npt=5' : undefined
  }
  received(control: string, kind: string, bytes: Uint8Array, start: number, end: number) {
    this.calls.push(`${control} ${kind} ${bytes.slice(start, end).join(' ')}`)
  }
  close() {
    this.calls.push('close')
  }
}

class Streams implements ServerStreams {
  playbacks: RecordingPlayback[] = []
  find(path: string): ServerStream | null | Promise<ServerStream | null> {
    const stream = (controls: string[]) => ({
      controls,
      describe: () => SDP,
      lastModified: LAST_MODIFIED,
      open: (sink: MediaSink) => {
        const playback = new RecordingPlayback(sink)
        this.playbacks.push(playback)
        return playback
      },
    })
    if (path === '/lobby') return Promise.resolve(stream(['video', 'audio']))
    if (path === '/picture') return stream(['video'])
    if (path === '/broken') throw new TypeError('a fault of ours')
    if (path === '/full') throw new RtspRefusal(453)
    return null
  }
  get calls(): string[] {
    return this.playbacks.flatMap((playback) => playback.calls)
  }
}

/** A client without any knowledge of its own: what it sends and what comes back. */
export class Client {
  readonly streams = new Streams()
  readonly answers: RtspResponse[] = []
  /** Answers and frames as they came. */
  readonly order: string[] = []
  /** What the server asked of the client. */
  readonly asked: RtspRequest[] = []
  readonly faults: unknown[] = []
  ended: ProtocolError | null | undefined
  connectionClosed = false
  readonly transport: ByteTransport
  readonly connection: ServerConnection
  #cseq = 0
  #waiting: (() => void)[] = []

  constructor() {
    const [client, server] = createMemoryTransportPair()
    this.transport = client
    this.connection = new ServerConnection(server, this.streams, {
      failed: (error) => this.faults.push(error),
      closed: (error) => {
        this.ended = error
      },
    })
    const parser = new RtspMessageParser({
      message: (message: RtspMessage) => {
        if (message.kind === 'response') this.answers.push(message)
        else this.asked.push(message)
        this.order.push(message.kind === 'response' ? `answer ${message.status}` : 'request')
        this.#wake()
      },
      interleaved: (channel, _bytes, start, end) => this.order.push(`frame ${channel} ${end - start}`),
      skipped: () => this.order.push('garbage'),
    })
    client.start({
      bytes: (chunk) => parser.push(chunk),
      closed: () => {
        this.connectionClosed = true
        this.#wake()
      },
    })
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  send(text: string | Uint8Array) {
    this.transport.send(typeof text === 'string' ? new TextEncoder().encode(text) : text)
  }

  async closed(): Promise<void> {
    while (!this.connectionClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async answer(count = this.answers.length + 1): Promise<RtspResponse> {
    while (this.answers.length < count && !this.connectionClosed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const answer = this.answers[count - 1]
    if (!answer) throw new Error('the connection ended without an answer')
    return answer
  }

  request(
    method: string,
    uri = URI,
    fields: Record<string, string> = {},
    version = '1.0',
    body = '',
  ): Promise<RtspResponse> {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    if (body !== '') lines.push(`Content-Length: ${body.length}\r\n`)
    this.send(`${method} ${uri} RTSP/${version}\r\nCSeq: ${++this.#cseq}\r\n${lines.join('')}\r\n${body}`)
    return this.answer()
  }

  /** SETUP of one or both tracks; gives the session's id. */
  async ready(tracks = ['video', 'audio']): Promise<string> {
    let session = ''
    for (const track of tracks) {
      const answer = await this.request('SETUP', `${URI}/${track}`, session ? { ...TCP, Session: session } : TCP)
      session = answer.headers.get('Session')?.split(';')[0] ?? ''
    }
    return session
  }

  async playing(tracks?: string[]): Promise<string> {
    const session = await this.ready(tracks)
    await this.request('PLAY', URI, { Session: session })
    return session
  }
}
