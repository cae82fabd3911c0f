import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { covers, type Grant } from './auth/grant.ts'
import { Refusal } from './close-code.ts'
import type { PageFiles } from './page-files.ts'
import type { TargetPolicy } from './targets.ts'

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
  readonly policy: () => TargetPolicy
  /** Bytes of a request target. */
  readonly maxTargetBytes: number
  /** What the ticket of a request allows. @throws Refusal 4401 */
  readonly grantOf: (request: IncomingMessage) => Promise<Grant>
}

/** Everything but the WebSocket: the page, and what programs ask. */
export function createHttpRoutes({ page, policy, maxTargetBytes, grantOf }: HttpRoutesOptions): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    const target = request.url ?? '/'
    if (target.length > maxTargetBytes) return answer(request, response, 414, 'The address is too long.')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return answer(request, response, 405, 'Only GET and HEAD are served here.')
    }
    const pathname = decodePath(target)
    switch (pathname) {
      case undefined:
        return answer(request, response, 400, 'The address cannot be read.')
      case '/healthz':
        response.setHeader('Cache-Control', 'no-store')
        return answer(request, response, 200, 'ok')
      case '/api/streams':
        response.setHeader('Cache-Control', 'no-store')
        listStreams(request, response, policy(), grantOf)
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

/** The path of a request target in origin form, decoded; undefined for anything else. */
export function decodePath(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined
  try {
    return decodeURIComponent(target.replace(/[?#].*$/s, ''))
  } catch {
    return undefined
  }
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, text: string, type = 'text/plain') {
  const body = Buffer.from(`${text}\n`)
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The streams that may be watched with the ticket that comes with the request. */
function listStreams(
  request: IncomingMessage,
  response: ServerResponse,
  policy: TargetPolicy,
  grantOf: HttpRoutesOptions['grantOf'],
): void {
  grantOf(request).then(
    (grant) => {
      const streams = policy.listStreams().filter(({ name }) => covers(grant, name))
      answer(request, response, 200, JSON.stringify({ streams }), 'application/json')
    },
    (error: unknown) => {
      response.setHeader('WWW-Authenticate', 'Bearer')
      answer(request, response, 401, error instanceof Refusal ? error.message : 'A ticket is needed.')
    },
  )
}
