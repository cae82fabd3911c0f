import { readFileSync } from 'node:fs'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { describeFault } from './config-error.ts'
import { settingPath } from './setting-path.ts'

const SECRET = /^(?:password|secret)$/
const REFERENCE = /^file:|(?<!\$)\$\{/

/**
 * Settings whose secret stands in the file itself: whoever gets a copy of the file has it. A line for each, without the
 * secret; none where the file cannot be read, which others tell.
 */
export function openSecrets(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const found: string[] = []
  const lines = new LineCounter()
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(_key, pair, ancestors) {
      const { key, value } = pair
      if (!isScalar(key) || !SECRET.test(String(key.value))) return
      if (!isScalar(value) || typeof value.value !== 'string' || REFERENCE.test(value.value)) return
      const message = `the secret stands in the file itself. Put \${VARIABLE} or file:/path here instead`
      const line = key.range ? lines.linePos(key.range[0]).line : undefined
      found.push(describeFault(file, { line, path: settingPath(ancestors, pair), message }))
    },
  })
  return found
}
