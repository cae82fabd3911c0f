import { isIP } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { ProtocolError } from '../../protocol/errors.ts'

/**
 * Whom the bridge takes for the camera: whoever has a certificate that verifies (`verify`); whoever has this very
 * certificate, whatever its name, date and issuer; or anybody (`insecure`): what is said then can be read and changed on
 * the way.
 */
export type TlsTrust = 'verify' | 'insecure' | { readonly fingerprint: string }

/** SHA-256, as two hexadecimal digits for each byte. */
const FINGERPRINT = /^[0-9a-f]{2}(:?)[0-9a-f]{2}(?:\1[0-9a-f]{2}){30}$/i

/**
 * Reads the SHA-256 of a certificate, with or without colons, in large letters or small.
 * @returns 64 digits in small letters
 * @throws TypeError
 */
export function parseFingerprint(text: string): string {
  if (!FINGERPRINT.test(text)) {
    throw new TypeError(
      'fingerprint must be the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons (openssl x509 -fingerprint -sha256)',
    )
  }
  return text.replaceAll(':', '').toLowerCase()
}

export const sameTrust = (one: TlsTrust, other: TlsTrust): boolean => keyOf(one) === keyOf(other)

const keyOf = (trust: TlsTrust): string => (typeof trust === 'string' ? trust : parseFingerprint(trust.fingerprint))

/** @param ca certificate authorities (PEM) to trust in place of the system's */
export function tlsOptions(host: string, trust: TlsTrust, ca: string | undefined): ConnectionOptions {
  return {
    // Server Name Indication takes names only (RFC 6066 section 3); Node verifies the address otherwise.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    // Who it is must be told by `checkCertificate` otherwise, before anything is said.
    rejectUnauthorized: trust === 'verify',
    minVersion: 'TLSv1.2',
  }
}

/** Whether a peer whose handshake is done is who it must be. */
export function checkCertificate(socket: TLSSocket, trust: TlsTrust): ProtocolError | null {
  if (typeof trust === 'string') return null
  const shown = socket.getPeerX509Certificate()?.fingerprint256
  if (shown !== undefined && parseFingerprint(shown) === parseFingerprint(trust.fingerprint)) return null
  return new ProtocolError('tls-failed', 'the certificate of the camera is not the one that the bridge knows', {
    advice: 'Somebody may stand between. Where the camera was given another certificate, put its fingerprint in place.',
  })
}
