import type { ByteReceiver, ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import type { RecordedStream } from './recorded-stream.ts'

const encoder = new TextEncoder()
const cseqOf = (request: Uint8Array): string | undefined => /CSeq: (\d+)/.exec(new TextDecoder().decode(request))?.[1]

/** Answers each request with what the server answered then; the media comes by `receiver`. */
export class ReplayedTransport implements ByteTransport {
  readonly bufferedAmount = 0
  readonly #answers: Uint8Array[]
  receiver: ByteReceiver | undefined

  constructor(stream: Pick<RecordedStream, 'answers'>) {
    this.#answers = [...stream.answers]
  }

  start(receiver: ByteReceiver): void {
    this.receiver = receiver
  }

  send(request: Uint8Array): void {
    // A report of our own is an interleaved frame.
    if (request[0] === 0x24) return
    const bytes = request.slice()
    queueMicrotask(() => {
      // The goodbye was not recorded.
      this.receiver?.bytes(this.#answers.shift() ?? encoder.encode(`RTSP/1.0 200 OK\r\nCSeq: ${cseqOf(bytes)}\r\n\r\n`))
    })
  }

  pause(): void {
    // What comes is decided by the benchmark.
  }

  resume(): void {
    // As above.
  }

  close(): void {
    this.receiver?.closed(null)
  }
}
