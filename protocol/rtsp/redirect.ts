import { ProtocolError } from '../errors.ts'
import { formatRtspUri, type RtspUri } from './uri.ts'

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
