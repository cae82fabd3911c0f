import type { ProtocolError } from '../protocol/errors.ts'
import { RtspRefusal } from '../protocol/rtsp/server-stream.ts'

/** What viewers are told where the bridge could not do something with a camera: what is wrong, never where. */
export function refusalFor(error: ProtocolError): RtspRefusal {
  if (error instanceof RtspRefusal) return error
  switch (error.code) {
    case 'unauthorized':
      return new RtspRefusal(502, 'The camera refuses the password that the bridge has for it')
    case 'connection-timeout':
    case 'request-timeout':
      return new RtspRefusal(504, 'The camera does not answer')
    case 'not-found':
      return new RtspRefusal(404, 'The camera does not have this stream')
    case 'unsupported-transport':
      return new RtspRefusal(461, 'The camera refuses this way to carry its media')
    case 'no-playable-track':
      return new RtspRefusal(502, error.message)
    default:
      return new RtspRefusal(503, 'The camera cannot be reached now')
  }
}
