/**
 * Bytes of a base64 text (RFC 4648), as cameras write it: padding may be missing or too long, blanks may stand inside.
 * Null where it is not base64 at all.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  const blankless = text.replace(/\s/g, '')
  // Not by /=+$/, which takes quadratic time over padding that is none.
  let end = blankless.length
  while (end > 0 && blankless[end - 1] === '=') end--
  const digits = blankless.slice(0, end)
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return null
  const binary = atob(digits.padEnd(Math.ceil(digits.length / 4) * 4, '='))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** Bytes of a text of hexadecimal digits; null where it is not one. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return null
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
