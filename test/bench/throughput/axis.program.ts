import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Readable, type Transform } from 'node:stream'
import { answer } from '../processes/calls.ts'
import { type MeasuredPass, measurePass, type PassOrder } from './measured-pass.ts'
import { chunksOf, readRecordedStream } from './recorded-stream.ts'

export type AxisPasses = {
  /** @param order `root`: of the repository */
  readonly measure: (order: PassOrder & { readonly root: string }) => Promise<readonly MeasuredPass[]>
}

/** Its message type for bytes of a socket. */
const RAW = 1

interface Tube {
  readonly incoming: Transform
}
interface MediaStreamLibrary {
  readonly RtspParser: new () => Tube
  readonly H264Depay: new () => Tube
  readonly Mp4Muxer: new () => Tube
}

/** Its stages from bytes to boxes, piped as its own pipelines do. */
const pass = (library: MediaStreamLibrary, chunks: readonly Buffer[]): Promise<MeasuredPass> =>
  measurePass(async () => {
    const parser = new library.RtspParser().incoming
    const muxer = new library.Mp4Muxer().incoming
    let bytesOut = 0
    muxer.on('data', ({ data }: { data?: Uint8Array }) => {
      bytesOut += data?.length ?? 0
    })
    Readable.from(chunks.map((data) => ({ type: RAW, data })))
      .pipe(parser)
      .pipe(new library.H264Depay().incoming)
      .pipe(muxer)
    await once(muxer, 'end')
    return bytesOut
  })

answer({
  measure: async ({ recording, chunkBytes, passes, root }) => {
    // Written for CommonJS, and installed beside its package.json there.
    const library = createRequire(`${root}/test/bench/peers/`)('media-stream-library') as MediaStreamLibrary
    const stream = readRecordedStream(recording)
    // The answer to DESCRIBE tells its stages what comes.
    const description = stream.answers.find((answer) => Buffer.from(answer).includes('application/sdp'))
    if (!description) throw new Error('The recording has no description.')
    const chunks = [Buffer.from(description), ...chunksOf(stream, chunkBytes).map((chunk) => Buffer.from(chunk))]
    const measured: MeasuredPass[] = []
    for (let i = 0; i < passes; i++) measured.push(await pass(library, chunks))
    return measured
  },
} satisfies AxisPasses)
