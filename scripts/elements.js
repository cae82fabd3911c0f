/**
 * The manifest of the elements, `custom-elements.json`: attributes, properties, events, parts and custom properties, read from
 * the sources of `web/` and their doc comments. Editors complete tags by it, and docs/api.md is made of it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { create, ts } from '@custom-elements-manifest/analyzer'
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js'
import { ROOT } from './steps.js'

/** @typedef {{ text: string }} TypeText */
/**
 * @typedef {object} Item a part of an element
 * @property {string} name
 * @property {string} [kind]
 * @property {string} [description]
 * @property {string} [default]
 * @property {string} [privacy]
 * @property {string} [attribute]
 * @property {string} [fieldName]
 * @property {boolean} [static]
 * @property {boolean} [readonly]
 * @property {TypeText} [type]
 * @property {{ name: string, type?: TypeText, optional?: boolean }[]} [parameters]
 * @property {{ type?: TypeText, description?: string }} [return]
 * @property {{ name: string }} [inheritedFrom]
 */
/**
 * @typedef {object} Declaration
 * @property {string} kind
 * @property {string} name
 * @property {string} [description]
 * @property {string} [tagName]
 * @property {boolean} [customElement]
 * @property {Item[]} [members]
 * @property {Item[]} [attributes]
 * @property {Item[]} [events]
 * @property {Item[]} [slots]
 * @property {Item[]} [cssParts]
 * @property {Item[]} [cssProperties]
 */
/** @typedef {{ path: string, declarations: Declaration[], exports?: { declaration?: { module?: string } }[] }} Module */
/** @typedef {{ schemaVersion: string, readme: string, modules: Module[] }} Manifest */

/** The sources that elements and their base classes are in. */
const sources = () =>
  readdirSync(`${ROOT}/web`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(rtsp-|wall\/|controls\/|recording\/)/.test(path) && path.endsWith('.ts'))
    .sort()
    .map((path) => `web/${path}`)

/**
 * One tag a line, as the analyzer wants them; people write several short ones in a line.
 * @param {string} text
 */
const oneTagALine = (text) =>
  text.replace(/^ \* @(?:fires|csspart|cssprop|slot) .*$/gm, (line) =>
    line.replace(/ (?=@(?:fires|csspart|cssprop|slot) )/g, '\n * ').replace(/^\n \* /, ' '),
  )

/**
 * The types of the events: `interface RtspPlayerEventMap` says what each of them is, and its comments what it is for.
 * @param {string} text
 * @returns {[string, { type: string, description: string }][]}
 */
const eventTypes = (text) =>
  [...text.matchAll(/^export interface \w+EventMap\b[^{]*{\n(.*?)^}/gms)].flatMap(([, body = '']) =>
    [...body.matchAll(/^(?: {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)? {2}'?([\w-]+)'?: ([^\n]+)$/gms)].map(
      ([, comment = '', name = '', type = '']) => [
        name,
        { type, description: comment.replace(/\s*\n\s*\* ?/g, ' ').trim() },
      ],
    ),
  )

/**
 * What the tags `@attr` say. The analyzer prefers the comment of the property, which is for those who program.
 * @param {string} text
 * @returns {Map<string, string>} by `element attribute`
 */
const attributeDescriptions = (text) => {
  const found = new Map()
  for (const [comment] of text.matchAll(/^\/\*\*.*?^ \*\//gms)) {
    const element = /^ \* @element (\S+)/m.exec(comment)?.[1]
    for (const [, name, words = ''] of comment.matchAll(/^ \* @attr \{[^}]*\} (\S+) - ((?:.|\n \* (?!@))*)/gm)) {
      found.set(`${element} ${name}`, words.replace(/\s*\n \* ?/g, ' ').trim())
    }
  }
  return found
}

/**
 * What a user of an element sees of it.
 * @param {Declaration} declaration
 * @param {ReadonlyMap<string, { type: string, description: string }>} types of events
 * @param {ReadonlyMap<string, string>} descriptions of attributes
 */
const publicPart = (declaration, types, descriptions) => {
  const isPublic = (/** @type {Item} */ { privacy, static: isStatic }) =>
    privacy !== 'private' && privacy !== 'protected' && isStatic !== true
  declaration.members =
    declaration.members?.filter(
      (item) =>
        isPublic(item) &&
        !/^#|^(connected|disconnected|adopted|attributeChanged|connectedMove)Callback$/.test(item.name),
    ) ?? []
  // Overloads are one method; the last is the one for every type.
  declaration.members = declaration.members.filter(
    ({ name }, index, all) => index === all.findLastIndex((other) => other.name === name),
  )
  // `dispatchEvent(new Event(type))` has no name that could be read.
  declaration.events = declaration.events?.filter(({ name }) => name !== 'type') ?? []
  for (const event of declaration.events) {
    event.type = { text: types.get(event.name)?.type ?? 'Event' }
    event.description ||= types.get(event.name)?.description || 'as that of a media element'
  }
  for (const attribute of declaration.attributes ?? []) {
    const description = descriptions.get(`${declaration.tagName} ${attribute.name}`)
    if (description !== undefined) attribute.description = description
  }
}

/**
 * `@returns` without a type takes away the one that the code states.
 * @param {Declaration} declaration
 * @param {string} text of the sources
 */
const returnTypes = (declaration, text) => {
  for (const method of declaration.members ?? []) {
    if (method.kind !== 'method' || method.return?.type?.text !== '') continue
    const type = new RegExp(`^ {2}(?:async )?${method.name}\\([^\\n]*\\): (.+) \\{$`, 'm').exec(text)?.[1]
    if (type !== undefined) method.return.type.text = type
  }
}

/** @param {string | undefined} path of a source */
const built = (path) => path?.replace(/^\/?(web\/.*)\.ts$/, 'dist/$1.js')

/**
 * Analyzes the sources as they are.
 * @returns {Manifest}
 */
export const analyzeElements = () => {
  const texts = sources().map((path) => ({ path, text: oneTagALine(readFileSync(`${ROOT}/${path}`, 'utf8')) }))
  const modules = texts.map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true))
  const manifest = /** @type {Manifest} */ (create({ modules, plugins: litPlugin(), context: { dev: false } }))
  const types = new Map(texts.flatMap(({ text }) => eventTypes(text)))
  const descriptions = new Map(texts.flatMap(({ text }) => [...attributeDescriptions(text)]))
  const all = texts.map(({ text }) => text).join('\n')
  // Others are registered, too, which are parts of these.
  const documented = new Set(
    texts.flatMap(({ text }) => [...text.matchAll(/^ \* @element (\S+)/gm)].map((tag) => tag[1])),
  )
  manifest.modules = manifest.modules
    .map((module) => ({
      ...module,
      declarations: module.declarations.filter(({ tagName }) => documented.has(tagName)),
    }))
    .filter(({ declarations }) => declarations.length > 0)
  for (const module of manifest.modules) {
    for (const declaration of module.declarations) {
      publicPart(declaration, types, descriptions)
      // Its own file first: others have methods of the same names.
      const own = texts.find(({ path }) => module.path.endsWith(path))?.text ?? ''
      returnTypes(declaration, `${own}\n${all}`)
    }
  }
  // What is shipped is what was built of the sources.
  const withBuiltPaths = JSON.stringify(manifest, (key, value) =>
    (key === 'path' || key === 'module') && typeof value === 'string' ? built(value) : value,
  )
  return { ...JSON.parse(withBuiltPaths), readme: 'README.md' }
}
