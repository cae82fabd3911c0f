import { stripVTControlCharacters, styleText } from 'node:util'
import { pino } from 'pino'
import { type BridgeLog, formatLine, type LogLevel, logThrough } from './log.ts'

/** `json` for programs, a line each; `text` for people. */
export const LOG_FORMATS = ['json', 'text'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly colours?: boolean
  /** Takes a line, without its end. */
  readonly write: (line: string) => void
}

/** The log of `rtsp-bridge serve`. */
export function createLog({ level, format, colours = false, write }: LogOptions): BridgeLog {
  return format === 'json' ? jsonLog(level, write) : textLog(level, colours, write)
}

/** `{"level":"info","time":"2026-01-31T12:00:00.000Z","stream":"lobby","msg":"…"}`. Names of fields are stable. */
function jsonLog(level: LogLevel, write: (line: string) => void): BridgeLog {
  const options = {
    level,
    // Process and host are added by what collects the lines.
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, { write: (line: string) => write(line.trimEnd()) })
}

const STYLES = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' } as const

/** `12:00:00 info  lobby: the camera plays codecs=H264` */
function textLog(level: LogLevel, colours: boolean, write: (line: string) => void): BridgeLog {
  return logThrough((name, fields, message) => {
    const time = new Date().toTimeString().slice(0, 8)
    const label = name.padEnd(5)
    const shown = colours ? `${styleText('dim', time)} ${styleText(STYLES[name], label)}` : `${time} ${label}`
    write(`${shown} ${stripVTControlCharacters(formatLine(fields, message))}`)
  }, level)
}
