/**
 * Range header, RFC 2326 section 12.29, in normal play time (section 3.6), absolute time (section 3.7) or SMPTE time
 * (section 3.5). `start` or `end` is absent where it was left open.
 */
export type Range =
  /** Seconds from the beginning of the presentation, or `now` for the live edge. */
  | { readonly unit: 'npt'; readonly start?: number | 'now' | undefined; readonly end?: number | undefined }
  /** Milliseconds of the Unix epoch. */
  | { readonly unit: 'clock'; readonly start?: number | undefined; readonly end?: number | undefined }
  /** Seconds from the start of the clip, by its time codes. */
  | { readonly unit: SmpteUnit; readonly start?: number | undefined; readonly end?: number | undefined }

/** `smpte` alone means `smpte-30-drop`: 29.97 frames a second. */
export type SmpteUnit = 'smpte' | 'smpte-30-drop' | 'smpte-25'

/** Null where it is in another unit or cannot be read. */
export function parseRange(value: string): Range | null {
  // Blanks stand anywhere and mean nothing; with \s* in the pattern, long runs of them would take quadratic time.
  const match = /^(npt|clock|smpte(?:-30-drop|-25)?)=([^;-]*)-([^;]*)/i.exec(value.replace(/\s+/g, ''))
  if (!match) return null
  const [, name = '', start = '', end = ''] = match
  const unit = name.toLowerCase() as Range['unit']
  switch (unit) {
    case 'npt':
      return { unit, start: start.toLowerCase() === 'now' ? 'now' : parseNpt(start), end: parseNpt(end) }
    case 'clock':
      return { unit, start: parseUtc(start), end: parseUtc(end) }
    default:
      return { unit, start: parseSmpte(start, unit), end: parseSmpte(end, unit) }
  }
}

export function formatRange(range: Range): string {
  const format = (value: number): string => {
    if (range.unit === 'npt') return formatNpt(value)
    return range.unit === 'clock' ? formatUtc(value) : formatSmpte(value, range.unit)
  }
  const start = range.start === undefined ? '' : range.start === 'now' ? 'now' : format(range.start)
  return `${range.unit}=${start}-${range.end === undefined ? '' : format(range.end)}`
}

/** Seconds with a fraction, or hours:minutes:seconds. */
function parseNpt(text: string): number | undefined {
  const clock = /^(\d+):(\d{1,2}):(\d{1,2}(?:\.\d*)?)$/.exec(text)
  if (clock) return inRange(Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]))
  return /^\d+(\.\d*)?$/.test(text) ? inRange(Number(text)) : undefined
}

/** More digits than a number holds are no time. */
const inRange = (seconds: number): number | undefined => (seconds <= Number.MAX_SAFE_INTEGER ? seconds : undefined)

const formatNpt = (seconds: number): string => seconds.toFixed(3)

const YEAR_10000 = Date.UTC(10_000, 0)

/** `19961108T142300Z`, with an optional fraction of the second. */
function parseUtc(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\.\d+)?Z$/i.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number)
  const time = Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0)
  // Months and days beyond theirs are carried over, but not into a year of five digits.
  return time < YEAR_10000 ? time + Number(match[7] ?? 0) * 1000 : undefined
}

function formatUtc(milliseconds: number): string {
  const [date = '', time = ''] = new Date(milliseconds).toISOString().split('T')
  return `${date.replaceAll('-', '')}T${time.replaceAll(':', '')}`
}

/** Frames that the time codes count in a second, and in ten minutes: drop-frame codes leave out two a minute but the tenth. */
const SMPTE_25 = { nominal: 25, inTenMinutes: 15_000, dropped: 0 }
const SMPTE_30_DROP = { nominal: 30, inTenMinutes: 17_982, dropped: 2 }
const smpteRate = (unit: SmpteUnit) => (unit === 'smpte-25' ? SMPTE_25 : SMPTE_30_DROP)

/** `10:07:33:05.01`: hours, minutes, seconds, frames, and hundredths of a frame. */
function parseSmpte(text: string, unit: SmpteUnit): number | undefined {
  const match = /^(\d+):(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,2}))?)?$/.exec(text)
  if (!match) return undefined
  const [hours = 0, minutes = 0, seconds = 0, frames = 0, hundredths = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  const { nominal, inTenMinutes, dropped } = smpteRate(unit)
  const minute = hours * 60 + minutes
  const counted = (minute * 60 + seconds) * nominal + frames - dropped * (minute - Math.floor(minute / 10))
  return ((counted + hundredths / 100) / inTenMinutes) * 600
}

function formatSmpte(time: number, unit: SmpteUnit): string {
  const { nominal, inTenMinutes, dropped } = smpteRate(unit)
  const counted = Math.round((time / 600) * inTenMinutes)
  const inMinute = nominal * 60 - dropped
  const tens = Math.floor(counted / inTenMinutes)
  const rest = counted % inTenMinutes
  // The first minute of each ten has all its codes, the other nine lack the first two.
  const droppedMinutes = tens * 9 + Math.max(0, Math.floor((rest - dropped) / inMinute))
  const code = counted + dropped * droppedMinutes
  const digits = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const seconds = Math.floor(code / nominal)
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60, code % nominal].map(digits).join(':')
}
