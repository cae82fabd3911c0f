import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import type { Bridge } from '../../bridge/index.ts'

export interface Ending {
  readonly code: number
  readonly reason: string
}

/** A viewer of the bridge that is not a browser: keeps what it receives, and how it ended. */
export class TestViewer {
  readonly ws: WebSocket
  /** Resolves when the connection is over, whoever ended it. */
  readonly ended: Promise<Ending>
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(
    bridge: Pick<Bridge, 'port'>,
    query = '',
    options: ClientOptions = {},
    protocols = ['rtsp.onvif.org'],
    endpoint = `ws://127.0.0.1:${bridge.port}/rtsp`,
  ) {
    this.ws = new WebSocket(`${endpoint}${query}`, protocols, options)
    this.ws.on('error', () => undefined)
    this.ws.on('message', (data: Buffer) => {
      this.#chunks.push(data)
      this.#length += data.length
    })
    this.ended = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  static url(bridge: Pick<Bridge, 'port'>, url: string, options?: ClientOptions): TestViewer {
    return new TestViewer(bridge, `?url=${encodeURIComponent(url)}`, options)
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get receivedLength(): number {
    return this.#length
  }

  async opened(): Promise<this> {
    if (this.ws.readyState === WebSocket.CONNECTING) await once(this.ws, 'open')
    return this
  }

  /** Waits until that many bytes have come in all. */
  async receives(length: number): Promise<Buffer> {
    while (this.#length < length) await once(this.ws, 'message')
    return this.received
  }
}
