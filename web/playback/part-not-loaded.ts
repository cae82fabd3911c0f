import { ProtocolError } from '../../protocol/errors.ts'

/** A file of the player that is loaded on demand did not come: there is no network, or it was not put onto the server. */
export const partNotLoaded = (cause: unknown): ProtocolError => {
  const reason = cause instanceof Error ? cause.message : cause
  return new ProtocolError('part-not-loaded', `A part of the player could not be loaded: ${reason}`, { cause })
}
