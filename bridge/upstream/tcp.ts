import { connect as connectTcp, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { ProtocolError, type ProtocolErrorCode } from '../../protocol/errors.ts'
import { checkCertificate, type TlsTrust, tlsOptions } from './tls-trust.ts'

/** Where to dial. The addresses were resolved and checked by the caller; no name is resolved here. */
export interface Endpoint {
  /** For TLS: the name that the certificate must carry. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Tried in this order, the next one soon after the last (RFC 8305), until one connects. Not empty. */
  readonly addresses: readonly string[]
}

export interface DialOptions {
  /** Milliseconds for TCP and TLS together. Default 10,000. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Certificate authorities (PEM) to trust in place of the system's. */
  readonly ca?: string
  /** Whom to take for the camera, over TLS. Default `verify`. */
  readonly trust?: TlsTrust
  /** Where to read into; then there is no `data` event. */
  readonly onread?: OnReadOpts
}

export const DIAL_TIMEOUT = 10_000
/** A camera on a slow line answers within this; a dead address is left for the next one after it. */
const NEXT_ADDRESS_AFTER = 1_000

/**
 * Connects, with Nagle's algorithm off and reading paused.
 * @throws ProtocolError connection-refused, connection-timeout, connection-lost, tls-failed, aborted
 */
export function dial(endpoint: Endpoint, options: DialOptions = {}): Promise<Socket> {
  const { promise, resolve, reject } = deferred<Socket>()
  const { trust = 'verify' } = options
  const tcp = { ...tcpOptions(endpoint), ...(options.onread ? { onread: options.onread } : {}) }
  const socket = endpoint.tls
    ? connectTls({ ...tcp, ...tlsOptions(endpoint.host, trust, options.ca) })
    : connectTcp(tcp)
  const connected = endpoint.tls ? 'secureConnect' : 'connect'

  const fail = (error: ProtocolError) => {
    settle()
    // What the socket still tells is of no interest, but an error without a listener would end the process.
    socket.on('error', ignore)
    socket.destroy()
    reject(error)
  }
  const onConnected = () => {
    const stranger = socket instanceof TLSSocket ? checkCertificate(socket, trust) : null
    if (stranger) {
      fail(stranger)
      return
    }
    settle()
    socket.pause()
    resolve(socket)
  }
  const onError = (error: Error) => fail(socketError(error))
  const onClose = () => fail(new ProtocolError('connection-lost', 'the camera closed the connection'))
  const onAbort = () => fail(new ProtocolError('aborted', 'dialling was cancelled'))
  const timer = setTimeout(
    () => fail(new ProtocolError('connection-timeout', 'the camera did not accept the connection in time')),
    options.timeout ?? DIAL_TIMEOUT,
  )
  const settle = () => {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    socket.off(connected, onConnected).off('error', onError).off('close', onClose)
  }
  socket.once(connected, onConnected).once('error', onError).once('close', onClose)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()
  return promise
}

const ignore = () => undefined

function tcpOptions({ host, port, addresses }: Endpoint) {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }))
  const first = answers[0]
  if (!first) throw new TypeError('an endpoint needs an address')
  // Node asks for all answers only where it may try several.
  const lookup: LookupFunction = (_host, options, callback) =>
    options.all ? callback(null, answers) : callback(null, first.address, first.family)
  return {
    // With one address it is dialled as it is; with several the name stands for the answers above.
    host: answers.length === 1 ? first.address : host,
    port,
    lookup,
    noDelay: true,
    autoSelectFamily: answers.length > 1,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER,
  }
}

const CODES: Readonly<Record<string, [ProtocolErrorCode, string]>> = {
  ENOTFOUND: ['host-not-found', 'the host name of the camera was not found'],
  EAI_AGAIN: ['host-not-found', 'the host name of the camera was not found'],
  ECONNREFUSED: ['connection-refused', 'the camera refused the connection'],
  ETIMEDOUT: ['connection-timeout', 'the camera did not accept the connection in time'],
  EHOSTUNREACH: ['connection-timeout', 'the camera cannot be reached from the bridge'],
  ENETUNREACH: ['connection-timeout', 'the camera cannot be reached from the bridge'],
  EHOSTDOWN: ['connection-timeout', 'the camera cannot be reached from the bridge'],
}

/**
 * The one place where faults of sockets become errors of the protocol. The message never holds an address: it travels
 * to the viewer. The cause, which does, stays here.
 */
export function socketError(error: Error): ProtocolError {
  const code = 'code' in error ? String(error.code) : ''
  const [protocolCode, message] = CODES[code] ?? ['connection-lost', 'the connection to the camera broke']
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || CERTIFICATE_FAULT.test(code)) {
    return new ProtocolError('tls-failed', `no secure connection to the camera (${code})`, { cause: error })
  }
  return new ProtocolError(protocolCode, message, { cause: error })
}

/** Names of OpenSSL's verification results, as Node gives them in `code`. */
const CERTIFICATE_FAULT = /CERT|UNABLE_TO|SELF_SIGNED|INVALID_CA|HOSTNAME_MISMATCH|EPROTO/

/** `Promise.withResolvers` of later Node versions. */
function deferred<T>() {
  let resolve: (value: T) => void = ignore
  let reject: (error: ProtocolError) => void = ignore
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
