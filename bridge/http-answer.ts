import type { IncomingMessage, ServerResponse } from 'node:http'

const TEXT = 'text/plain; charset=utf-8'

/** Answers GET and HEAD with a text and a line end. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  type = TEXT,
): void {
  const body = Buffer.from(`${text}\n`)
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
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

/**
 * A path in front of all that is served: `/cameras`, or empty.
 * @throws TypeError
 */
export function parseBasePath(text: string): string {
  // Segments that URLs leave alone.
  if (!/^(?:\/[A-Za-z0-9._~-]+)*\/?$/.test(text)) throw new TypeError(`"${text}" is not a path: write it as /cameras`)
  return text.replace(/\/$/, '')
}
