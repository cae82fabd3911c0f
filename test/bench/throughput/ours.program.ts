import { type Profiler, Session } from 'node:inspector/promises'
import { Pipeline } from '../../../protocol/index.ts'
import { answer } from '../processes/calls.ts'
import { type MeasuredPass, type MeasuresPasses, measurePass, type PassOrder } from './measured-pass.ts'
import { chunksOf, type RecordedStream, readRecordedStream } from './recorded-stream.ts'
import { ReplayedTransport } from './replayed-transport.ts'

const NOTHING = new Uint8Array(0)

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
    // Not `for … of`, whose iterator makes an object for each chunk here.
    for (let i = 0; i < chunks.length; i++) receiver?.bytes(chunks[i] ?? NOTHING)
    return bytesOut
  })
  await pipeline.close()
  return measured
}

/** Microseconds between two looks at the stack. */
const SAMPLING_INTERVAL = 100

export type OurPasses = MeasuresPasses & {
  /** What the functions cost, in the passes behind the first ones. */
  readonly profile: (order: PassOrder & { readonly warmUp: number }) => Promise<Profiler.Profile>
}

answer({
  measure: async ({ recording, chunkBytes, passes }) => {
    const stream = readRecordedStream(recording)
    const chunks = chunksOf(stream, chunkBytes)
    const measured: MeasuredPass[] = []
    for (let i = 0; i < passes; i++) measured.push(await pass(stream, chunks))
    return measured
  },
  profile: async ({ recording, chunkBytes, passes, warmUp }) => {
    const stream = readRecordedStream(recording)
    const chunks = chunksOf(stream, chunkBytes)
    for (let i = 0; i < warmUp; i++) await pass(stream, chunks)
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL })
    await session.post('Profiler.start')
    for (let i = warmUp; i < passes; i++) await pass(stream, chunks)
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    return profile
  },
} satisfies OurPasses)
