/** docs/api.md: the reference of the elements, made of their manifest. `npx vitest run test/documentation.test.ts -u` writes it. */

/** @typedef {import('./elements.js').Manifest} Manifest */
/** @typedef {import('./elements.js').Declaration} Declaration */
/** @typedef {import('./elements.js').Item} Item */

/** @param {string | undefined} text */
const inCell = (text = '') =>
  text
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim()

/** @param {string | undefined} text */
const code = (text = '') => (text === '' ? '' : `\`${inCell(text)}\``)

/**
 * The first sentences in a cell; what stands behind an empty line is for those who read the source.
 * @param {Item} item
 */
const description = ({ description: text = '' }) => inCell(text.split('\n\n')[0]).replace(/^- /, '')

/**
 * @param {string} title
 * @param {readonly string[]} columns
 * @param {readonly (readonly string[])[]} rows
 */
const table = (title, columns, rows) =>
  rows.length === 0
    ? []
    : [
        `### ${title}\n`,
        `| ${columns.join(' | ')} |\n| ${columns.map(() => '---').join(' | ')} |`,
        ...rows.map((cells) => `| ${cells.join(' | ')} |`),
        '',
      ]

/** @param {Item} method */
const signature = ({ name, parameters = [], return: result }) => {
  const names = parameters.map(({ name: parameter, optional }) => (optional ? `${parameter}?` : parameter))
  return code(`${name}(${names.join(', ')})${result?.type ? `: ${result.type.text}` : ''}`)
}

/** Inherited from every element: in every reference but this one. */
const GENERAL = new Set(['addEventListener', 'removeEventListener'])

/** @param {Declaration} element */
const section = (element) => {
  const members = (element.members ?? []).filter(({ name }) => !GENERAL.has(name))
  const fields = members.filter(({ kind }) => kind === 'field')
  const methods = members.filter(({ kind }) => kind === 'method')
  const readable = (/** @type {string | undefined} */ text) => (text ?? '').replace(/^'(.*)'$/, '$1')
  const type = (/** @type {Item} */ item) => code(item.type?.text)
  return [
    `## \`<${element.tagName}>\`\n`,
    `${(element.description ?? '').trim()}\n`,
    ...table(
      'Attributes',
      ['attribute', 'default', ''],
      (element.attributes ?? []).map((item) => [code(item.name), code(readable(item.default)), description(item)]),
    ),
    ...table(
      'Properties',
      ['property', 'type', ''],
      fields.map((item) => {
        const attribute = element.attributes?.find(({ name }) => name === (item.attribute ?? item.name.toLowerCase()))
        const words = description(item) || (attribute ? `the attribute \`${attribute.name}\`` : '')
        return [code(item.name), type(item), [item.readonly ? 'Read only.' : '', words].join(' ').trim()]
      }),
    ),
    ...table(
      'Methods',
      ['method', ''],
      methods.map((item) => [signature(item), description(item)]),
    ),
    ...table(
      'Events',
      ['event', 'type', ''],
      (element.events ?? []).map((item) => [code(item.name), type(item), description(item)]),
    ),
    ...table(
      'Slots',
      ['slot', ''],
      (element.slots ?? []).map((item) => [code(item.name) || '(the default)', description(item)]),
    ),
    ...table(
      'CSS parts',
      ['part', ''],
      (element.cssParts ?? []).map((item) => [code(item.name), description(item)]),
    ),
    ...table(
      'CSS custom properties',
      ['property', 'default', ''],
      (element.cssProperties ?? []).map((item) => [code(item.name), code(readable(item.default)), description(item)]),
    ),
  ]
}

/**
 * The elements that people write into pages; those within them are in the manifest alone.
 * @param {Manifest} manifest
 */
export const apiReference = (manifest) => {
  const elements = manifest.modules.flatMap(({ path, declarations }) =>
    path.includes('/controls/') ? [] : declarations.filter(({ tagName }) => tagName !== undefined),
  )
  return `${[
    '# Reference of the elements\n',
    'All that a page can set, call, listen to and style. What the player does by itself: [player.md](player.md). Errors:',
    '[errors.md](errors.md). The same for programs and editors is `rtsp-player/custom-elements.json`.\n',
    ...elements.flatMap(section),
    'This page is made of the doc comments in `web/` by `npx vitest run test/documentation.test.ts -u`; a test tells when it is old.',
  ].join('\n')}\n`
}
