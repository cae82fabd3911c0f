import { ProtocolError, type ProtocolErrorCode } from '../errors.ts'
import { describeCameraFault, readCameraFault } from './camera-fault.ts'
import type { RtspResponse } from './message.ts'
import { reasonPhrase, statusSentence } from './status.ts'
import { formatRtspUri, type RtspUri } from './uri.ts'

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

/** The error that a response with a status of 300 or more is turned into. Holds the status and the method, no text of a header. */
export function statusError(method: string, response: RtspResponse): ProtocolError {
  const { status } = response
  const fault = readCameraFault(response.headers)
  if (fault) {
    const { sentence } = describeCameraFault(fault)
    return new ProtocolError(fault, `${sentence} (${method}: ${status} ${reasonPhrase(status)})`, {
      place: { method, status },
    })
  }
  const code = CODES[status] ?? (status >= 500 && status !== 501 && status !== 505 ? 'server-error' : 'rtsp-status')
  // The phrase of the standard, not the server's: that one is somebody else's text, and may hold anything.
  return new ProtocolError(code, `${statusSentence(status)} (${method}: ${status} ${reasonPhrase(status)})`, {
    place: { method, status },
  })
}

/** The server sent the client elsewhere, to an address that needs another connection. */
export class RtspRedirect extends ProtocolError {
  readonly target: RtspUri

  /** @param target shown without its credentials */
  constructor(target: RtspUri, method: string, status?: number) {
    super('redirected', `The server moved the stream to ${formatRtspUri(target)}`, {
      place: status === undefined ? { method } : { method, status },
    })
    this.target = target
  }
}
