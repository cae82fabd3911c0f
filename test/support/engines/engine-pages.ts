import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { playerScript } from '../player-page.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

export interface EnginePageOptions {
  /** Of the answer, such as a policy. */
  readonly headers?: Readonly<Record<string, string>>
  /** A classic script that runs before the player's: what a browser lacks is taken away there. */
  readonly before?: string
  /** Of `<link rel=stylesheet>`; the player is 640 pixels wide without. */
  readonly css?: string
}

/** Pages of another origin than the bridge's, for browsers whose drivers cannot answer requests themselves. */
export interface EnginePages {
  readonly origin: string
  /** Address of a page with this markup. The elements of it are upgraded: their script comes last. */
  add(body: string, options?: EnginePageOptions): string
  close(): Promise<void>
}

/** @param directory the built page's: its scripts are served from there */
export const serveEnginePages = async (directory: string): Promise<EnginePages> => {
  const made = new Map<string, { readonly text: string; readonly headers: Readonly<Record<string, string>> }>()
  const server = createServer(async ({ url = '' }, response) => {
    const path = new URL(url, 'http://x').pathname
    const page = made.get(path)
    const asset = /^\/assets\/[\w.-]+$/.test(path) ? await readFile(join(directory, path)).catch(() => null) : null
    const body = page?.text ?? asset
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    if (body === null) response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', ...page?.headers }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const add = (body: string, options: EnginePageOptions = {}): string => {
    const { headers = {}, before = '', css = 'rtsp-player { width: 640px }' } = options
    const name = `/${randomUUID()}`
    made.set(`${name}.css`, { text: `body { margin: 0 } ${css}`, headers: {} })
    made.set(`${name}.js`, { text: before, headers: {} })
    const text = `<!doctype html><html lang="en"><head><title>Player</title><link rel="icon" href="data:,">
      <link rel="stylesheet" href="${name}.css"><script src="${name}.js"></script></head><body>${body}
      <script type="module" src="${playerScript(directory)}"></script></body></html>`
    made.set(`${name}.html`, { text, headers })
    return `${origin}${name}.html`
  }
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { origin, add, close }
}
