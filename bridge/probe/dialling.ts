import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { ProtocolError } from '../../protocol/errors.ts'
import type { RtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { SocketTransport } from '../upstream/socket-transport.ts'
import { dial, socketError } from '../upstream/tcp.ts'
import { inspectCertificate, tlsReport } from './certificate.ts'
import type { Reachability, TlsReport } from './report.ts'

export interface DialledOptions {
  /** Milliseconds for the name, and again for the connection. */
  readonly timeout: number
  readonly signal: AbortSignal
  /** Certificate authorities (PEM) to trust in place of the system's. */
  readonly ca?: string | undefined
}

/** How far it came; `transport` where it came all the way, else `error`. */
export type Dialled = {
  readonly reachability: Reachability
  readonly tls: TlsReport | null
} & ({ readonly transport: ByteTransport } | { readonly error: ProtocolError })

/** Resolves the name and connects, and says how that went. Never rejects with a `ProtocolError`. */
export async function dialForProbe(uri: RtspUri, options: DialledOptions): Promise<Dialled> {
  const { host, port } = uri
  const nothing = { host, port, addresses: [], address: null, resolveMilliseconds: null, connectMilliseconds: null }
  const started = performance.now()
  let addresses: readonly string[]
  try {
    addresses = await resolveWithin(host, options)
  } catch (error) {
    return { reachability: nothing, tls: null, error: asProtocolError(error) }
  }
  const resolved = performance.now()
  const resolveMilliseconds = isIP(host) ? null : Math.round(resolved - started)
  const found: Reachability = { ...nothing, addresses, resolveMilliseconds }
  const tls = uri.scheme === 'rtsps'
  try {
    const socket = await dial(
      { host, port, tls, addresses },
      {
        timeout: options.timeout,
        signal: options.signal,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
    )
    return {
      reachability: {
        ...found,
        address: socket.remoteAddress ?? null,
        connectMilliseconds: Math.round(performance.now() - resolved),
      },
      tls: tlsOf(socket),
      transport: new SocketTransport(socket),
    }
  } catch (cause) {
    const error = asProtocolError(cause)
    if (!tls || error.code !== 'tls-failed') return { reachability: found, tls: null, error }
    return { reachability: found, tls: await inspectCertificate(host, port, addresses, problemOf(error)), error }
  }
}

/** The system's resolver cannot be called off; it is left alone when it takes too long. */
async function resolveWithin(host: string, { timeout, signal }: DialledOptions): Promise<string[]> {
  if (isIP(host)) return [host]
  let timer: ReturnType<typeof setTimeout> | undefined
  let onAbort: (() => void) | undefined
  const givenUp = new Promise<never>((_, reject) => {
    const late = new ProtocolError('host-not-found', `the name server did not answer within ${timeout / 1000} s`)
    timer = setTimeout(() => reject(late), timeout)
    onAbort = () => reject(new ProtocolError('aborted', 'dialling was cancelled'))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
  try {
    const answers = await Promise.race([lookup(host, { all: true, verbatim: true }), givenUp])
    return answers.map((answer) => answer.address)
  } finally {
    clearTimeout(timer)
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}

const tlsOf = (socket: Socket): TlsReport | null => (socket instanceof TLSSocket ? tlsReport(socket, null) : null)

/** `DEPTH_ZERO_SELF_SIGNED_CERT` of Node's error. */
function problemOf({ cause }: ProtocolError): string | null {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : null
}

const asProtocolError = (error: unknown): ProtocolError =>
  error instanceof ProtocolError ? error : socketError(error instanceof Error ? error : new Error(String(error)))
