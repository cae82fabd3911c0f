/** Viewers as they are in life: they come, watch, stop reading, come back to it or not, go, and come again. */
import { setTimeout as wait } from 'node:timers/promises'
import { ViewerConnection } from '../load/viewer-connection.ts'
import { answer } from '../processes/calls.ts'

export interface VisitorOptions {
  readonly count: number
  readonly port: number
  /** Names of the bridge's streams; each visit is to one of them. */
  readonly streams: readonly string[]
}

/** Milliseconds. */
const LONGEST_WATCH = 12_000
const LONGEST_STALL = 30_000
const LONGEST_PAUSE = 2_000

const counts = { visits: 0, stalls: 0, refused: 0, sentAway: 0 }
let visiting = false
let all: Promise<void>[] = []

const upTo = (milliseconds: number) => wait(Math.random() * milliseconds)

async function visit({ port, streams }: VisitorOptions): Promise<void> {
  const stream = streams[Math.floor(Math.random() * streams.length)] ?? ''
  const viewer = new ViewerConnection({
    port,
    from: '127.0.0.1',
    target: `/rtsp?stream=${stream}`,
    subprotocol: 'rtsp.onvif.org',
    secure: false,
    uri: `rtsp://127.0.0.1:${port}/${stream === 'relay' ? 'lobby' : stream}`,
    measures: false,
  })
  counts.visits++
  try {
    // Some leave before they have seen anything.
    if (Math.random() < 0.1) {
      await Promise.race([viewer.play().catch(() => undefined), upTo(50)])
      return
    }
    await viewer.play()
    await upTo(LONGEST_WATCH)
    if (Math.random() < 0.4) {
      counts.stalls++
      viewer.pause()
      await upTo(LONGEST_STALL)
      if (Math.random() < 0.5) return
      viewer.resume()
      await upTo(LONGEST_WATCH)
    }
    if (viewer.closed) counts.sentAway++
  } catch {
    counts.refused++
  } finally {
    viewer.close()
  }
}

async function visitAgainAndAgain(options: VisitorOptions): Promise<void> {
  await upTo(LONGEST_PAUSE)
  while (visiting) {
    await visit(options)
    // Half of them come back at once.
    if (Math.random() < 0.5) await upTo(LONGEST_PAUSE)
  }
}

const calls = {
  begin: (options: VisitorOptions) => {
    visiting = true
    all = Array.from({ length: options.count }, () => visitAgainAndAgain(options))
  },
  /** Resolves when the last one has gone. */
  end: async () => {
    visiting = false
    await Promise.all(all)
  },
  counts: () => counts,
}

export type VisitorCalls = typeof calls

answer(calls)
