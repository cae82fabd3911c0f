/** One way to authenticate that a server offers: RFC 7235 section 4.1, RFC 7616 section 3.3, RFC 7617. */
export interface Challenge {
  /** `basic`, `digest`, in lower case. */
  readonly scheme: string
  /** By name in lower case, unquoted. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * All challenges of one field, in order. Several may stand in one field, separated by the same commas as their
 * parameters: a word that is not followed by `=` begins the next one. Values may lack their quotes.
 */
export function parseWwwAuthenticate(value: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  const item = /([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,"]*)))?/g
  for (const match of value.matchAll(item)) {
    const [, word = '', quoted, bare] = match
    if (quoted === undefined && bare === undefined) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() })
      continue
    }
    const text = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1')
    challenges.at(-1)?.parameters.set(word.toLowerCase(), text)
  }
  return challenges
}
