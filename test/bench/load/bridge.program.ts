/** The bridge in a process that can be asked for its memory. Wants `--expose-gc`. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Bridge, createBridge, type StreamOptions } from '../../../bridge/index.ts'
import { answer } from '../processes/calls.ts'

declare const gc: () => void

let bridge: Bridge | undefined

const calls = {
  /** @returns its port */
  start: async ({ streams, pageDirectory }: { streams: Record<string, StreamOptions>; pageDirectory?: string }) => {
    bridge = await createBridge({
      streams,
      ...(pageDirectory === undefined ? {} : { pageDirectory }),
      limits: { viewers: 20_000, viewersPerAddress: 20_000 },
    })
    return bridge.port
  },
  /** Groups of pictures that viewers who did not read have missed. */
  skips: async () => {
    const metrics = await fetch(`${bridge?.url}metrics`)
    return Number(/^\w*skips_total\{.*\} (\d+)$/m.exec(await metrics.text())?.[1] ?? 0)
  },
  /** What is in use, in bytes, and how many handles and timers are; garbage is collected first. */
  look: async () => {
    for (let i = 0; i < 2; i++) {
      gc()
      await wait(10)
    }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    const handles = process.getActiveResourcesInfo().length
    return { viewers: bridge?.viewers ?? 0, rss, heapUsed, arrayBuffers, handles }
  },
}

export type MeasuredBridgeCalls = typeof calls

answer(calls)
