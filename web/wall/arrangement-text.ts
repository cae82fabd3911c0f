/** What is kept of a wall. */
export interface Arrangement {
  /** As in the attribute. */
  readonly layout: string
  /** Names of the tiles; empty while it is that of the page. */
  readonly order: readonly string[]
}

/** Characters; what is longer was not written by a wall. */
const LONGEST = 16_384

/** `1+5;lobby,door~2`: short, and readable in an address. */
export function arrangementText({ layout, order }: Arrangement): string {
  return order.length === 0 ? layout : `${layout};${order.map(encodeName).join(',')}`
}

/** What others wrote may be anything: undefined where it cannot be read. */
export function readArrangement(text: string | null | undefined): Arrangement | undefined {
  if (!text || text.length > LONGEST) return undefined
  const [layout = '', order = ''] = text.split(';')
  try {
    return { layout, order: order === '' ? [] : order.split(',').map(decodeURIComponent) }
  } catch {
    return undefined
  }
}

/** Slashes may stand in a fragment (RFC 3986 section 3.5), and are what names of streams have most. */
const encodeName = (name: string): string => encodeURIComponent(name).replaceAll('%2F', '/')

/** The value of `name` in `#name=value&other`; undefined where it is not there. */
export function fragmentEntry(fragment: string, name: string): string | undefined {
  const entry = entriesOf(fragment).find((entry) => entry.startsWith(`${name}=`))
  return entry?.slice(name.length + 1)
}

/** The fragment with this entry, and with all that others have in it. */
export function withFragmentEntry(fragment: string, name: string, value: string): string {
  const others = entriesOf(fragment).filter((entry) => !entry.startsWith(`${name}=`))
  return `#${[...others, `${name}=${value}`].join('&')}`
}

const entriesOf = (fragment: string): string[] =>
  fragment
    .replace(/^#/, '')
    .split('&')
    .filter((entry) => entry !== '')
