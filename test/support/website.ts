import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'

export interface Website {
  /** With a slash at its end. */
  readonly url: string
  close(): void
}

/**
 * A web server that is no bridge. It has the player's files, and answers anything else with a page, as web servers do; a
 * WebSocket with the status in its path, such as `/404/`.
 *
 * @param directory the built page's
 */
export async function startWebsite(directory: string): Promise<Website> {
  const server = createServer((request, response) => {
    const [, script] = /^\/(assets\/[\w.-]+\.js)$/.exec(request.url ?? '') ?? []
    if (script === undefined) return response.end('<h1>It works!</h1>')
    response.setHeader('Content-Type', 'text/javascript')
    return response.end(readFileSync(join(directory, script)))
  })
  const other = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const status = /\/(\d+)\//.exec(request.url ?? '')?.[1]
    // A service of another kind, which takes whatever is offered.
    if (status === '101') other.handleUpgrade(request, socket, head, (open) => open.send('{"hello":"world"}'))
    else
      socket.end(
        `HTTP/1.1 ${status} Whatever\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>It works!</h1>`,
      )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
