import { ProtocolError, type ProtocolErrorCode } from '../errors.ts'
import { loadPart } from '../part.ts'
import { type CameraFault, readCameraFault } from './camera-fault.ts'
import type { RtspResponse } from './message.ts'

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

/** For `loadPart`. */
const TASK = 'says what it means'

/**
 * The error that a response with a status of 300 or more is turned into. Holds the status and the method, no text of a
 * header. What the status means in words is loaded when it is wanted; where it cannot be had, the error is the same without.
 */
export async function statusError(method: string, response: RtspResponse): Promise<ProtocolError> {
  const { status } = response
  const fault = readCameraFault(response.headers)
  const code =
    fault ?? CODES[status] ?? (status >= 500 && status !== 501 && status !== 505 ? 'server-error' : 'rtsp-status')
  const { sentence, reason } = await wordsOf(status, fault)
  // The phrase of the standard, not the server's: that one is somebody else's text, and may hold anything.
  return new ProtocolError(code, `${sentence} (${method}: ${`${status} ${reason}`.trim()})`, {
    place: { method, status },
  })
}

async function wordsOf(
  status: number,
  fault: CameraFault | undefined,
): Promise<{ readonly sentence: string; readonly reason: string }> {
  try {
    const { reasonPhrase, statusSentence } = await loadPart(TASK, () => import('./status.ts'))
    const faults = fault && (await loadPart(TASK, () => import('./camera-fault-words.ts')))
    const sentence = fault && faults ? faults.describeCameraFault(fault).sentence : statusSentence(status)
    return { sentence, reason: reasonPhrase(status) }
  } catch {
    return { sentence: 'The camera refused the request', reason: '' }
  }
}
