import type { RtspRequest } from './message.ts'
import { RtspRefusal, type ServerPlayback } from './server-stream.ts'

const TYPE = 'text/parameters'
/** Parameters in one request. */
const MAXIMUM = 64

export interface ParameterAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array
}

/**
 * GET_PARAMETER and SET_PARAMETER (RFC 2326 sections 10.8 and 10.9). Without a body they are a sign of life.
 * Parameters can be read, not set: 458 for those that exist, 451 with their names for those that don't.
 *
 * @throws RtspRefusal 415 for a body of another type, 413 for too many parameters
 */
export function answerParameters(request: RtspRequest, playback: ServerPlayback | null): ParameterAnswer {
  const names = parameterNames(request)
  const values = names.map((name) => ({ name, value: playback?.parameter?.(name) }))
  const unknown = values.filter(({ value }) => value === undefined).map(({ name }) => name)
  if (unknown.length > 0) return lines(451, unknown)
  if (names.length === 0) return { status: 200, headers: [] }
  if (request.method === 'SET_PARAMETER') return lines(458, names)
  return lines(
    200,
    values.map(({ name, value }) => `${name}: ${value}`),
  )
}

/** One a line, up to the colon where there is one. */
function parameterNames({ headers, body }: RtspRequest): string[] {
  if (body.length === 0) return []
  const type = headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== TYPE) throw new RtspRefusal(415, undefined, [['Accept', TYPE]])
  const names = new TextDecoder()
    .decode(body)
    .split(/\r\n|\n|\r/)
    .map((line) => (line.split(':')[0] ?? '').trim())
    .filter((name) => name !== '')
  if (names.length > MAXIMUM) throw new RtspRefusal(413, `No more than ${MAXIMUM} parameters at a time`)
  return names
}

const lines = (status: number, texts: readonly string[]): ParameterAnswer => ({
  status,
  headers: [['Content-Type', TYPE]],
  body: new TextEncoder().encode(texts.map((text) => `${text}\r\n`).join('')),
})
