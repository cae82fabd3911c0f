/** Methods of a Public (RFC 2326 section 12.28) or Allow header, in upper case; separated by commas or by blanks. */
export function parsePublic(value: string): ReadonlySet<string> {
  return new Set(
    value
      .split(/[,\s]+/)
      .map((method) => method.toUpperCase())
      .filter((method) => method !== ''),
  )
}

export const formatPublic = (methods: Iterable<string>): string => [...methods].join(', ')
