/** A fault in the configuration: where it is, what is wrong, and how to mend it. Holds no value, for it may be a secret. */
export interface ConfigFault {
  /** From 1; undefined where the file as a whole is meant. */
  readonly line: number | undefined
  /** `streams.lobby.url`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** The configuration cannot be used. One line for each fault: `FILE:LINE: PATH: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(file: string, faults: readonly ConfigFault[]) {
    super(faults.map((fault) => describeFault(file, fault)).join('\n'))
    this.faults = faults
  }
}

/** `FILE:LINE: PATH: what is wrong` */
export const describeFault = (file: string, { line, path, message }: ConfigFault): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}${message}`
