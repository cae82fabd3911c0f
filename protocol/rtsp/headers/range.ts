/**
 * Range header, RFC 2326 section 12.29, in normal play time (section 3.6) or absolute time (section 3.7).
 * `start` or `end` is absent where it was left open.
 */
export type Range =
  /** Seconds from the beginning of the presentation, or `now` for the live edge. */
  | { readonly unit: 'npt'; readonly start?: number | 'now' | undefined; readonly end?: number | undefined }
  /** Milliseconds of the Unix epoch. */
  | { readonly unit: 'clock'; readonly start?: number | undefined; readonly end?: number | undefined }

/** Null where it is in another unit (smpte) or cannot be read. */
export function parseRange(value: string): Range | null {
  const match = /^\s*(npt|clock)\s*=\s*([^\s;-]*)\s*-\s*([^\s;]*)/i.exec(value)
  if (!match) return null
  const [, unit = '', start = '', end = ''] = match
  if (unit.toLowerCase() === 'clock') return { unit: 'clock', start: parseUtc(start), end: parseUtc(end) }
  return { unit: 'npt', start: start.toLowerCase() === 'now' ? 'now' : parseNpt(start), end: parseNpt(end) }
}

export function formatRange(range: Range): string {
  const format = range.unit === 'clock' ? formatUtc : formatNpt
  const start = range.start === undefined ? '' : range.start === 'now' ? 'now' : format(range.start)
  return `${range.unit}=${start}-${range.end === undefined ? '' : format(range.end)}`
}

/** Seconds with a fraction, or hours:minutes:seconds. */
function parseNpt(text: string): number | undefined {
  const clock = /^(\d+):(\d{1,2}):(\d{1,2}(?:\.\d*)?)$/.exec(text)
  if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])
  return /^\d+(\.\d*)?$/.test(text) ? Number(text) : undefined
}

const formatNpt = (seconds: number): string => seconds.toFixed(3)

/** `19961108T142300Z`, with an optional fraction of the second. */
function parseUtc(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\.\d+)?Z$/i.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number)
  const time = Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0)
  return time + Number(match[7] ?? 0) * 1000
}

function formatUtc(milliseconds: number): string {
  const [date = '', time = ''] = new Date(milliseconds).toISOString().split('T')
  return `${date.replaceAll('-', '')}T${time.replaceAll(':', '')}`
}
