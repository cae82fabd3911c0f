import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a bridge asked. */
export interface Asked {
  readonly path: string
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: {
    readonly who: Readonly<Record<string, string | undefined>>
    readonly what: string
    readonly where?: string
  }
}

export interface Portal {
  readonly url: string
  readonly port: number
  readonly asked: readonly Asked[]
  /** Questions without an answer. */
  readonly pending: number
  /** The most of them at the same time. */
  readonly mostPending: number
  close(): Promise<void>
}

/** What a portal does with a question. */
export type Decide = (asked: Asked, response: ServerResponse) => void

/** A portal that decides who may watch. */
export async function startPortal(decide: Decide): Promise<Portal> {
  const asked: Asked[] = []
  let pending = 0
  let mostPending = 0
  const server = createServer(async (request, response) => {
    mostPending = Math.max(mostPending, ++pending)
    response.on('close', () => pending--)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { url: path = '', method = '', headers } = request
    const one: Asked = { path, method, headers, body: JSON.parse(Buffer.concat(chunks).toString()) as Asked['body'] }
    asked.push(one)
    decide(one, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/may-watch`,
    port,
    asked,
    get pending() {
      return pending
    },
    get mostPending() {
      return mostPending
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers with JSON. */
export function say(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
