import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Grant } from './auth/grant.ts'
import { CLOSE, Refusal } from './close-code.ts'
import type { Arrival } from './forwarded.ts'
import { answerOperations, type OperationsOptions } from './health.ts'
import { answer, decodePath } from './http-answer.ts'
import type { PageFiles } from './page-files.ts'
import { isLoopbackHost } from './special-addresses.ts'
import type { StreamState } from './stream-states.ts'

/** The headers that we recommend to pages with a player, too. Style sheets of elements are constructed, not inline. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self'",
    // 'self' covers ws: and wss: of the same host (CSP3 section 6.7.2.8).
    "connect-src 'self'",
    // MediaSource is attached by an object URL.
    "media-src 'self' blob:",
    "img-src 'self' data:",
    "font-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

export interface HttpRoutesOptions {
  /** Null where the bridge serves no page. */
  readonly page: PageFiles | null
  /** In front of all that is for pages: empty, or `/cameras`. */
  readonly basePath: string
  /** Bytes of a request target. */
  readonly maxTargetBytes: number
  /** What may be seen by who asks. @throws Refusal 4401, 4403, 4429, 4500 */
  readonly grantOf: (request: IncomingMessage) => Promise<Grant>
  readonly streams: (grant: Grant) => Promise<StreamState[]>
  /** Null where these have an address of their own. */
  readonly operations: (OperationsOptions & { readonly arrival: (request: IncomingMessage) => Arrival }) | null
}

/** Everything but the WebSocket: the page, and what programs ask. */
export function createHttpRoutes(options: HttpRoutesOptions): RequestListener {
  const { page, basePath, maxTargetBytes, operations } = options
  return (request, response) => {
    if (!isQuestion(request, response, maxTargetBytes)) return
    const whole = decodePath(request.url ?? '/')
    if (whole === undefined) return answer(request, response, 400, 'The address cannot be read.')
    if (operations) {
      const mayMeasure = isOfThisMachine(operations.arrival(request))
      if (answerOperations(whole, request, response, operations, mayMeasure)) return
    }
    const pathname = whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : undefined
    switch (pathname) {
      case undefined:
        // The links of the page are relative.
        if (whole === basePath) response.setHeader('Location', `${basePath}/`)
        return answer(request, response, whole === basePath ? 308 : 404, whole === basePath ? 'Moved.' : 'Not found.')
      case '/api/streams':
        response.setHeader('Cache-Control', 'no-store')
        listStreams(request, response, options)
        return
      case '/rtsp':
        response.setHeader('Upgrade', 'websocket')
        return answer(request, response, 426, 'This is a WebSocket endpoint (subprotocol rtsp.onvif.org).')
    }
    if (page?.serve(pathname, request, response)) return
    const notBuilt = page === null && pathname === '/'
    answer(request, response, 404, notBuilt ? 'This bridge serves no page. Build it: npm run build.' : 'Not found.')
  }
}

/** What is served at an address that only those reach who run the bridge. */
export function createOperationsRoutes(operations: OperationsOptions): RequestListener {
  return (request, response) => {
    if (!isQuestion(request, response, MAX_OPERATIONS_TARGET)) return
    if (answerOperations(decodePath(request.url ?? '/'), request, response, operations, true)) return
    answer(request, response, 404, 'Here are /healthz, /readyz and /metrics.')
  }
}

const MAX_OPERATIONS_TARGET = 1024

/** Sets the headers of every answer, and answers what is not asked as it must be. */
function isQuestion(request: IncomingMessage, response: ServerResponse, maxTargetBytes: number): boolean {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  if ((request.url ?? '/').length > maxTargetBytes) {
    answer(request, response, 414, 'The address is too long.')
    return false
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    answer(request, response, 405, 'Only GET and HEAD are served here.')
    return false
  }
  return true
}

/** Not through a proxy, nor from a page whose name was pointed at this machine (DNS rebinding). */
function isOfThisMachine({ address, direct, authority }: Arrival): boolean {
  const name = authority?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return direct && isLoopbackHost(address) && name !== undefined && isLoopbackHost(name)
}

/** The streams that may be watched with the ticket that comes with the request. */
function listStreams(
  request: IncomingMessage,
  response: ServerResponse,
  { grantOf, streams }: Pick<HttpRoutesOptions, 'grantOf' | 'streams'>,
): void {
  const found = grantOf(request).then(streams)
  found.then(
    (states) => answer(request, response, 200, JSON.stringify({ streams: states }), 'application/json; charset=utf-8'),
    (error: unknown) => {
      const { closeCode, message } = error instanceof Refusal ? error : new Refusal(CLOSE.undecided, 'Try again later.')
      const status = STATUS_OF_REFUSAL[closeCode] ?? 503
      if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
      answer(request, response, status, message)
    },
  )
}

const STATUS_OF_REFUSAL: Readonly<Record<number, number>> = {
  [CLOSE.ticket]: 401,
  [CLOSE.notAllowed]: 403,
  [CLOSE.tooMany]: 429,
}
