import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { StartError } from './start-error.ts'

export interface CertificatePaths {
  /** PEM: the certificate and those between it and the root, in this order. */
  readonly cert: string
  /** PEM, without a passphrase. */
  readonly key: string
}

export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}

/** How often the files are looked at, in milliseconds. They are asked, not listened to: mounted secrets are swapped by links. */
const LOOK_INTERVAL = 10_000

/** The bridge's own certificate, in files that something else renews. */
export class CertificateFiles {
  readonly #paths: CertificatePaths
  #watching: (() => void) | undefined

  constructor(paths: CertificatePaths) {
    this.#paths = paths
  }

  /** @throws StartError where the files cannot be read, are not PEM, or do not belong together */
  read(): Certificate {
    const cert = readPem(this.#paths.cert)
    const key = readPem(this.#paths.key)
    try {
      createSecureContext({ cert, key })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new StartError(
        `The certificate ${this.#paths.cert} and its key cannot be used (${why}).`,
        'Both must be PEM, the key without a passphrase, and of the same pair: see docs/operations.md.',
        cause,
      )
    }
    return { cert, key }
  }

  /** Calls back when one of the files has changed. It may be in the middle of it: the other one changes, too. */
  watch(changed: () => void, interval = LOOK_INTERVAL): void {
    this.#watching = changed
    for (const path of this.#files) watchFile(path, { interval, persistent: false }, changed)
  }

  close(): void {
    if (!this.#watching) return
    for (const path of this.#files) unwatchFile(path, this.#watching)
    this.#watching = undefined
  }

  get #files(): string[] {
    return [this.#paths.cert, this.#paths.key]
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new StartError(`${path} cannot be read (${code}).`, 'Give the bridge’s user the right to read it.', cause)
  }
}
