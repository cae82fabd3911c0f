/** One way to authenticate that a server offers: RFC 7235 section 4.1, RFC 7616 section 3.3, RFC 7617. */
export interface Challenge {
  /** `basic`, `digest`, in lower case. */
  readonly scheme: string
  /** By name in lower case, unquoted. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A word that no `=` follows, and what separates it from the parameters; some write a colon behind it. */
const SCHEME = /^([!#$%&'*+.^_`|~\w-]+):?(?=\s|$)(?!\s*=)\s*/
/** A value without quotes goes on over blanks, up to the next parameter or a scheme that is known. */
const PARAMETER =
  /^([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"?|(.*?)(?=\s[\w-]+\s*=|\s(?:basic|digest|bearer)\s|$))\s*/is

/**
 * All challenges of one field, in order. Several may stand in one field, separated by the same commas as their
 * parameters: a word that is not followed by `=` begins the next one. Values may lack their quotes, and hold blanks all
 * the same; commas between parameters may be missing.
 */
export function parseWwwAuthenticate(value: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (const item of splitAtCommas(value)) {
    for (let rest = item.trim(); rest !== ''; ) {
      const scheme = SCHEME.exec(rest)
      const parameter = scheme ? null : PARAMETER.exec(rest)
      const found = scheme ?? parameter
      if (!found) break
      const [all, name = '', quoted, bare = ''] = found
      rest = rest.slice(all.length)
      if (scheme) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
      else {
        const text = quoted === undefined ? bare.trim() : quoted.replace(/\\(.)/g, '$1')
        challenges.at(-1)?.parameters.set(name.toLowerCase(), text)
      }
    }
  }
  return challenges
}

/** What has to stand behind a semicolon that is meant as a comma. */
const NAME = /\s*[\w-]+\s*=/y

/** At the commas that are not within quotes, and at the semicolons that some write for them. */
function splitAtCommas(value: string): string[] {
  const items: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const character = value[at]
    if (quoted && character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (!quoted && (character === ',' || (character === ';' && isName(value, at + 1)))) {
      items.push(value.slice(start, at))
      start = at + 1
    }
  }
  return [...items, value.slice(start)]
}

function isName(value: string, at: number): boolean {
  NAME.lastIndex = at
  return NAME.test(value)
}
