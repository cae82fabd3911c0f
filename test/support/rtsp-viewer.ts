import { once } from 'node:events'
import type { ClientOptions } from 'ws'
import type { Bridge } from '../../bridge/index.ts'
import type { RtspResponse } from '../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../protocol/rtsp/message-parser.ts'
import { TestViewer } from './viewer.ts'

const TRANSPORT = 'RTP/AVP/TCP;unicast;interleaved=0-1'

/** A viewer that speaks RTSP by hand, so that it can also say what no player says. */
export class RtspViewer extends TestViewer {
  readonly responses: RtspResponse[] = []
  /** Channels of the frames that came, in order, and how many bytes they had. */
  readonly frames: { readonly channel: number; readonly length: number }[] = []
  readonly #uri: string
  #cseq = 0
  #session: string | undefined

  constructor(bridge: Pick<Bridge, 'port'>, stream: string, options?: ClientOptions, query = '') {
    super(bridge, `?stream=${stream}${query}`, options)
    this.#uri = `rtsp://127.0.0.1:${bridge.port}/${stream}`
    const parser = new RtspMessageParser({
      message: (message) => {
        if (message.kind === 'response') this.responses.push(message)
      },
      interleaved: (channel, _bytes, start, end) => this.frames.push({ channel, length: end - start }),
      skipped: (count) => {
        throw new Error(`The bridge sent ${count} bytes that are not RTSP`)
      },
    })
    this.ws.on('message', (data: Buffer) => parser.push(data))
  }

  static async open(bridge: Pick<Bridge, 'port'>, stream: string, options?: ClientOptions): Promise<RtspViewer> {
    return await new RtspViewer(bridge, stream, options).opened()
  }

  /** A request as it goes over the wire; `track` is put behind the address of the stream. */
  request(method: string, track = '', fields: readonly string[] = [], body = ''): string {
    const session = this.#session === undefined ? [] : [`Session: ${this.#session}`]
    const length = body === '' ? [] : [`Content-Length: ${body.length}`]
    const head = [`${method} ${this.#uri}${track} RTSP/1.0`, `CSeq: ${++this.#cseq}`, ...session, ...fields, ...length]
    return `${head.join('\r\n')}\r\n\r\n${body}`
  }

  say(text: string | Uint8Array): void {
    this.ws.send(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Sends one request, and waits for its answer; rejects where the connection ends instead. */
  async ask(method: string, track?: string, fields?: readonly string[], body?: string): Promise<RtspResponse> {
    const { length } = this.responses
    this.say(this.request(method, track, fields, body))
    const answer = await this.until(() => this.responses[length])
    const session = answer.headers.get('Session')?.split(';')[0]
    if (session !== undefined && answer.status === 200) this.#session = session
    return answer
  }

  /** DESCRIBE, SETUP of the first track, PLAY. */
  async play(): Promise<RtspResponse> {
    for (const [method, track, ...fields] of [
      ['DESCRIBE'],
      ['SETUP', '/trackID=0', `Transport: ${TRANSPORT}`],
    ] as const) {
      const answer = await this.ask(method, track, fields)
      if (answer.status !== 200) return answer
    }
    return await this.ask('PLAY')
  }

  async setup(track = '/trackID=0', transport = TRANSPORT): Promise<RtspResponse> {
    return await this.ask('SETUP', track, [`Transport: ${transport}`])
  }

  /** Looks again with each message until there is something. */
  async until<T>(look: () => T | undefined): Promise<T> {
    let ending: string | undefined
    this.ended.then(({ code, reason }) => {
      ending = `${code} ${reason}`
    })
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (ending !== undefined) throw new Error(`The connection was ended: ${ending}`)
      await Promise.race([once(this.ws, 'message'), this.ended])
    }
  }
}
