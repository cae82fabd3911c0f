import { ProtocolError, type ProtocolErrorCode } from '../protocol/errors.ts'
import { CAMERA_FAULT_FIELD, type CameraFault, isCameraFault } from '../protocol/rtsp/camera-fault.ts'
import { describeCameraFault } from '../protocol/rtsp/camera-fault-words.ts'
import { RtspRefusal } from '../protocol/rtsp/server-stream.ts'
import { CLOSE, Refusal } from './close-code.ts'

/** What viewers are told where the bridge could not do something with a camera: what is wrong, never where. */
export function refusalFor(error: ProtocolError): RtspRefusal {
  if (error instanceof RtspRefusal) return error
  const code = FAULT_OF[error.code] ?? error.code
  if (isCameraFault(code)) {
    const { status, sentence } = describeCameraFault(code)
    return new RtspRefusal(status, sentence, [[CAMERA_FAULT_FIELD, code]])
  }
  if (error.code === 'ticket-required') {
    return new RtspRefusal(502, 'The bridge that has the camera refuses the ticket of this one')
  }
  return new RtspRefusal(503, 'The camera cannot be had now')
}

/** What is told to who watches under another code than to the bridge itself. */
const FAULT_OF: { readonly [code in ProtocolErrorCode]?: CameraFault } = {
  unauthorized: 'camera-password-refused',
  forbidden: 'camera-password-refused',
  'stream-not-found': 'not-found',
}

/** Whatever came of speaking with a camera, as an error whose message holds no address. */
export function asProtocolError(error: unknown): ProtocolError {
  // Of a redirect the message says where to.
  if (error instanceof ProtocolError && error.code === 'redirected') {
    return new ProtocolError('redirected', 'The camera moved the stream elsewhere', { cause: error })
  }
  if (error instanceof ProtocolError) return error
  // Of the policy for what may be dialled.
  if (error instanceof Refusal) {
    return new ProtocolError('redirected', 'The camera sends the bridge to where it may not go', { cause: error })
  }
  const message = error instanceof Error ? error.message : String(error)
  return new ProtocolError('invalid-state', `Unexpected: ${message}`, { cause: error })
}

/**
 * What the viewer is told where the bridge, as its server, ended the connection: for what the viewer does, or, where that
 * is nothing, because the stream cannot go on as it was.
 */
export function endingFor(error: ProtocolError | null): Refusal {
  switch (error?.code) {
    case undefined:
      return new Refusal(CLOSE.draining, 'the stream cannot go on as it was: connect again')
    case 'connection-lost':
      return new Refusal(CLOSE.idle, 'the viewer reads too slowly')
    case 'too-many-requests':
      return new Refusal(CLOSE.tooMany, 'requests come faster than their answers are read')
    case 'rtsp-head-too-large':
    case 'rtsp-body-too-large':
      return new Refusal(CLOSE.tooLarge, 'the request is larger than the bridge accepts')
    default:
      return new Refusal(CLOSE.badRequest, 'what came is not RTSP')
  }
}
