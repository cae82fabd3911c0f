import { type ResponseToSend, serializeAnswer } from './message-serializer.ts'
import { reasonPhrase } from './status.ts'

/**
 * A response with the phrase of the standard, where it has none of its own.
 *
 * @throws ProtocolError `rtsp-syntax` where a CR, LF or NUL would let a value end its line
 */
export const serializeResponse = (response: ResponseToSend): Uint8Array<ArrayBuffer> =>
  serializeAnswer({ ...response, reason: response.reason ?? reasonPhrase(response.status) })
