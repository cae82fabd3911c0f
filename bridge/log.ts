import { redact } from './log-redaction.ts'

/** What a line holds beside its message; undefined values are left out. */
export type LogFields = Readonly<Record<string, string | number | undefined>>

type Write = (fields: LogFields, message: string) => void

/** Where the bridge tells what happens. A logger of pino is one. */
export interface BridgeLog {
  readonly debug: Write
  /** Connections that ended, cameras that were opened and released. */
  readonly info: Write
  /** What somebody should look at some time: a camera that was lost, a certificate that cannot be read. */
  readonly warn: Write
  /** Faults of the bridge itself. */
  readonly error: Write
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const nothing = () => undefined

/** A log that goes through one function, from a level up. */
export function logThrough(
  write: (level: keyof BridgeLog, fields: LogFields, message: string) => void,
  level: LogLevel = 'info',
): BridgeLog {
  const least = LOG_LEVELS.indexOf(level)
  const at = (name: keyof BridgeLog): Write =>
    LOG_LEVELS.indexOf(name) < least ? nothing : (fields, message) => write(name, fields, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** The log that a program gave: lines where it is a function, nothing where it is missing. */
export function logOf(given: BridgeLog | ((line: string) => void) | undefined): BridgeLog {
  if (given === undefined) return logThrough(nothing, 'silent')
  if (typeof given === 'function') return logThrough((_level, fields, message) => given(formatLine(fields, message)))
  return given
}

/** The same log, in which everything is for those who look for faults. */
export function quietLog(log: BridgeLog): BridgeLog {
  return logThrough((_level, fields, message) => log.debug(fields, message), 'debug')
}

/** The same log, each line with these fields. */
export function labelledLog(log: BridgeLog, labels: LogFields): BridgeLog {
  return logThrough((level, fields, message) => log[level]({ ...labels, ...fields }, message), 'debug')
}

/**
 * The same log with every secret taken out on the way, whoever wrote the text.
 *
 * @param secrets the configuration's, at the time of the line
 */
export function redactedLog(log: BridgeLog, secrets: () => readonly string[]): BridgeLog {
  return logThrough((level, fields, message) => {
    const known = secrets()
    const clean = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? redact(value, known) : value] as const],
    )
    log[level](Object.fromEntries(clean), redact(message, known))
  }, 'debug')
}

/** A line for people: the stream, what happened, and the rest as `name=value`. */
export function formatLine({ stream, ...fields }: LogFields, message: string): string {
  const rest = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}=${typeof value === 'string' && /[\s="]/.test(value) ? JSON.stringify(value) : value}`],
  )
  return `${stream === undefined ? '' : `${stream}: `}${[message, ...rest].join(' ')}`
}
