import { Pipeline } from '../../../protocol/index.ts'
import type { ByteReceiver, ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { answer } from '../processes/calls.ts'
import { type MeasuredPass, type MeasuresPasses, measurePass } from './measured-pass.ts'
import { chunksOf, type RecordedStream, readRecordedStream } from './recorded-stream.ts'

const encoder = new TextEncoder()
const cseqOf = (request: Uint8Array): string | undefined => /CSeq: (\d+)/.exec(new TextDecoder().decode(request))?.[1]

/** Answers each request with what the server answered then; the media comes by `receiver`. */
class ReplayedTransport implements ByteTransport {
  readonly bufferedAmount = 0
  readonly #answers: Uint8Array[]
  receiver: ByteReceiver | undefined

  constructor(stream: RecordedStream) {
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

const pass = async (stream: RecordedStream, chunks: readonly Uint8Array[]): Promise<MeasuredPass> => {
  const transport = new ReplayedTransport(stream)
  let bytesOut = 0
  const count = ({ data }: { readonly data: Uint8Array }) => {
    bytesOut += data.length
  }
  const pipeline = new Pipeline(
    transport,
    { uri: 'rtsp://127.0.0.1/file', audio: false },
    { initializationSegment: count, mediaSegment: count, closed: () => undefined },
  )
  await pipeline.open()
  const { receiver } = transport
  const measured = await measurePass(() => {
    for (const chunk of chunks) receiver?.bytes(chunk)
    return bytesOut
  })
  await pipeline.close()
  return measured
}

answer({
  measure: async ({ recording, chunkBytes, passes }) => {
    const stream = readRecordedStream(recording)
    const chunks = chunksOf(stream, chunkBytes)
    const measured: MeasuredPass[] = []
    for (let i = 0; i < passes; i++) measured.push(await pass(stream, chunks))
    return measured
  },
} satisfies MeasuresPasses)
