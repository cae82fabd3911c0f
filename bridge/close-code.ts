/**
 * Why the bridge ended a viewer's connection. A page cannot see the HTTP status of a failed upgrade, only the close code
 * and its reason, so every refusal is told this way (RFC 6455 section 7.4.2: 4000 to 4999 are for private use).
 */
export const CLOSE = {
  /** The viewer left, or both sides are done. */
  normal: 1000,
  badRequest: 4400,
  ticket: 4401,
  notAllowed: 4403,
  noSuchStream: 4404,
  idle: 4408,
  tooLarge: 4413,
  tooMany: 4429,
  /** The bridge has a problem of its own: it cannot find out who may watch. */
  undecided: 4500,
  upstreamFailed: 4502,
  draining: 4503,
  upstreamSilent: 4504,
} as const

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]

/** A request that the bridge does not serve. The message travels to the viewer: it never holds a secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly closeCode: CloseCode

  /** @param options the cause, which does not travel */
  constructor(closeCode: CloseCode, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.closeCode = closeCode
  }
}

/** A control frame carries 125 bytes, two of them the code (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123

/** The text, cut at a character so that it fits into a close frame, without control characters. */
export function closeReason(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be replaced
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, ' ')
  const bytes = Buffer.from(clean)
  if (bytes.length <= MAX_REASON_BYTES) return clean
  // A multi-byte character that was cut in two decodes to U+FFFD, which is taken off.
  return bytes
    .subarray(0, MAX_REASON_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '')
}
