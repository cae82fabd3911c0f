/** Many who watch. */
import { answer } from '../processes/calls.ts'
import { ViewerConnection, type ViewerOptions } from './viewer-connection.ts'

export interface ViewersToOpen extends Omit<ViewerOptions, 'from' | 'measures'> {
  readonly count: number
}

/** From one local address, as the bridge lets in only so many of one. */
const PER_ADDRESS = 100
/** That are connecting at the same time. */
const AT_ONCE = 20

const viewers: ViewerConnection[] = []

const calls = {
  /** Opens so many, beside those that are; resolves when all of them are watching. The very first measures. */
  open: async ({ count, ...options }: ViewersToOpen) => {
    const openOne = async () => {
      const index = viewers.length
      const from = `127.0.1.${1 + Math.floor(index / PER_ADDRESS)}`
      const viewer = new ViewerConnection({ ...options, from, measures: index === 0 })
      viewers.push(viewer)
      await viewer.play()
    }
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, openOne))
    }
  },
  /** Bytes since the last call, of all; what those measured that do (milliseconds); how many were closed. */
  take: () => {
    let bytes = 0
    let closed = 0
    const delays: number[] = []
    for (const viewer of viewers) {
      bytes += viewer.bytes
      viewer.bytes = 0
      closed += Number(viewer.closed)
      delays.push(...viewer.delays.splice(0))
    }
    return { bytes, closed, delays }
  },
}

export type ViewersCalls = typeof calls

answer(calls)
