import type { Credentials } from '../../protocol/rtsp/authentication.ts'

const MASK = '***'
/** Shorter ones are found in every word, and to take them out there would give them away. */
const SHORTEST_SECRET = 3

/** `?user=admin&password=x`, and the same in a path: many cameras take their password so. */
const IN_ADDRESS = /([?&;/](?:password|passwd|pass|pwd)=)[^&;/?#\s]*/gi
/** They would speak to the terminal that the report is printed on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]+/g
const LONGEST = 2_000
/** `rtsp://user:password@host`. */
const USERINFO = /(\brtsp[su]?:\/\/)[^\s/]*@/gi

/**
 * Takes secrets out of what others wrote (headers and SDP of the server, the path of the address), and what does not
 * belong on a terminal. What the probe itself writes holds neither.
 */
export type Redact = (text: string) => string

export function createRedaction(credentials: Credentials | undefined): Redact {
  const secrets = formsOf(credentials)
  return (text) => {
    let shown = text
      .slice(0, LONGEST)
      .replace(CONTROL_CHARACTERS, ' ')
      .replace(USERINFO, `$1${MASK}@`)
      .replace(IN_ADDRESS, `$1${MASK}`)
    for (const secret of secrets) shown = shown.replaceAll(secret, MASK)
    return shown
  }
}

/** As it is, as it stands in addresses, and as Basic sends it. */
function formsOf(credentials: Credentials | undefined): string[] {
  const { username = '', password = '' } = credentials ?? {}
  if (password.length < SHORTEST_SECRET) return []
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  const escaped = encodeURIComponent(password)
  return [...new Set([basic, basic.replace(/=+$/, ''), password, escaped, escaped.toLowerCase()])]
}
