import * as v from 'valibot'
import { CLOSE, Refusal } from '../close-code.ts'
import type { Question } from './authority.ts'
import { type Grant, readRights } from './grant.ts'

/** What the portal said. */
export interface HookAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Milliseconds that a grant lasts at least, so that nobody is asked about without end. */
const SHORTEST = 1_000

const texts = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
])
const bodySchema = v.object({
  streams: v.optional(texts),
  rights: v.optional(texts),
  /** Seconds of the Unix epoch, as `exp` of a ticket. */
  expires: v.optional(v.pipe(v.number(), v.finite())),
  subject: v.optional(v.pipe(v.string(), v.maxLength(200))),
})

/**
 * What an answer allows: 2xx does, and its body may say more.
 * @throws Refusal 4401, 4403; Error, in words for the operator, where it says neither
 */
export function readHookAnswer({ status, contentType, body }: HookAnswer, { what, where }: Question): Grant {
  if (status === 401) throw new Refusal(CLOSE.ticket, 'a valid ticket is needed')
  if (status === 403) throw new Refusal(CLOSE.notAllowed, 'you may not watch this stream')
  if (status < 200 || status >= 300) throw new Error(`it answered ${status}`)
  const said = readBody(contentType, body)
  const expiresAt = said.expires === undefined ? Number.POSITIVE_INFINITY : said.expires * 1000
  if (expiresAt <= Date.now()) throw new Refusal(CLOSE.ticket, 'what was granted has expired')
  return {
    streams: said.streams ?? (where === undefined ? [] : [where]),
    rights: readRights(said.rights ?? [what === 'list' ? 'view' : what]),
    expiresAt: Math.max(expiresAt, Date.now() + SHORTEST),
    subject: said.subject,
  }
}

/** Only JSON is read: many a portal answers 200 with a page. */
function readBody(contentType: string, body: string): v.InferOutput<typeof bodySchema> {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType) || body.trim() === '') return {}
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw new Error('its answer is not JSON')
  }
  if (Array.isArray(json)) throw new Error('its answer is a list')
  const result = v.safeParse(bodySchema, json)
  if (!result.success) {
    const [issue] = result.issues
    throw new Error(`"${v.getDotPath(issue) ?? ''}" of its answer is not as it must be`)
  }
  return result.output
}
