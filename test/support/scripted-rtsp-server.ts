import { RtspHeaders, type RtspRequest, type RtspResponse } from '../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../protocol/rtsp/message-parser.ts'
import { writeInterleavedHeader } from '../../protocol/rtsp/message-serializer.ts'
import { serializeResponse } from '../../protocol/rtsp/response-serializer.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { createMemoryTransportPair } from '../../protocol/transport/memory-transport.ts'

/** What a script answers: a response, raw bytes, or nothing at all. */
export type Answer =
  | { status?: number; headers?: Record<string, string | string[]>; body?: string; cseq?: string | null }
  | string
  | null

export type Script = (request: RtspRequest, index: number) => Answer

/**
 * The server's end of a connection in memory, that answers as a script says: for what real servers don't do.
 * CSeq is echoed unless the script says otherwise.
 */
export class ScriptedRtspServer {
  readonly client: ByteTransport
  readonly requests: RtspRequest[] = []
  readonly responses: RtspResponse[] = []
  readonly frames: { channel: number; payload: Uint8Array }[] = []
  closed = false
  readonly #transport: ByteTransport
  #together: number[] | undefined

  constructor(script: Script) {
    const [client, server] = createMemoryTransportPair()
    this.client = client
    this.#transport = server
    const parser = new RtspMessageParser({
      message: (message) => {
        if (message.kind === 'response') {
          this.responses.push(message)
          return
        }
        this.requests.push(message)
        this.#answer(message, script(message, this.requests.length - 1))
      },
      interleaved: (channel, bytes, start, end) => this.frames.push({ channel, payload: bytes.slice(start, end) }),
      skipped: () => undefined,
    })
    server.start({
      bytes: (chunk) => parser.push(chunk),
      closed: () => {
        this.closed = true
      },
    })
  }

  get methods(): string[] {
    return this.requests.map((request) => request.method)
  }

  send(bytes: Uint8Array | string): void {
    const piece = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    if (this.#together) this.#together.push(...piece)
    else this.#transport.send(piece)
  }

  /** Whatever `work` sends arrives in one piece. */
  sendTogether(work: () => void): void {
    const piece: number[] = []
    this.#together = piece
    work()
    this.#together = undefined
    this.send(Uint8Array.from(piece))
  }

  sendFrame(channel: number, payload: Uint8Array): void {
    const frame = new Uint8Array(4 + payload.length)
    writeInterleavedHeader(frame, 0, channel, payload.length)
    frame.set(payload, 4)
    this.send(frame)
  }

  hangUp(): void {
    this.#transport.close()
  }

  #answer(request: RtspRequest, answer: Answer): void {
    if (answer === null) return
    if (typeof answer === 'string') {
      this.send(answer)
      return
    }
    const headers = new RtspHeaders()
    const cseq = answer.cseq === undefined ? request.headers.get('CSeq') : answer.cseq
    if (cseq !== null && cseq !== undefined) headers.append('CSeq', cseq)
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
    }
    this.send(
      serializeResponse({ status: answer.status ?? 200, headers, body: new TextEncoder().encode(answer.body ?? '') }),
    )
  }
}
