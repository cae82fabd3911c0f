import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import type { MeasuredBridgeCalls } from '../load/bridge.program.ts'
import type { CameraCalls } from '../load/camera.program.ts'
import { AskedProgram } from '../processes/program.ts'
import { openHandles } from '../processes/usage.ts'
import { slopeOf } from '../slope.ts'
import type { VisitorCalls } from './visitors.program.ts'

const VISITORS = 200
const MINUTES = 10
/** Minutes before the first look at what is left: the compiler and the caches have theirs then. */
const WARM_UP_MINUTES = 1
/** Milliseconds between looks, and for the camera's session to end when the last viewer has gone. */
const INTERVAL = 5_000
const GRACE = 15_000
/** Part of the time that is left out of the slope: 200 come one after the other, and the first who do not read pile up. */
const RAMP_UP = 0.4
/** Part of the viewers who have to be there for a look to count in the slope. */
const NEARLY_ALL = 0.8
/** Minutes below which a slope says nothing. */
const SLOPE_MINUTES = 5
/** Rows of the table. */
const ROWS = 12
const MEGABYTE = 1_000_000

interface Look {
  readonly minute: number
  readonly viewers: number
  readonly sessions: number
  readonly rss: number
  /** Objects, and the memory of buffers. */
  readonly used: number
  readonly handles: number
  readonly files: number
}

/** P11 of the bridge, in small: whoever came and went has left nothing behind. */
export const soak: Benchmark = {
  name: 'soak',
  title: 'Soak: memory while viewers come, stall and go',
  about: `${VISITORS} viewers come to a hub and a relay, watch, stop reading, go on or go, and come again. Memory is looked at after a collection of garbage; at the end, as after the first minute, all leave.`,
  options: { minutes: `how long, ${MINUTES} by default`, viewers: `how many, ${VISITORS} by default` },
  async run({ programs, options, progress }) {
    const minutes = Number(options['minutes'] ?? MINUTES)
    const count = Number(options['viewers'] ?? VISITORS)
    const camera = AskedProgram.start<CameraCalls>(programs, 'load/camera')
    const bridge = AskedProgram.start<MeasuredBridgeCalls>(programs, 'load/bridge', ['--expose-gc'])
    const visitors = AskedProgram.start<VisitorCalls>(programs, 'soak/visitors')
    const started = performance.now()
    const looks: Look[] = []

    const look = async (): Promise<Look> => {
      const { viewers, rss, heapUsed, arrayBuffers, handles } = await bridge.ask('look', undefined as never)
      const { sessions } = await camera.ask('counts', undefined as never)
      const minute = (performance.now() - started) / 60_000
      return { minute, viewers, sessions, rss, used: heapUsed + arrayBuffers, handles, files: openHandles(bridge.pid) }
    }

    /** Lets them come and go for so long, and then all go. @returns what is left */
    const round = async (port: number, length: number): Promise<Look> => {
      await visitors.ask('begin', { count, port, streams: ['hub', 'hub', 'hub', 'relay'] })
      for (const end = performance.now() + length * 60_000; performance.now() < end; ) {
        await wait(INTERVAL)
        const now = await look()
        looks.push(now)
        progress(describe(now).join('  '))
      }
      await visitors.ask('end', undefined as never)
      await wait(GRACE)
      const left = await look()
      progress(`all have gone: ${describe(left).join('  ')}`)
      return left
    }

    try {
      await camera.ask('send', { rate: 2_000_000, writeBytes: 1_400, pattern: 'pictures' })
      const cameraPort = await camera.ask('listen', undefined as never)
      const url = `rtsp://127.0.0.1:${cameraPort}/lobby`
      const streams = { hub: { url, mode: 'hub' }, relay: { url, mode: 'relay' } } as const
      const port = await bridge.ask('start', { streams })
      const before = await round(port, Math.min(WARM_UP_MINUTES, minutes / 2))
      const visitsBefore = (await visitors.ask('counts', undefined as never)).visits
      const firstOfSecond = looks.length
      const after = await round(port, minutes)
      const { visits, stalls, refused, sentAway } = await visitors.ask('counts', undefined as never)
      const flat = looks.slice(firstOfSecond)
      const flatFrom = (flat[0]?.minute ?? 0) + minutes * RAMP_UP
      const growth = slopeOf(
        flat
          .filter(({ minute, viewers }) => minute >= flatFrom && viewers > count * NEARLY_ALL)
          .map(({ minute, used }) => [minute / 60, used / MEGABYTE]),
      )
      const skips = await bridge.ask('skips', undefined as never)
      const shown = looks.slice(firstOfSecond).filter((_, index, { length }) => index % Math.ceil(length / ROWS) === 0)
      return {
        runs: 1,
        versions: {},
        tables: [
          {
            title: `${count} viewers for ${minutes} min: ${visits} visits, ${stalls} stalls, ${skips} groups of pictures skipped, ${refused} refused, ${sentAway} sent away for being slow`,
            columns: ['', 'minute', 'viewers', 'sessions', 'RSS MB', 'used MB', 'handles', 'files'],
            rows: [
              ['empty, before', ...describe(before)],
              ...shown.map((one) => ['', ...describe(one)]),
              ['empty, after', ...describe(after)],
            ],
          },
        ],
        targets: [
          {
            what: 'P11: bridge, memory in use that is left, MB',
            value: (after.used - before.used) / MEGABYTE,
            atMost: 2,
          },
          {
            what: 'P11: bridge, growth of what is in use, MB an hour, less its uncertainty',
            value: minutes < SLOPE_MINUTES ? Number.NaN : growth.value - growth.error,
            atMost: 1,
          },
          { what: 'P11: bridge, handles that are left', value: after.handles - before.handles, atMost: 0 },
          { what: 'P11: bridge, sessions with the camera that are left', value: after.sessions, atMost: 0 },
        ],
        notes: [
          `${visits - visitsBefore} visits lie between the two rows of an empty bridge.`,
          `While viewers are there, memory goes up and down with those who do not read. Growth by least squares after the first ${Math.round(RAMP_UP * 100)} % of the time: ${growth.value.toFixed(1)} ± ${growth.error.toFixed(1)} MB an hour; 1 MB more at the end of 10 minutes is 6 MB an hour. What is left when all have gone tells more.`,
        ],
      }
    } finally {
      await Promise.all([visitors.stop(), bridge.stop(), camera.stop()])
    }
  },
}

const describe = ({ minute, viewers, sessions, rss, used, handles, files }: Look): string[] => [
  minute.toFixed(1),
  String(viewers),
  String(sessions),
  (rss / MEGABYTE).toFixed(1),
  (used / MEGABYTE).toFixed(2),
  String(handles),
  String(files),
]
