import type { IncomingMessage } from 'node:http'
import { SUBPROTOCOL } from '../subprotocol.ts'

/** Who comes, by what he shows; for those who decide about him, and for no log. */
export interface Visitor {
  /** Of the viewer, not of a proxy in front of the bridge. */
  readonly address: string
  readonly ticket: string | undefined
  /** As they came. */
  readonly authorization: string | undefined
  readonly cookie: string | undefined
  readonly origin: string | undefined
  readonly userAgent: string | undefined
}

/** @param address of the viewer */
export function visitorOf(request: IncomingMessage, address: string): Visitor {
  const { authorization, cookie, origin } = request.headers
  return {
    address,
    ticket: ticketOf(request),
    authorization,
    cookie,
    origin,
    userAgent: request.headers['user-agent'],
  }
}

/** Cookie in which a portal of the same site may put the ticket. */
export const TICKET_COOKIE = 'rtsp_ticket'

/**
 * The ticket of a request, from where there is one first: `Authorization: Bearer`, `access_token` of the query, a
 * subprotocol beside the standard's (a page can send no header with a WebSocket), or the cookie.
 */
function ticketOf(request: IncomingMessage): string | undefined {
  const { authorization, cookie } = request.headers
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (bearer) return bearer
  const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?')).get('access_token')
  if (query) return query
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  const other = offered.find((one) => one !== SUBPROTOCOL && one !== '')
  if (other) return other
  for (const pair of (cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === TICKET_COOKIE && value) return value
  }
  return undefined
}
