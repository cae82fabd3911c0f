import type { ProtocolErrorCode } from '../errors.ts'
import type { RtspHeaders } from './message.ts'

/** The codes under which the error is told to who watches. Their words: `camera-fault-words.ts`. */
export const CAMERA_FAULTS = [
  'camera-password-refused',
  'tls-failed',
  'not-rtsp',
  'no-playable-track',
  'redirected',
  'connection-refused',
  'host-not-found',
  'connection-lost',
  'not-enough-bandwidth',
  'connection-timeout',
  'request-timeout',
  'not-found',
  'unsupported-transport',
] as const satisfies readonly ProtocolErrorCode[]

/**
 * Why a server that has its media from a camera cannot have it. A status alone does not say: 503 may be an overload as well
 * as a cable. The code travels in a field of its own, and not the words, so that what clients show is never somebody else's
 * text.
 */
export type CameraFault = (typeof CAMERA_FAULTS)[number]

/** The field of the answer that holds the code. */
export const CAMERA_FAULT_FIELD = 'Camera-Fault'

/** Whether an error may be told under its own code. */
export const isCameraFault = (code: string): code is CameraFault => (CAMERA_FAULTS as readonly string[]).includes(code)

/** Undefined where an answer says none, or one that is not known here. */
export function readCameraFault(headers: RtspHeaders): CameraFault | undefined {
  const code = headers.get(CAMERA_FAULT_FIELD)
  return code !== undefined && isCameraFault(code) ? code : undefined
}
