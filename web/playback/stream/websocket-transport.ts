import { ProtocolError, type ProtocolErrorCode } from '../../../protocol/errors.ts'
import type { ByteReceiver, ByteTransport } from '../../../protocol/transport/byte-transport.ts'

/** ONVIF Streaming Specification, "RTP/RTSP over WebSocket". */
const SUBPROTOCOL = 'rtsp.onvif.org'
const CONNECT_TIMEOUT_MS = 10_000
/** Bytes that may wait between the opening of the socket and `start`: the peer has nothing to say before a request. */
const EARLY_BYTES = 64 * 1024

/** Close codes of the bridge, besides 4403. Codes below 4000 are the WebSocket's own (RFC 6455 section 7.4.1). */
const CLOSE_CODES: Readonly<Record<number, { code: ProtocolErrorCode; message: string }>> = {
  4400: { code: 'bridge-request-invalid', message: 'The bridge refused the request' },
  4401: { code: 'ticket-required', message: 'The bridge wants a valid ticket' },
  4404: { code: 'stream-not-found', message: 'The bridge has no such stream' },
  4408: { code: 'bridge-idle', message: 'The bridge gave up the connection' },
  4413: { code: 'bridge-too-large', message: 'The bridge found a message too large' },
  4429: { code: 'bridge-too-many', message: 'The bridge has too many viewers' },
  4500: { code: 'bridge-failed', message: 'The bridge has a problem of its own' },
  4502: { code: 'connection-lost', message: 'The connection from the bridge to the camera broke' },
  4503: { code: 'bridge-draining', message: 'The bridge is being restarted' },
  4504: { code: 'connection-timeout', message: 'The camera did not answer the bridge' },
}

/** What the close of a WebSocket means. `opened`: whether it had been open before. Null: an orderly end. */
export function errorOfClose(closeCode: number, reason: string, opened: boolean): ProtocolError | null {
  const place = { closeCode }
  if (closeCode === 4403) return notAllowed(reason)
  const known = CLOSE_CODES[closeCode]
  if (known) {
    // 4502 says both "could not be dialled" and "broke while it played"; the reason tells which.
    const code = closeCode === 4502 ? codeOfUpstreamFault(reason) : known.code
    const message = code === 'connection-lost' ? known.message : (UPSTREAM_FAULTS[code] ?? known.message)
    // Of a name that is not there, and of a restart, the reason says the same once more.
    const isSaid = reason === '' || code === 'stream-not-found' || message.toLowerCase() === reason
    return new ProtocolError(code, isSaid ? message : `${message}: ${reason}`, { place })
  }
  if (!opened) return new ProtocolError('bridge-unreachable', 'The bridge could not be reached', { place })
  if (closeCode === 1000) return null
  if (closeCode === 1001) return new ProtocolError('bridge-draining', 'The bridge went away', { place })
  const detail = reason === '' ? '' : `: ${reason}`
  return new ProtocolError('connection-lost', `The connection to the bridge broke${detail}`, { place })
}

/** Where the bridge names the option that would allow it, the advice is the command itself. */
function notAllowed(reason: string): ProtocolError {
  const place = { closeCode: 4403 }
  const origin = /--origin (\S+)/.exec(reason)?.[1]
  if (origin !== undefined) {
    return new ProtocolError('origin-not-allowed', `The bridge does not let pages of ${origin} in`, { place })
  }
  if (reason.includes('may not watch')) {
    const advice = 'Ask the portal for a ticket for this stream.'
    return new ProtocolError('ticket-required', 'You may not watch this stream', { place, advice })
  }
  const target = /--allow (\S+)/.exec(reason)?.[1]
  if (target === undefined) return new ProtocolError('target-not-allowed', `The bridge refused: ${reason}`, { place })
  const advice = `Start the bridge with --allow ${target} (npm start -- --allow ${target}), or ask whoever runs it.`
  return new ProtocolError('target-not-allowed', `The bridge may not connect to ${target}`, { place, advice })
}

/** Something answers where the bridge should be. */
const noBridge = (message: string): ProtocolError =>
  new ProtocolError('not-rtsp', message, {
    advice: 'Check `bridge`, and that a proxy in between hands WebSockets on to rtsp-bridge.',
  })

const UPSTREAM_FAULTS: { readonly [code in ProtocolErrorCode]?: string } = {
  'connection-refused': 'The camera could not be reached from the bridge',
  'host-not-found': 'The bridge does not know the host of the camera',
}

function codeOfUpstreamFault(reason: string): ProtocolErrorCode {
  if (/not found|ENOTFOUND|EAI_AGAIN|resolve/i.test(reason)) return 'host-not-found'
  if (/refused|unreachable|no route/i.test(reason)) return 'connection-refused'
  return 'connection-lost'
}

/** The byte stream of RTSP over a WebSocket of the browser. Message borders carry no meaning. */
export class WebSocketTransport implements ByteTransport {
  readonly #socket: WebSocket
  #receiver: ByteReceiver | undefined
  #early: Uint8Array[] = []
  #earlyBytes = 0
  /** The end, kept until there is someone to tell it to. */
  #end: { readonly error: ProtocolError | null } | undefined

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => this.#message(event.data)
    socket.onclose = (event) => this.#finish(errorOfClose(event.code, event.reason, true))
  }

  start(receiver: ByteReceiver): void {
    this.#receiver = receiver
    for (const chunk of this.#early) receiver.bytes(chunk)
    this.#early = []
    if (this.#end) receiver.closed(this.#end.error)
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes as Uint8Array<ArrayBuffer>)
  }

  /** Shows the bridge a ticket in place of the one before: a text is one. */
  renew(ticket: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(ticket)
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  /** A browser's WebSocket cannot be held back; what it delivers is bounded further on, where it is dropped. */
  pause(): void {
    // See above.
  }

  resume(): void {
    // See above.
  }

  close(): void {
    this.#socket.close(1000)
    // `closed` follows, as the interface has it: the caller may be about to tell why it closes.
    queueMicrotask(() => this.#finish(null))
  }

  #message(data: ArrayBuffer | string): void {
    if (this.#end) return
    if (typeof data === 'string') {
      this.#socket.close(1000)
      this.#finish(noBridge('The WebSocket sent text where the bytes of RTSP were expected'))
      return
    }
    const chunk = new Uint8Array(data)
    if (this.#receiver) {
      this.#receiver.bytes(chunk)
      return
    }
    this.#earlyBytes += chunk.length
    if (this.#earlyBytes <= EARLY_BYTES) this.#early.push(chunk)
    else this.close()
  }

  #finish(error: ProtocolError | null): void {
    if (this.#end) return
    this.#end = { error }
    this.#receiver?.closed(error)
  }
}

/**
 * Opens a WebSocket for RTSP.
 *
 * @param url `ws://` or `wss://`.
 * @param signal ends the attempt; the promise rejects with `aborted`.
 * @param ticket shown to the bridge.
 * @throws ProtocolError `bridge-unreachable`, or what the bridge's close code says.
 */
export function connectWebSocket(url: string, signal: AbortSignal, ticket?: string): Promise<WebSocketTransport> {
  return new Promise((resolve, reject) => {
    const aborted = () => new ProtocolError('aborted', 'The connection was given up')
    if (signal.aborted) {
      reject(aborted())
      return
    }
    let socket: WebSocket
    try {
      socket = new WebSocket(url, ticket ? [SUBPROTOCOL, ticket] : SUBPROTOCOL)
    } catch (cause) {
      // A `ws://` address in a page of `https://`, or a CSP without it in connect-src.
      reject(new ProtocolError('bridge-unreachable', 'The browser does not open this address', { cause }))
      return
    }
    socket.binaryType = 'arraybuffer'
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.onopen = null
      socket.onclose = null
    }
    const fail = (error: ProtocolError) => {
      settle()
      socket.close()
      reject(error)
    }
    const abort = () => fail(aborted())
    const timer = setTimeout(
      () => fail(new ProtocolError('bridge-unreachable', `No answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    )
    signal.addEventListener('abort', abort)
    socket.onclose = (event) => {
      const error = errorOfClose(event.code, event.reason, false)
      fail(error ?? new ProtocolError('bridge-unreachable', 'The bridge closed the connection at once'))
    }
    socket.onopen = () => {
      settle()
      // RFC 6455 section 4.1: a server that does not know the subprotocol answers without it.
      if (socket.protocol === SUBPROTOCOL) resolve(new WebSocketTransport(socket))
      else fail(noBridge(`The WebSocket does not speak ${SUBPROTOCOL}`))
    }
  })
}
