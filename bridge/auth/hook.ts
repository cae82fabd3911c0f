import { createHash } from 'node:crypto'
import { request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { CLOSE, Refusal } from '../close-code.ts'
import type { Authority, Question } from './authority.ts'
import type { Grant } from './grant.ts'
import { checkHookHeader, readHookUrl } from './hook-address.ts'
import { type HookAnswer, readHookAnswer } from './hook-answer.ts'
import { undecided } from './permission.ts'
import { Turns } from './turns.ts'

export interface HookOptions {
  /** `https://` or `http://`; asked by POST. */
  readonly url: string
  /** Sent with each question, as for showing that it is the bridge who asks. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds for an answer, those of waiting for one's turn included. Default 5,000. */
  readonly timeoutMilliseconds?: number
  /** Questions at the same time. Default 32. */
  readonly concurrency?: number
  /** Milliseconds for which what was granted is not asked again. Default 0: it is asked each time. */
  readonly cacheMilliseconds?: number
}

/** Questions that wait for their turn. */
const MOST_WAITING = 1_000
/** Bytes of an answer: a list of all streams, at most. */
const MAX_ANSWER_BYTES = 64 * 1024
/** Answers that are kept. */
const MOST_CACHED = 1_000

/**
 * Asks the portal by HTTP what each visitor may do. It sees his cookie and his Authorization as if he had come by himself,
 * so that whatever guards its pages guards the streams, too.
 */
export class Hook implements Authority {
  readonly by = 'hook'
  /** The portal's tickets are its own affair. */
  readonly ticketPattern = /^[\x21-\x7e]{1,8192}$/
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeout: number
  readonly #turns: Turns
  readonly #cacheTime: number
  /** By what was asked, the oldest first. */
  readonly #cache = new Map<string, { readonly grant: Grant; readonly until: number }>()

  /** @throws TypeError where it cannot be asked like this */
  constructor({ url, headers = {}, timeoutMilliseconds, concurrency, cacheMilliseconds }: HookOptions) {
    this.#url = readHookUrl(url)
    for (const [name, value] of Object.entries(headers)) checkHookHeader(name, value)
    this.#headers = headers
    this.#timeout = timeoutMilliseconds ?? 5_000
    this.#turns = new Turns(concurrency ?? 32, MOST_WAITING)
    this.#cacheTime = cacheMilliseconds ?? 0
  }

  async decide(question: Question, signal?: AbortSignal): Promise<Grant> {
    const key = this.#cacheTime > 0 ? keyOf(question) : ''
    const known = this.#cache.get(key)
    if (known && Date.now() < known.until) return known.grant
    const answer = await this.#ask(question, signal)
    let grant: Grant
    try {
      grant = readHookAnswer(answer, question)
    } catch (error) {
      throw error instanceof Refusal ? error : undecided(error)
    }
    if (this.#cacheTime > 0) this.#remember(key, grant)
    return grant
  }

  /** @throws Refusal 4429, 4500 */
  async #ask(question: Question, signal: AbortSignal | undefined): Promise<HookAnswer> {
    if (this.#turns.isFull) throw new Refusal(CLOSE.tooMany, 'too many ask at the same time who may watch')
    const end = new AbortController()
    const late = () => end.abort(new Error(`it did not answer in ${this.#timeout / 1000} s`))
    const timer = setTimeout(late, this.#timeout)
    const leave = () => end.abort(new Error('the visitor has left'))
    signal?.addEventListener('abort', leave)
    try {
      await this.#turns.take(end.signal)
      try {
        return await post(this.#url, this.#fieldsFor(question), JSON.stringify(bodyOf(question)), end.signal)
      } finally {
        this.#turns.giveBack()
      }
    } catch (error) {
      throw undecided(end.signal.aborted ? end.signal.reason : error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
    }
  }

  #fieldsFor({ visitor: { authorization, cookie } }: Question): Record<string, string> {
    return {
      ...(authorization === undefined ? {} : { authorization }),
      ...(cookie === undefined ? {} : { cookie }),
      // What the operator says stands: then the visitor's own is told by the ticket.
      ...Object.fromEntries(Object.entries(this.#headers).map(([name, value]) => [name.toLowerCase(), value])),
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'rtsp-bridge',
    }
  }

  #remember(key: string, grant: Grant): void {
    this.#cache.delete(key)
    const [oldest] = this.#cache.keys()
    if (this.#cache.size >= MOST_CACHED && oldest !== undefined) this.#cache.delete(oldest)
    this.#cache.set(key, { grant, until: Math.min(grant.expiresAt, Date.now() + this.#cacheTime) })
  }
}

const bodyOf = ({ visitor: { address, ticket, origin, userAgent }, what, where }: Question) => ({
  who: { address, ticket, origin, userAgent },
  what,
  where,
})

/** Of all that the answer may depend on; in a form that gives no secret away. */
const keyOf = (question: Question): string => createHash('sha256').update(JSON.stringify(question)).digest('base64')

/** Without following redirects: what the visitor showed is for this address, and for no other. */
function post(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<HookAnswer> {
  const send = url.protocol === 'https:' ? requestByHttps : requestByHttp
  return new Promise((resolve, reject) => {
    // A connection for each: one that is kept may be closed by the portal just as it is used again.
    const request = send(url, { method: 'POST', headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_ANSWER_BYTES) response.destroy(new Error('its answer is too large'))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () => {
        const contentType = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString() })
      })
    })
    request.once('error', (error) => reject(new Error(reasonOf(error))))
    request.end(body)
  })
}

/** Without the address that the system puts into its messages. */
const reasonOf = (error: Error): string => ('code' in error ? `it cannot be asked (${error.code})` : error.message)
