import { formatRange, parseRange, type Range } from './headers/range.ts'
import { formatRtpInfo } from './headers/rtp-info.ts'
import type { RtspHeaders } from './message.ts'
import { type PlayAnswer, type PlayRequest, RtspRefusal } from './server-stream.ts'

const DECIMAL = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)\s*$/

/** Whether a PLAY asks for anything. RFC 2326 section 10.5: a bare one while playing changes nothing; clients use it to show that they live. */
export const asksForPlace = (headers: RtspHeaders): boolean =>
  headers.has('Range') || headers.has('Scale') || headers.has('Speed')

/** @throws RtspRefusal 457 for a Range, 456 for a Scale or Speed that says nothing */
export function readPlayRequest(headers: RtspHeaders): PlayRequest {
  const scale = readDecimal(headers, 'Scale')
  const speed = readDecimal(headers, 'Speed')
  if (scale === 0) throw new RtspRefusal(456, 'Scale is 0: use PAUSE')
  if (speed <= 0) throw new RtspRefusal(456, 'Speed is not above 0')
  return { range: readRange(headers.get('Range')), scale, speed }
}

/** PAUSE with a time (section 10.6) would be a pause point; none is kept here, so it may only say "at once". */
export function checkPausePoint(headers: RtspHeaders): void {
  const range = readRange(headers.get('Range'))
  if (range && range.start !== 'now') throw new RtspRefusal(457, 'PAUSE takes effect at once: leave the Range away')
}

/**
 * The fields that answer PLAY: the place and the pace that are used, and where each track begins (section 12.33).
 *
 * @param asked the fields of the request: what it states is answered, even where the answer is the default
 */
export function playHeaders(answer: PlayAnswer, uri: string, asked: RtspHeaders): [string, string][] {
  const { range, scale = 1, speed = 1, tracks } = answer
  const fields: [string, string][] = [['Range', formatRange(range)]]
  if (scale !== 1 || asked.has('Scale')) fields.push(['Scale', String(scale)])
  if (speed !== 1 || asked.has('Speed')) fields.push(['Speed', String(speed)])
  const entries = tracks.map(({ control, sequence, rtpTime }) => ({ url: `${uri}/${control}`, sequence, rtpTime }))
  if (entries.length > 0) fields.push(['RTP-Info', formatRtpInfo(entries)])
  return fields
}

function readDecimal(headers: RtspHeaders, name: 'Scale' | 'Speed'): number {
  const value = headers.get(name) ?? '1'
  if (!DECIMAL.test(value)) throw new RtspRefusal(456, `${name} is not a number`)
  return Number(value)
}

/** Null where none is stated. A part that is stated must be readable: to a guess the client could not object. */
function readRange(value: string | undefined): Range | null {
  if (value === undefined) return null
  const range = parseRange(value)
  const [, start = '', end = ''] = /=\s*([^\s;-]*)\s*-\s*([^\s;]*)/.exec(value) ?? []
  const unread = (text: string, read: unknown): boolean => text !== '' && read === undefined
  if (!range || unread(start, range.start) || unread(end, range.end)) throw new RtspRefusal(457)
  if (range.start === undefined && range.end === undefined) throw new RtspRefusal(457)
  return range
}
