import { ProtocolError, type ProtocolErrorCode } from '../../protocol/errors.ts'
import { CLOSE } from '../close-code.ts'

/** What another bridge says by its close code (see `CLOSE`). Its reason is its own affair: it is not passed on. */
const FAULTS: Readonly<Record<number, readonly [ProtocolErrorCode, string]>> = {
  [CLOSE.badRequest]: ['bridge-request-invalid', 'the other bridge refused the request'],
  [CLOSE.ticket]: ['ticket-required', 'the other bridge wants a valid ticket'],
  [CLOSE.notAllowed]: ['target-not-allowed', 'the other bridge does not allow this stream'],
  [CLOSE.noSuchStream]: ['stream-not-found', 'the other bridge has no such stream'],
  [CLOSE.idle]: ['bridge-idle', 'the other bridge closed the idle connection'],
  [CLOSE.tooLarge]: ['bridge-too-large', 'the other bridge found a message too large'],
  [CLOSE.tooMany]: ['bridge-too-many', 'the other bridge has too many viewers'],
  [CLOSE.undecided]: ['bridge-failed', 'the other bridge has a problem of its own'],
  [CLOSE.upstreamFailed]: ['connection-lost', 'the connection from the other bridge to the camera broke'],
  [CLOSE.draining]: ['bridge-draining', 'the other bridge is being restarted'],
  [CLOSE.upstreamSilent]: ['connection-timeout', 'the camera did not answer the other bridge'],
}

/** What the close of a WebSocket means; null where it is an orderly end (RFC 6455 section 7.4.1). */
export function faultOfClose(closeCode: number): ProtocolError | null {
  if (closeCode === 1000 || closeCode === 1001 || closeCode === 1005) return null
  const [code, message] = FAULTS[closeCode] ?? ['connection-lost', 'the connection to the camera broke']
  return new ProtocolError(code, message, { place: { closeCode } })
}
