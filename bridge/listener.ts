import { createServer, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { CertificateFiles } from './certificate.ts'
import type { BridgeLimits } from './limits.ts'
import type { BridgeLog } from './log.ts'
import { hostPort } from './rtsp-url.ts'
import { listenError } from './start-error.ts'

export interface ListenerOptions {
  readonly limits: Pick<BridgeLimits, 'httpHeadBytes'>
  /** HTTPS by this certificate; HTTP where it is missing. */
  readonly certificate?: CertificateFiles | undefined
  /** Connections beyond which no more are accepted. */
  readonly maxConnections: number
  readonly log: BridgeLog
}

/**
 * Browsers open connections in advance. Of one that was never used 408 says that it was too late for it (RFC 9110 section
 * 15.5.9), and they ask again by another; any other status they would take for the answer to what they ask next.
 */
const CLIENT_ERRORS: ReadonlyMap<unknown, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
])

/** An HTTP or HTTPS server on an address of its own, with the bounds of every one of them. */
export class Listener {
  readonly server: Server
  readonly #certificate: CertificateFiles | undefined
  readonly #log: BridgeLog
  host = ''
  port = 0

  /** @throws StartError where the certificate cannot be used */
  constructor({ limits, certificate, maxConnections, log }: ListenerOptions) {
    const settings = {
      maxHeaderSize: limits.httpHeadBytes,
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 2_000,
    }
    this.#certificate = certificate
    this.#log = log
    this.server = certificate
      ? createTlsServer({ ...settings, ...certificate.read(), handshakeTimeout: 10_000, minVersion: 'TLSv1.2' })
      : createServer(settings)
    this.server.maxConnections = maxConnections
    this.server.on('clientError', (error, socket) => {
      rejectSocket(socket, CLIENT_ERRORS.get('code' in error ? error.code : undefined) ?? 400)
    })
  }

  /** `http://host:port`, or with `https`. */
  get origin(): string {
    return `${this.#certificate ? 'https' : 'http'}://${hostPort(this.host, this.port)}`
  }

  /** @throws StartError where it cannot */
  async listen(host: string, port: number): Promise<void> {
    const { server } = this
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => reject(listenError(error, host, port))
      server.once('error', onError)
      server.listen({ host, port }, () => {
        server.off('error', onError)
        resolve()
      })
    })
    // A server that listens may still fail to accept (no file descriptors); that is no reason to end.
    server.on('error', (error) => this.#log.error({}, `cannot accept connections: ${error.message}`))
    const address = server.address()
    this.host = host
    this.port = typeof address === 'object' && address !== null ? address.port : port
    this.#certificate?.watch(() => this.#certificateChanged())
  }

  /** Reads the certificate again; connections that are open stay. @throws StartError where it cannot be used */
  reloadCertificate(): void {
    if (this.#certificate && this.server instanceof TlsServer) this.server.setSecureContext(this.#certificate.read())
  }

  /** Accepts no more. Resolves when the last connection is gone: see `closeAllConnections` of the server. */
  close(): Promise<void> {
    this.#certificate?.close()
    if (!this.server.listening) return Promise.resolve()
    const freed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeIdleConnections()
    return freed
  }

  #certificateChanged(): void {
    try {
      this.reloadCertificate()
      this.#log.info({}, 'the certificate was read again')
    } catch (error) {
      // In the middle of being renewed: the one from before is still good.
      this.#log.warn({}, `the certificate was not taken: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** Answers what did not become a request. */
export function rejectSocket(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.on('error', () => undefined)
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
