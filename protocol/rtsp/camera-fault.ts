import type { ProtocolErrorCode } from '../errors.ts'
import type { RtspHeaders } from './message.ts'

interface Fault {
  readonly status: number
  /** For the person who watches: what is wrong, never where. Also the phrase of the status line. */
  readonly sentence: string
}

const fault = (status: number, sentence: string): Fault => ({ status, sentence })

/** By the code under which the error is told to who watches. */
const FAULTS = {
  'camera-password-refused': fault(502, 'The camera refuses the password that the bridge has for it'),
  'tls-failed': fault(503, 'The bridge gets no secure connection to the camera: it does not trust its certificate'),
  'not-rtsp': fault(503, 'What answers at the address of the camera is no camera'),
  'no-playable-track': fault(502, 'The camera has nothing that can be watched'),
  redirected: fault(502, 'The camera is elsewhere now, where the bridge may not follow it'),
  'connection-refused': fault(503, 'The camera refuses the connection of the bridge'),
  'host-not-found': fault(503, 'The bridge does not find the camera by its name'),
  'connection-lost': fault(503, 'The camera broke the connection to the bridge'),
  'not-enough-bandwidth': fault(503, 'The camera serves as many as it can'),
  'connection-timeout': fault(504, 'The camera cannot be reached from the bridge'),
  'request-timeout': fault(504, 'The camera does not answer'),
  'not-found': fault(404, 'The camera does not have this stream'),
  'unsupported-transport': fault(461, 'The camera refuses this way to carry its media'),
} as const satisfies { readonly [code in ProtocolErrorCode]?: Fault }

/**
 * Why a server that has its media from a camera cannot have it. A status alone does not say: 503 may be an overload as well
 * as a cable. The code travels in a field of its own, and not the words, so that what clients show is never somebody else's
 * text.
 */
export type CameraFault = keyof typeof FAULTS

/** The field of the answer that holds the code. */
export const CAMERA_FAULT_FIELD = 'Camera-Fault'

export const CAMERA_FAULTS = Object.keys(FAULTS) as CameraFault[]

/** What is answered for it. */
export const describeCameraFault = (code: CameraFault): Fault => FAULTS[code]

/** Whether an error may be told under its own code. */
export const isCameraFault = (code: string): code is CameraFault => Object.hasOwn(FAULTS, code)

/** Undefined where an answer says none, or one that is not known here. */
export function readCameraFault(headers: RtspHeaders): CameraFault | undefined {
  const code = headers.get(CAMERA_FAULT_FIELD)
  return code !== undefined && isCameraFault(code) ? code : undefined
}
