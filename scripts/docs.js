/**
 * `npm run docs`: makes the documentation in docs/ a site, dist/docs, which the bridge serves at /docs/ beside the demo page.
 * The same Vite as for the page, so that the live examples are the player as it is.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { createSlugs, titleOf } from './markdown.js'
import { checkNodeVersion, isMain, ROOT, runMain, step } from './steps.js'

const DOCS = `${ROOT}/docs`

/** What the site is made of, beside the sources. */
export const DOCS_INPUTS = ['docs', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']

/** Every page, in the order in which one would read them. The names are those of the files, without `.md`. */
export const NAVIGATION = /** @type {const} */ ([
  ['Start', ['index', 'start', 'architecture', 'troubleshooting']],
  [
    'Guides',
    [
      'guides/portal',
      'guides/frameworks',
      'guides/bundlers',
      'wall',
      'recording',
      'guides/nginx',
      'guides/kubernetes',
      'guides/migrating',
    ],
  ],
  ['The element', ['player', 'states', 'api', 'controls', 'codecs', 'browsers', 'errors', 'performance']],
  ['The bridge', ['configuration', 'tickets', 'hook', 'operations', 'capacity', 'security', 'probe', 'limits']],
  ['Cameras and RTSP', ['cameras', 'deviations', 'rtsp']],
  ['The project', ['benchmarks', 'contributing', 'releasing', 'changelog']],
])

/** Pages that lie at the root of the repository, where people look for them. */
const AT_ROOT = /** @type {Readonly<Record<string, string>>} */ ({
  start: 'README.md',
  contributing: 'CONTRIBUTING.md',
  changelog: 'CHANGELOG.md',
})

/** @param {string} page */
const source = (page) => (AT_ROOT[page] ? `${ROOT}/${AT_ROOT[page]}` : `${DOCS}/${page}.md`)

/** @param {string} page */
const nameOf = (page) => (page === 'start' ? 'Getting started' : titleOf(read(page)))

/** @param {string} page */
const read = (page) => readFileSync(source(page), 'utf8')

/** Colleagues' pages may come later than their place in the list. */
const navigation = () =>
  NAVIGATION.map(([title, pages]) => /** @type {const} */ ([title, pages.filter((page) => existsSync(source(page)))]))

/** @param {string} text */
const escapeHtml = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Where a page can be seen at work: with what a bridge that runs the demo shows. */
const LIVE = /<!-- live: (<rtsp-[^>]*>) -->/g

/**
 * The article of a page.
 * @param {string} page
 * @param {string} text its Markdown
 */
const render = async (page, text) => {
  const { Marked } = await import('marked')
  const slugs = createSlugs()
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: heading }) {
        const slug = slugs(heading)
        return `<h${depth} id="${slug}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens)
        const target = siteAddress(page, href)
        return target === undefined ? words : `<a href="${escapeHtml(target)}">${words}</a>`
      },
      image({ href, text: words }) {
        const address = siteAddress(page, href)
        return address === undefined
          ? escapeHtml(words)
          : `<img src="${escapeHtml(address)}" alt="${escapeHtml(words)}">`
      },
      table(token) {
        const cells = (/** @type {import('marked').Tokens.TableCell[]} */ row, /** @type {string} */ tag) =>
          row
            .map(({ tokens, align }) => {
              const side = align === null ? '' : ` class="${align}"`
              return `<${tag}${side}>${this.parser.parseInline(tokens)}</${tag}>`
            })
            .join('')
        const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')
        const isHeaded = token.header.some(({ text: words }) => words !== '')
        const head = isHeaded ? `<thead><tr>${cells(token.header, 'th')}</tr></thead>` : ''
        // Wide ones are scrolled, by keyboard too.
        return `<div class="table" tabindex="0"><table>${head}<tbody>${rows}</tbody></table></div>`
      },
    },
  })
  const up = '../'.repeat(page.split('/').length)
  const live = text.replace(LIVE, (_comment, tag) => {
    const name = /^<([\w-]+)/.exec(tag)?.[1]
    return `<figure class="live">${tag.replace('>', ` bridge="${up}">`)}</${name}></figure>`
  })
  return marked.parse(live)
}

/**
 * Where a link of a page leads within the site; undefined for files that are in the repository alone.
 * @param {string} page
 * @param {string} href
 */
export const siteAddress = (page, href) => {
  if (/^(https?:|#|mailto:)/.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const target = join(dirname(source(page)), path)
  if (!existsSync(target)) return undefined
  const place = Object.keys(AT_ROOT).find((name) => source(name) === target)
  const file = place === undefined ? relative(DOCS, target) : `${place}.md`
  // Of files beside the pages only pictures are in the site.
  if (file.startsWith('..') || !/\.(md|png|svg)$/.test(file)) return undefined
  const within = relative(dirname(`${DOCS}/${page}`), `${DOCS}/${file}`).replace(/\.md$/, '.html')
  return `${within}${anchor === undefined ? '' : `#${anchor}`}`
}

/**
 * @param {string} page
 * @param {string} text its Markdown
 */
const html = async (page, text) => {
  const base = '../'.repeat(page.split('/').length - 1) || './'
  const all = navigation()
  const order = all.flatMap(([, pages]) => [...pages])
  const index = order.indexOf(/** @type {typeof order[number]} */ (page))
  const link = (/** @type {string} */ to, /** @type {string} */ rel) =>
    `<a href="${base}${to}.html"${rel}>${escapeHtml(nameOf(to))}</a>`
  const sections = all.map(([title, pages]) => {
    const items = pages.map((to) => `<li>${link(to, to === page ? ' aria-current="page"' : '')}</li>`)
    return `<h2>${title}</h2><ul>${items.join('')}</ul>`
  })
  const before = order[index - 1]
  const after = order[index + 1]
  const isLive = text.match(LIVE) !== null
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <meta name="color-scheme" content="light dark">
    <title>${escapeHtml(page === 'index' ? 'Documentation' : nameOf(page))} – rtsp-player</title>
    <link rel="icon" type="image/svg+xml" href="${base}../web/demo/icon.svg">
    <link rel="stylesheet" href="${base}site/site.css">
    ${isLive ? `<script type="module" src="${base}site/live.js"></script>` : ''}
  </head>
  <body>
    <a class="skip" href="#content">To the text</a>
    <header><a class="brand" href="${base}index.html">rtsp-player</a><a class="to-contents" href="#contents">Contents</a></header>
    <nav id="contents" aria-label="Documentation">${sections.join('\n')}</nav>
    <main id="content">
${await render(page, text)}
      <footer>
        ${before ? `<span>← ${link(before, ' rel="prev"')}</span>` : '<span></span>'}
        ${after ? `<span>${link(after, ' rel="next"')} →</span>` : ''}
      </footer>
    </main>
  </body>
</html>
`
}

/**
 * The pages as modules that Vite takes for HTML files.
 * @param {readonly string[]} pages
 * @returns {import('vite').Plugin}
 */
const pagesPlugin = (pages) => ({
  name: 'documentation-pages',
  enforce: 'pre',
  config: ({ build = {} }) => {
    // In place of those of the demo, to which they would be added.
    build.rolldownOptions ??= {}
    build.rolldownOptions.input = Object.fromEntries(pages.map((page) => [page, `${DOCS}/${page}.html`]))
  },
  resolveId: (id) => (id.startsWith(DOCS) && id.endsWith('.html') ? id : undefined),
  load: (id) => {
    const page = id.startsWith(DOCS) && id.endsWith('.html') ? id.slice(DOCS.length + 1, -'.html'.length) : undefined
    return page === undefined ? undefined : html(page, read(page))
  },
})

/** Files of docs/ that are Markdown, without `.md`. */
export const pagesOfDocs = () =>
  readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => path.slice(0, -'.md'.length))

/** @param {string} [outDir] */
export const buildDocs = async (outDir = `${ROOT}/dist/docs`) => {
  const { build } = await import('vite')
  const pages = navigation().flatMap(([, names]) => [...names])
  await build({
    configFile: `${ROOT}/vite.config.ts`,
    root: DOCS,
    logLevel: 'warn',
    plugins: [pagesPlugin(pages)],
    build: { outDir, emptyOutDir: true },
  })
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    checkNodeVersion()
    await step('Building the documentation', buildDocs)
    console.log('It is in dist/docs; `npm start` serves it at /docs/.')
  })
}
