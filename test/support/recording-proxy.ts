import { connect, createServer, type Socket } from 'node:net'

/** Stands in front of a server of this machine, and keeps every byte that goes through, both ways. */
export interface RecordingProxy {
  readonly port: number
  /** Connections that go through it. */
  readonly connections: number
  /** Since the start. */
  readonly connectionsEver: number
  /** All that the server sent, and all that was sent to it, a byte a character; WebSocket messages as they were before the mask. */
  record(): string
  close(): Promise<void>
}

export async function startRecordingProxy(serverPort: number): Promise<RecordingProxy> {
  const chunks: Buffer[] = []
  const upgraded: Buffer[][] = []
  const sockets = new Set<Socket>()
  let ever = 0
  const server = createServer({ noDelay: true }, (near) => {
    ever++
    const far = connect({ port: serverPort, host: '127.0.0.1', noDelay: true })
    const up: Buffer[] = []
    upgraded.push(up)
    near.on('data', (chunk: Buffer) => up.push(chunk))
    far.on('data', (chunk: Buffer) => chunks.push(chunk))
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    get connections() {
      return Math.ceil(sockets.size / 2)
    },
    get connectionsEver() {
      return ever
    },
    record: () => Buffer.concat([...chunks, ...upgraded.map((up) => unmasked(Buffer.concat(up)))]).toString('latin1'),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A request of HTTP, and what follows it where it is an upgrade: frames of a client (RFC 6455 section 5.2). */
function unmasked(bytes: Buffer): Buffer {
  const head = bytes.indexOf('\r\n\r\n') + 4
  if (!/^upgrade: *websocket/im.test(bytes.toString('latin1', 0, head))) return bytes
  const parts = [bytes.subarray(0, head)]
  for (let at = head; at + 6 <= bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    const length =
      extended === 2 ? bytes.readUInt16BE(at + 2) : extended === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : short
    const mask = bytes.subarray(at + 2 + extended, at + 6 + extended)
    at += 6 + extended
    parts.push(bytes.subarray(at, at + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)) as Buffer)
    at += length
  }
  return Buffer.concat(parts)
}
