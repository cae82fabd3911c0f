import type { Socket } from 'node:net'
import { ProtocolError } from '../../../protocol/errors.ts'
import type { Credentials } from '../../../protocol/rtsp/authentication.ts'
import type { ByteReceiver, ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { SocketTransport } from '../socket-transport.ts'
import { socketError } from '../tcp.ts'
import { type HttpHead, HttpHeadReader } from './http-head.ts'
import { PostChannel } from './post-channel.ts'
import { type TunnelAddress, TunnelHandshake } from './tunnel-handshake.ts'

export interface HttpTunnelOptions {
  readonly address: TunnelAddress
  /** For challenges of HTTP, which come before RTSP's own. */
  readonly credentials: Credentials | undefined
  /** Connects to the camera. */
  readonly dial: () => Promise<Socket>
  /** Connects to the address of it that was reached before: its name may stand for several. */
  readonly dialAgain: (reached: Socket) => Promise<Socket>
  /** Milliseconds for the answer to the GET, before the POST is made all the same. Default 1,000. */
  readonly answerWait?: number
  /** Bytes of the body that a POST announces. Default 32,767, which is what QuickTime announces. */
  readonly contentLength?: number
}

const ANSWER_WAIT = 1_000
const CONTENT_LENGTH = 32_767
/** GETs of one tunnel: one challenged, one with a nonce that became stale, and no more. */
const MAX_GETS = 3

/**
 * Makes a tunnel through HTTP: a GET whose answer is what the camera says, and a POST whose body is what the client says.
 *
 * Some cameras answer the GET only once the POST has come. So the answer is waited for a moment only, for the sake of the
 * challenge that may be in it, and judged when it comes.
 *
 * @throws ProtocolError unauthorized, unsupported-transport, not-rtsp, and what dialling throws
 */
export async function openHttpTunnel(options: HttpTunnelOptions): Promise<ByteTransport> {
  const handshake = new TunnelHandshake(options.address, options.credentials)
  for (let gets = 0; gets < MAX_GETS; gets++) {
    const socket = await options.dial()
    socket.on('error', ignore)
    socket.write(handshake.get())
    try {
      const head = await readHead(socket, options.answerWait ?? ANSWER_WAIT)
      if (head && handshake.answered('GET', head) === 'again') {
        socket.destroy()
        continue
      }
      return new HttpTunnel(socket, handshake, head !== null, options)
    } catch (error) {
      socket.destroy()
      throw error
    }
  }
  throw new ProtocolError('unauthorized', 'the camera challenges again and again')
}

const ignore = () => undefined

/** Both halves as one: where one ends, so does the other. */
class HttpTunnel implements ByteTransport {
  readonly #down: SocketTransport
  readonly #up: PostChannel
  readonly #handshake: TunnelHandshake
  /** Null once the answer to the GET was read. */
  #head: HttpHeadReader | null
  #receiver: ByteReceiver | undefined
  #error: ProtocolError | null = null

  constructor(get: Socket, handshake: TunnelHandshake, answered: boolean, options: HttpTunnelOptions) {
    this.#down = new SocketTransport(get)
    this.#handshake = handshake
    this.#head = answered ? null : new HttpHeadReader()
    this.#up = new PostChannel({
      dial: () => options.dialAgain(get),
      handshake,
      contentLength: options.contentLength ?? CONTENT_LENGTH,
      failed: (error) => this.#fail(error),
    })
  }

  start(receiver: ByteReceiver): void {
    this.#receiver = receiver
    this.#down.start({
      bytes: (chunk) => (this.#head ? this.#readHead(this.#head, chunk) : receiver.bytes(chunk)),
      closed: (error) => {
        this.#up.close()
        receiver.closed(this.#error ?? error)
      },
    })
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#up.send(bytes)
  }

  get bufferedAmount(): number {
    return this.#up.bufferedAmount
  }

  pause(): void {
    this.#down.pause()
  }

  resume(): void {
    this.#down.resume()
  }

  close(): void {
    this.#up.close()
    this.#down.close()
  }

  #readHead(reader: HttpHeadReader, chunk: Uint8Array): void {
    try {
      const answer = reader.push(chunk)
      if (!answer) return
      this.#head = null
      // Its body has been sent by now: there is no way back to the GET.
      if (this.#handshake.answered('GET', answer.head) === 'again') {
        throw new ProtocolError('unauthorized', 'the camera asks for the password too late')
      }
      if (answer.rest.length > 0) this.#receiver?.bytes(answer.rest)
    } catch (error) {
      this.#fail(error as ProtocolError)
    }
  }

  #fail(error: ProtocolError): void {
    this.#error ??= error
    this.close()
  }
}

/** The head of the answer, with what comes behind it left to be read; null where it does not come in time. */
function readHead(socket: Socket, wait: number): Promise<HttpHead | null> {
  return new Promise((resolve, reject) => {
    const reader = new HttpHeadReader()
    const chunks: Buffer[] = []
    const settle = () => {
      clearTimeout(timer)
      socket.off('data', onData).off('error', onError).off('close', onClose).pause()
    }
    const onData = (chunk: Buffer) => {
      chunks.push(chunk)
      try {
        const answer = reader.push(chunk)
        if (!answer) return
        settle()
        if (answer.rest.length > 0) socket.unshift(answer.rest)
        resolve(answer.head)
      } catch (error) {
        settle()
        reject(error)
      }
    }
    const onError = (error: Error) => {
      settle()
      reject(socketError(error))
    }
    const onClose = () => {
      settle()
      reject(new ProtocolError('connection-lost', 'the camera closed the connection'))
    }
    const timer = setTimeout(() => {
      settle()
      // A part of it may be here: it is read from its beginning later.
      if (chunks.length > 0) socket.unshift(Buffer.concat(chunks))
      resolve(null)
    }, wait)
    socket.on('data', onData).once('error', onError).once('close', onClose)
    socket.resume()
  })
}
