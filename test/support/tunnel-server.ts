import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface TunnelRequest {
  readonly method: string
  readonly path: string
  /** By name in small letters. */
  readonly headers: ReadonlyMap<string, string>
  readonly socket: Socket
}

export interface TunnelServerOptions {
  /** RTSP server on 127.0.0.1 behind it. */
  readonly rtspPort: number
  /** Takes one request; a text is sent as the answer in place of the tunnel's, and the connection ended. */
  readonly refuse?: (request: TunnelRequest) => string | undefined
  /** Head of the answer to the GET. */
  readonly answer?: string
  /** The GET is answered only once the POST has come. */
  readonly answersLate?: boolean
  /** Takes no more of a POST than it announced, and ends the connection behind that. */
  readonly honoursLength?: boolean
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A camera's HTTP port that tunnels RTSP, with the manners that a test gives it. */
export interface TunnelServer {
  readonly port: number
  readonly requests: readonly TunnelRequest[]
  close(): Promise<void>
}

export const TUNNEL_ANSWER = 'HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n'

export async function startTunnelServer(options: TunnelServerOptions): Promise<TunnelServer> {
  const requests: TunnelRequest[] = []
  const sockets = new Set<Socket>()
  /** Connections to the RTSP server, by cookie. */
  const tunnels = new Map<string, Socket>()
  const { rtspPort, refuse, answer = TUNNEL_ANSWER, answersLate = false, honoursLength = false } = options

  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
  }
  const get = ({ headers, socket }: TunnelRequest) => {
    const cookie = headers.get('x-sessioncookie') ?? ''
    const rtsp = keep(connect(rtspPort, '127.0.0.1'))
    tunnels.set(cookie, rtsp)
    if (!answersLate) socket.write(answer)
    rtsp.on('data', (chunk) => socket.write(chunk))
    rtsp.on('close', () => socket.end())
    socket.on('close', () => {
      tunnels.delete(cookie)
      rtsp.destroy()
    })
  }
  const post = ({ headers, socket }: TunnelRequest, early: Buffer) => {
    const rtsp = tunnels.get(headers.get('x-sessioncookie') ?? '')
    const of = requests.find(
      (one) => one.method === 'GET' && one.headers.get('x-sessioncookie') === headers.get('x-sessioncookie'),
    )
    if (!rtsp || !of) {
      socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')
      return
    }
    if (answersLate) of.socket.write(answer)
    let left = honoursLength ? Number(headers.get('content-length')) : Number.POSITIVE_INFINITY
    let waiting = ''
    const take = (chunk: Buffer) => {
      const taken = chunk.subarray(0, left)
      left -= taken.length
      waiting += taken.toString('latin1')
      const whole = waiting.length - (waiting.length % 4)
      // Pieces are padded one by one, so that they are decoded in groups of four.
      for (let at = 0; at < whole; at += 4) rtsp.write(Buffer.from(waiting.slice(at, at + 4), 'base64'))
      waiting = waiting.slice(whole)
      if (left === 0) socket.end()
    }
    socket.on('data', take)
    take(early)
  }
  const accept = (socket: Socket) => {
    keep(socket)
    let head = Buffer.alloc(0)
    const read = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', read)
      const [line = '', ...fields] = head.subarray(0, end).toString('latin1').split('\r\n')
      const [method = '', path = ''] = line.split(' ')
      const headers = new Map(
        fields.map((field) => [field.split(':')[0]?.toLowerCase() ?? '', field.replace(/^[^:]*: */, '')]),
      )
      const request = { method, path, headers, socket }
      requests.push(request)
      const refusal = refuse?.(request)
      if (refusal !== undefined) socket.end(refusal)
      else if (method === 'GET') get(request)
      else post(request, head.subarray(end + 4))
    }
    socket.on('data', read)
  }
  const server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
