import { ProtocolError, type ProtocolErrorCode } from '../errors.ts'
import { readCameraFault } from './camera-fault.ts'
import { describeCameraFault } from './camera-fault-words.ts'
import type { RtspResponse } from './message.ts'
import { reasonPhrase, statusSentence } from './status.ts'

/** Codes that have advice of their own; the others are told as `rtsp-status` or `server-error`. */
const CODES: Readonly<Record<number, ProtocolErrorCode>> = {
  300: 'redirected',
  301: 'redirected',
  302: 'redirected',
  303: 'redirected',
  305: 'redirected',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  407: 'unauthorized',
  410: 'not-found',
  453: 'not-enough-bandwidth',
  454: 'session-not-found',
  461: 'unsupported-transport',
  462: 'unsupported-transport',
  463: 'unsupported-transport',
  503: 'not-enough-bandwidth',
}

/**
 * The error that a response with a status of 300 or more is turned into. Holds the status and the method, no text of a
 * header. Loaded when something is refused.
 */
export function statusError(method: string, response: RtspResponse): ProtocolError {
  const { status } = response
  const fault = readCameraFault(response.headers)
  const code =
    fault ?? CODES[status] ?? (status >= 500 && status !== 501 && status !== 505 ? 'server-error' : 'rtsp-status')
  const sentence = fault ? describeCameraFault(fault).sentence : statusSentence(status)
  // The phrase of the standard, not the server's: that one is somebody else's text, and may hold anything.
  return new ProtocolError(code, `${sentence} (${method}: ${`${status} ${reasonPhrase(status)}`.trim()})`, {
    place: { method, status },
  })
}
