/** What one pass over a recorded stream cost. */
export interface MeasuredPass {
  readonly seconds: number
  /** Bytes allocated on the heap of JavaScript meanwhile; NaN where the garbage collector ran. */
  readonly heapBytes: number
  /** Bytes of fragmented MP4 that came out: what tells that the work was done. */
  readonly bytesOut: number
}

/** What a program is asked for. */
export interface PassOrder {
  /** Path of a `RecordedStream`. */
  readonly recording: string
  /** Bytes of media that come at once. */
  readonly chunkBytes: number
  readonly passes: number
}

/** What a program of this benchmark answers. */
export type MeasuresPasses = {
  readonly measure: (order: PassOrder) => Promise<readonly MeasuredPass[]>
}

/** Node's flags for such a program: nothing is collected within a pass. */
export const NO_COLLECTION = ['--expose-gc', '--max-semi-space-size=1024', '--min-semi-space-size=1024']

/** Measures one piece of work in a program that was started with `NO_COLLECTION`. */
export async function measurePass(work: () => number | Promise<number>): Promise<MeasuredPass> {
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  const bytesOut = await work()
  const seconds = (performance.now() - start) / 1000
  const heapBytes = process.memoryUsage().heapUsed - before
  return { seconds, heapBytes: heapBytes < 0 ? Number.NaN : heapBytes, bytesOut }
}
