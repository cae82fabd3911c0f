const MASK = '***'
/** Shorter ones are found in every word, and to take them out there would give them away. */
const SHORTEST_SECRET = 3
/** Characters of a text in the log: a stack trace fits. */
const LONGEST = 4_000

/** They would speak to the terminal, or begin a line of their own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // `rtsp://user:password@host`; a password may hold any character but a blank.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, `$1${MASK}@`],
  // `?access_token=…`, and how cameras take their passwords in addresses.
  [/([?&;/](?:access_token|token|ticket|password|passwd|pass|pwd)=)[^&;/?#\s]*/gi, `$1${MASK}`],
  [/\b((?:proxy-)?authorization|cookie)\b(["']?\s*[:=]).*/gi, `$1$2 ${MASK}`],
  [/\b(Basic|Bearer) +[\w+/=.~-]{4,}/gi, `$1 ${MASK}`],
  [/\bDigest +\w+ *=.*/gi, `Digest ${MASK}`],
  // JSON Web Tokens begin with `{"` in base64url (RFC 7515 section 7.1).
  [/\beyJ[\w-]{4,}(?:\.[\w-]*)*/g, MASK],
]

/**
 * Takes secrets out of a text for the log, and what could forge a line of it.
 *
 * @param secrets known ones, taken out as they are, percent-encoded, and in base64
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let shown = text.slice(0, LONGEST)
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue
    for (const form of formsOf(secret)) shown = shown.replaceAll(form, MASK)
  }
  shown = shown.replace(CONTROL_CHARACTERS, ' ')
  for (const [pattern, replacement] of PATTERNS) shown = shown.replace(pattern, replacement)
  return shown
}

const formsOf = (secret: string): Set<string> =>
  new Set([
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ])
