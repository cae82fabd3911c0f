/** What may be said, and what may not. */
export interface RedactionOptions {
  /** Host names and addresses that the page says itself: those of `src`, of the bridge, and its own. */
  readonly knownHosts: readonly string[]
  /** Tickets and passwords that the page was given. */
  readonly secrets: readonly string[]
}

const HIDDEN = '…'
/** Shorter ones would take half of the text with them. */
const LEAST_SECRET = 4

/**
 * Takes out of a text what must not reach who helps: passwords, tickets, queries of addresses, and the names of machines
 * that the page does not name itself.
 */
export function redact(text: string, { knownHosts, secrets }: RedactionOptions): string {
  const known = new Set(knownHosts.map((host) => host.toLowerCase()).filter((host) => host !== ''))
  const host = (name: string): string => (known.has(name.toLowerCase()) ? name : HIDDEN)
  let clean = text
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      if (form.length >= LEAST_SECRET) clean = clean.replaceAll(form, HIDDEN)
    }
  }
  return (
    clean
      // JSON Web Tokens, whoever made them (RFC 7519 section 3.1 begins them so).
      .replace(/\beyJ[\w-]+(?:\.[\w-]*){1,4}/g, HIDDEN)
      .replace(/\b(Bearer|Basic|Digest) +[^\s"']+(?:[^\n]*)/gi, `$1 ${HIDDEN}`)
      // The user information ends at the last `@`, since people paste passwords with `@` and `/` in them.
      .replace(
        /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"'<>]*@)?(\[[^\]\s]*\]|[^\s/:?#"'<>]+)(:\d+)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi,
        (
          _all: string,
          scheme: string,
          name: string,
          port: string | undefined,
          path: string,
          query: string | undefined,
        ) => `${scheme}${host(name)}${port ?? ''}${path}${query === undefined ? '' : `${query[0]}${HIDDEN}`}`,
      )
      .replace(/\b(access_token|ticket|password|token)=[^\s&"']+/gi, `$1=${HIDDEN}`)
      .replace(/(?<![\w./…])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\/)(?!\d)/g, host)
  )
}

/** The host of an address, or nothing. */
export function hostOf(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^\s]*@)?(\[[^\]\s]*\]|[^\s/:?#]+)/i.exec(address)?.[1] ?? ''
}
