/** How the pages of docs/ are read: by the documentation's build, and by the tests of its links. */

/**
 * The anchor of a heading, as repositories show it: lower case, blanks as hyphens, without punctuation.
 * @param {string} heading its Markdown
 */
const slugOf = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

/** Gives each heading of one page its anchor; the second of the same words gets a number. */
export const createSlugs = () => {
  /** @type {Map<string, number>} */
  const seen = new Map()
  return (/** @type {string} */ heading) => {
    const slug = slugOf(heading)
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  }
}

/** @param {string} text */
const withoutCode = (text) => text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '')

/**
 * The anchors of a page.
 * @param {string} text its Markdown
 */
export const anchorsOf = (text) => {
  const slugs = createSlugs()
  const headings = text.replace(/^```.*?^```/gms, '').matchAll(/^#{1,6} (.+)$/gm)
  const written = text.matchAll(/<a id="([^"]+)"/g)
  return new Set([
    ...[...headings].map(([, heading = '']) => slugs(heading.trim())),
    ...[...written].map(([, id = '']) => id),
  ])
}

/**
 * Where the links of a page lead, images included.
 * @param {string} text its Markdown
 */
export const linksOf = (text) =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, target = '']) => target)

/** @param {string} text */
export const titleOf = (text) => /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? ''
