import { isIP } from 'node:net'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { CertificateReport, TlsReport } from './report.ts'

/** Milliseconds for a second look at a server whose certificate was not accepted. */
const INSPECTION_TIMEOUT = 3_000
const DAY = 24 * 60 * 60 * 1000

/** @param problem why the certificate was not accepted; null where it was. */
export function tlsReport(socket: TLSSocket, problem: string | null): TlsReport {
  const certificate = socket.getPeerCertificate()
  return {
    protocol: socket.getProtocol(),
    verified: problem === null && socket.authorized,
    problem,
    // Node gives an empty object where there is none.
    certificate: certificate.valid_to ? certificateReport(certificate) : null,
  }
}

/**
 * Connects once more, trusting anybody, to read the certificate that was not accepted: nothing is sent over this
 * connection. Where the port does not speak TLS at all there is none to read.
 */
export function inspectCertificate(
  host: string,
  port: number,
  addresses: readonly string[],
  problem: string | null,
): Promise<TlsReport> {
  const unread: TlsReport = { protocol: null, verified: false, problem, certificate: null }
  return new Promise((resolve) => {
    const socket = connect({
      host: addresses[0] ?? host,
      port,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    const end = (report: TlsReport) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(report)
    }
    const timer = setTimeout(() => end(unread), INSPECTION_TIMEOUT)
    socket.on('error', () => end(unread))
    socket.once('close', () => end(unread))
    socket.once('secureConnect', () => end(tlsReport(socket, problem)))
  })
}

function certificateReport(certificate: PeerCertificate): CertificateReport {
  const validTo = new Date(certificate.valid_to)
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: certificate.subjectaltname ?? '',
    validFrom: new Date(certificate.valid_from).toISOString(),
    validTo: validTo.toISOString(),
    daysLeft: Math.floor((validTo.getTime() - Date.now()) / DAY),
    fingerprint: certificate.fingerprint256,
  }
}

/** `CN=camera.test, O=Example`. */
const nameOf = (name: PeerCertificate['subject']): string =>
  Object.entries(name)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ')
