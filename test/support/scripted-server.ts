import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** A TCP (or TLS) server on 127.0.0.1 that does what a test says, for what real cameras don't do. */
export interface ScriptedServer {
  readonly port: number
  /** Connections accepted so far. */
  readonly accepted: readonly Socket[]
  /** Resolves with the connection that is accepted next, or was accepted and not yet taken. */
  connection(): Promise<Socket>
  close(): Promise<void>
}

export interface ScriptedServerOptions {
  readonly onConnection?: (socket: Socket) => void
  /** Keep the own half of a connection open when the other side has ended its half. */
  readonly allowHalfOpen?: boolean
  readonly tls?: { readonly cert: string; readonly key: string }
}

export async function startScriptedServer(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const accepted: Socket[] = []
  const untaken: Socket[] = []
  const waiting: ((socket: Socket) => void)[] = []
  const accept = (socket: Socket) => {
    // Resets are part of what is tested.
    socket.on('error', () => undefined)
    accepted.push(socket)
    options.onConnection?.(socket)
    const next = waiting.shift()
    if (next) next(socket)
    else untaken.push(socket)
  }
  const server = options.tls
    ? createTlsServer(options.tls, accept)
    : createServer({ allowHalfOpen: options.allowHalfOpen ?? false }, accept)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    connection() {
      const socket = untaken.shift()
      return socket ? Promise.resolve(socket) : new Promise((resolve) => waiting.push(resolve))
    },
    async close() {
      for (const socket of accepted) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

/** A port on 127.0.0.1 that refuses connections. */
export async function refusedPort(): Promise<number> {
  const server = await startScriptedServer()
  await server.close()
  return server.port
}

/** Reads until `count` bytes have come, and gives all that came. */
export async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  while (length < count) {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) {
      await once(socket, 'readable')
      continue
    }
    chunks.push(chunk)
    length += chunk.length
  }
  return Buffer.concat(chunks)
}
