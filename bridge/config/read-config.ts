import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { ConfigError, type ConfigFault } from './config-error.ts'
import { type Config, configSchema } from './schema.ts'
import { resolveReferences, SecretError } from './secrets.ts'
import { namesBeside, nearestName } from './setting-names.ts'
import { settingPath } from './setting-path.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A configuration has some hundred bytes for each camera. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024

/**
 * Reads a configuration file: YAML, references put in, checked against the schema.
 * @throws ConfigError with every fault that was found
 */
export function readConfig(file: string, environment: Environment): Config {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new ConfigError(file, [{ line: undefined, path: '', message: `the file cannot be read (${code})` }])
  }
  return parseConfig(text, file, environment)
}

/** @throws ConfigError with every fault that was found */
export function parseConfig(text: string, file: string, environment: Environment): Config {
  if (text.length > MAX_CONFIG_BYTES) {
    throw new ConfigError(file, [{ line: undefined, path: '', message: 'the file is too large for a configuration' }])
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line)
  const syntax = document.errors.map((error): ConfigFault => {
    return { line: lineAt(error.pos[0]), path: '', message: `not YAML: ${error.message.split('\n')[0] ?? ''}` }
  })
  if (syntax.length > 0) throw new ConfigError(file, syntax)

  const faults = putInReferences(document, file, environment, lineAt)
  // An empty file says nothing, and all of it is left at its default.
  const result = v.safeParse(configSchema, document.toJS({ maxAliasCount: 100 }) ?? {})
  for (const issue of result.issues ?? []) {
    const path = (issue.path ?? []).map(({ key }) => String(key))
    const offset = offsetOf(document, path)
    // A reference that could not be put in is no further fault of what stands there.
    if (faults.some((fault) => fault.path === path.join('.'))) continue
    faults.push({ line: lineAt(offset), path: path.join('.'), message: describeIssue(issue, path) })
  }
  if (faults.length > 0)
    throw new ConfigError(
      file,
      faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    )
  return result.output as Config
}

function putInReferences(
  document: Document.Parsed,
  file: string,
  environment: Environment,
  lineAt: (offset: number | undefined) => number | undefined,
): ConfigFault[] {
  const faults: ConfigFault[] = []
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return
      try {
        node.value = resolveReferences(node.value, environment, file)
      } catch (error) {
        if (!(error instanceof SecretError)) throw error
        const path = settingPath(ancestors, node)
        faults.push({ line: lineAt(node.range?.[0]), path, message: error.message })
      }
    },
  })
  return faults
}

function describeIssue(issue: v.BaseIssue<unknown>, path: readonly string[]): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return describeUnknown(path)
  if (issue.type === 'strict_object' && issue.received === 'undefined') return 'this setting is missing'
  if (issue.type === 'strict_object' || issue.type === 'record') {
    // As other programs have it.
    const isAddress = path.length === 2 && path[0] === 'streams' && typeof issue.input === 'string'
    return `settings must follow here, indented${isAddress ? ': the address as url' : ''}`
  }
  if (issue.type === 'union' && issue.issues?.length === 1 && issue.issues[0]) {
    return describeIssue(issue.issues[0], path)
  }
  if (issue.type === 'array') return 'a list must follow here, a "-" before each'
  return issue.message
}

/** Most often it is mistyped: the name that is like it, or all that there are. */
function describeUnknown(path: readonly string[]): string {
  const names = namesBeside(configSchema, path)
  const meant = nearestName(path.at(-1) ?? '', names)
  if (meant !== undefined) return `there is no such setting here; did you mean "${meant}"?`
  return `there is no such setting here${names.length === 0 ? '' : `, but ${names.join(', ')}`}`
}

/** Where the innermost part of the path that is there begins. */
function offsetOf(document: Document.Parsed, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === path[length - 1])
      if (pair && isScalar(pair.key)) return pair.key.range?.[0]
    }
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node)) return node.range?.[0]
  }
  return document.contents?.range?.[0]
}
