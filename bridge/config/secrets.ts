import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** What a reference stands for cannot be had. The message names the reference, never a value. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
}

/** Secrets have some bytes; anything larger is another file than was meant. */
const MAX_SECRET_BYTES = 4096

/**
 * Puts in what `${VARIABLE}` and `file:/path` stand for.
 *
 * - `${VARIABLE}` anywhere in a text: the environment's; `$${` is a `${` of the text itself.
 * - `file:PATH` as the whole text: the content of the file without its last line end, as systemd and Kubernetes hand
 *   secrets over. Relative to the configuration file.
 *
 * @throws SecretError
 */
export function resolveReferences(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  configFile: string,
): string {
  if (text.startsWith('file:')) return readSecret(resolve(dirname(configFile), text.slice('file:'.length)))
  return text.replace(/\$?\$\{([^}]*)\}/g, (whole, name: string) => {
    if (whole.startsWith('$$')) return whole.slice(1)
    const value = environment[name]
    if (value === undefined) throw new SecretError(`the environment has no variable ${name}`)
    return value
  })
}

function readSecret(path: string): string {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new SecretError(`the file ${path} cannot be read (${code})`, { cause })
  }
  if (content.length > MAX_SECRET_BYTES) throw new SecretError(`the file ${path} is too large for a secret`)
  return content.replace(/\r?\n$/, '')
}
