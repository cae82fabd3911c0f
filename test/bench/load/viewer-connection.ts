import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { sharedClock, TIME_OFFSET } from './flow.ts'
import { clientFrame, WebSocketReader } from './websocket-reader.ts'

export interface ViewerOptions {
  /** Of this machine. */
  readonly port: number
  /** Local address to connect from. */
  readonly from: string
  /** Request target of the WebSocket; undefined: plain TCP. */
  readonly target: string | undefined
  readonly subprotocol: string
  /** By TLS, with whatever certificate. */
  readonly secure: boolean
  /** Address of the stream in RTSP requests. */
  readonly uri: string
  /** Also takes the frames apart, and notes how old each picture is when it has come. */
  readonly measures: boolean
}

/** What all viewers of a process read into: nobody keeps it. */
const shared = Buffer.alloc(256 * 1024)
/** Milliseconds for one answer. */
const ANSWER_TIMEOUT = 60_000
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** One who watches, and does no more than that needs: RTSP by hand, over TCP or a WebSocket, and then bytes are counted. */
export class ViewerConnection {
  readonly #options: ViewerOptions
  readonly #socket: Socket
  readonly #reader: WebSocketReader | undefined
  readonly #parser: RtspMessageParser | undefined
  /** Text of the answer that is awaited. */
  #text = ''
  #state: 'upgrading' | 'asking' | 'watching' = 'upgrading'
  #wake: (() => void) | undefined
  #cseq = 0
  /** Of the stream, without what carries it. */
  bytes = 0
  /** Milliseconds from the write of the camera to its arrival, by picture. */
  readonly delays: number[] = []
  closed = false

  constructor(options: ViewerOptions) {
    const { port, from, target, secure } = options
    this.#options = options
    const onread = { buffer: shared, callback: (count: number) => this.#read(shared.subarray(0, count)) }
    const tcp = { host: '127.0.0.1', port, localAddress: from, noDelay: true, onread }
    this.#socket = secure ? connectTls({ ...tcp, rejectUnauthorized: false }) : connect(tcp)
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.closed = true
      this.#wake?.()
    })
    if (options.measures) this.#parser = this.#measuringParser()
    if (target !== undefined) {
      this.#reader = new WebSocketReader(
        (bytes) => this.#take(bytes),
        (opcode, bytes) => {
          if (opcode === 9) this.#socket.write(clientFrame(10, bytes))
        },
      )
    }
  }

  /** Until PLAY is answered. @throws Error */
  async play(): Promise<void> {
    const { target, uri, subprotocol } = this.#options
    if (target === undefined) this.#state = 'asking'
    else {
      const head = [
        `GET ${target} HTTP/1.1`,
        'Host: 127.0.0.1',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${KEY}`,
        `Sec-WebSocket-Protocol: ${subprotocol}`,
      ]
      this.#socket.write(`${head.join('\r\n')}\r\n\r\n`)
      await this.#until(/^HTTP\/1\.1 101 .*?\r\n\r\n/s)
      this.#state = 'asking'
    }
    await this.#ask('OPTIONS', uri)
    const description = await this.#ask('DESCRIBE', uri)
    const control =
      description
        .match(/a=control:(\S+)/g)
        ?.at(-1)
        ?.slice(10) ?? ''
    const setup = await this.#ask('SETUP', `${uri}/${control}`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1')
    const session = /^Session: ([^;\r]+)/im.exec(setup)?.[1] ?? ''
    await this.#ask('PLAY', uri, `Session: ${session}`)
    this.#text = ''
    this.#state = 'watching'
  }

  /** Stops and restarts reading. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #measuringParser(): RtspMessageParser {
    return new RtspMessageParser({
      message: () => undefined,
      interleaved: (_channel, bytes, start, end) => {
        const isLast = ((bytes[start + 1] ?? 0) & 0x80) !== 0
        if (!isLast || end - start < TIME_OFFSET + 8) return
        const view = new DataView(bytes.buffer, bytes.byteOffset + start)
        this.delays.push(sharedClock() - view.getFloat64(TIME_OFFSET))
      },
      skipped: () => undefined,
    })
  }

  async #ask(method: string, uri: string, ...fields: string[]): Promise<string> {
    this.#text = ''
    const head = [`${method} ${uri} RTSP/1.0`, `CSeq: ${++this.#cseq}`, ...fields]
    const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1')
    this.#socket.write(this.#reader ? clientFrame(2, request) : request)
    const answer = await this.#until(/^RTSP\/1\.0 (\d+) .*?\r\n\r\n/s)
    if (!answer.startsWith('RTSP/1.0 200')) throw new Error(`${method} was answered ${answer.split('\r\n')[0]}`)
    const length = Number(/^Content-Length: *(\d+)/im.exec(answer)?.[1] ?? 0)
    const whole = new RegExp(`^.{${answer.length + length}}`, 's')
    return await this.#until(whole)
  }

  async #until(pattern: RegExp): Promise<string> {
    for (const end = performance.now() + ANSWER_TIMEOUT; ; ) {
      const found = pattern.exec(this.#text)?.[0]
      if (found !== undefined) return found
      if (this.closed) throw new Error(`the connection was closed: ${this.#text.slice(0, 200)}`)
      if (performance.now() > end) throw new Error('no answer came')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ANSWER_TIMEOUT)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  #read(bytes: Uint8Array): boolean {
    if (this.#reader && this.#state !== 'upgrading') this.#reader.push(bytes)
    else this.#take(bytes)
    return true
  }

  #take(bytes: Uint8Array): void {
    if (this.#state !== 'upgrading') this.#parser?.push(bytes)
    if (this.#state === 'watching') {
      this.bytes += bytes.length
      return
    }
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    this.#wake?.()
  }
}
