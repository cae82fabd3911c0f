/** Lines that every session description has, RFC 8866 section 5. */
export const MANDATORY_LINES: readonly string[] = ['v', 'o', 's', 't']

/** The form of each line as far as cameras get it wrong, RFC 8866 section 9. */
const FORMS: Readonly<Record<string, RegExp>> = {
  v: /^0$/,
  o: /^\S+ \d+ \d+ IN IP[46] \S+$/,
  s: /^./,
  c: /^IN IP[46] \S+$/,
  b: /^[\w-]+:\d+$/,
  t: /^\d+ \d+$/,
  m: /^(audio|video|text|application|message|image) \d+(\/\d+)? [\w/]+( \S+)+$/,
  a: /^[\w!#$%&'*+.^`{|}~-]+(:.+)?$/,
}

/** The line is as the RFC has it. Nothing depends on it: it is told, and what can be read is read. */
export function isWellFormed(line: string): boolean {
  if (line === '') return true
  const type = line[1] === '=' ? (line[0] ?? '') : ''
  if (!/^[a-z]$/.test(type)) return false
  const value = line.slice(2)
  return value.trimEnd() === value && (FORMS[type]?.test(value) ?? true)
}

/** One blank for each run of blanks and tabs. What is matched afterwards needs no `\s*`, whose time would be quadratic. */
export const singleBlanks = (text: string): string => text.replace(/\s+/g, ' ')
