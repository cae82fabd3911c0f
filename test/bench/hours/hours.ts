import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark, Target } from '../benchmark.ts'
import type { MeasuredBridgeCalls } from '../load/bridge.program.ts'
import { type ChromiumPage, startChromiumWithTools } from '../player/chromium.ts'
import { delaysInTurn } from '../player/sight.ts'
import { buildPage, startClockCamera } from '../player/stage.ts'
import { askTiles, showTiles } from '../player/tiles.ts'
import { AskedProgram } from '../processes/program.ts'
import { quantile } from '../samples.ts'
import { type Slope, slopeOf } from '../slope.ts'

const TILES = 16
const MINUTES = 20
const STREAM = 'clock-15'
/** Part of the time that is left out of the slopes: compilers, caches and buffers fill. */
const RAMP_UP = 0.25
/** Milliseconds between looks, and of looking at one tile. */
const INTERVAL = 20_000
const LOOK = 400
/** Buffers are trimmed once in so many seconds: less than that is when it was looked at. */
const TRIMMED = 5
/** Rows of the table. */
const ROWS = 12
const MEGABYTE = 1_000_000

interface Look {
  readonly minute: number
  readonly pageUsed: number
  readonly pageResident: number
  readonly bridgeUsed: number
  readonly bridgeResident: number
  /** Milliseconds, of all tiles. */
  readonly delay: number
  /** Of the tile with the most. */
  readonly ranges: number
  readonly bufferedSeconds: number
  readonly reconnects: number
}

type Measured = 'pageUsed' | 'pageResident' | 'bridgeUsed' | 'bridgeResident'

/** P11 in real time: a page that nobody closes. */
export const hours: Benchmark = {
  name: 'hours',
  title: `Memory of ${TILES} tiles over time`,
  about: `${TILES} players of 640×360, 15 pictures a second, in one page of Chromium, all from one hub, in real time. After a collection of garbage: what JavaScript has in use, objects and buffers, of the page and its workers and of the bridge; and what their processes hold (VmRSS). Delay by the pixels of one tile after the other; buffered seconds and ranges are those of the tile with the most.`,
  options: { minutes: `how long, ${MINUTES} by default`, tiles: `how many, ${TILES} by default` },
  async run({ root, programs, options, progress }) {
    const minutes = Number(options['minutes'] ?? MINUTES)
    const tiles = Number(options['tiles'] ?? TILES)
    buildPage(root)
    const camera = await startClockCamera(root)
    const bridge = AskedProgram.start<MeasuredBridgeCalls>(programs, 'load/bridge', ['--expose-gc'])
    const chromium = await startChromiumWithTools()
    const looks: Look[] = []
    try {
      const port = await bridge.ask('start', {
        streams: { [STREAM]: { url: `rtsp://127.0.0.1:${camera.port}/${STREAM}`, mode: 'hub' } },
        pageDirectory: `${root}/dist/page`,
      })
      const page = await chromium.open(`http://127.0.0.1:${port}/?src=${STREAM}`)
      await showTiles(
        page,
        Array.from({ length: tiles }, () => STREAM),
      )
      const started = performance.now()
      while (performance.now() < started + minutes * 60_000) {
        await wait(INTERVAL)
        const now = await look(page, bridge, tiles, started)
        looks.push(now)
        progress(describe(now).join('  '))
      }
    } finally {
      await chromium.close()
      await bridge.stop()
      await camera.stop()
    }
    const flat = looks.filter(({ minute }) => minute >= minutes * RAMP_UP)
    const growth = (figure: Measured): Slope => slopeOf(flat.map((one) => [one.minute / 60, one[figure] / MEGABYTE]))
    const slopes = {
      pageUsed: growth('pageUsed'),
      pageResident: growth('pageResident'),
      bridgeUsed: growth('bridgeUsed'),
      bridgeResident: growth('bridgeResident'),
    }
    const first = flat.slice(0, Math.ceil(flat.length / 5))
    const last = flat.slice(-Math.ceil(flat.length / 5))
    const change = (figure: 'delay' | 'bufferedSeconds') =>
      quantile(
        last.map((one) => one[figure]),
        0.5,
      ) -
      quantile(
        first.map((one) => one[figure]),
        0.5,
      )
    const shown = looks.filter((_, index) => index % Math.ceil(looks.length / ROWS) === 0)
    return {
      runs: 1,
      versions: { Chromium: chromium.version },
      tables: [
        {
          title: `${tiles} tiles for ${minutes} min`,
          columns: [
            'minute',
            'page, used MB',
            'page, RSS MB',
            'bridge, used MB',
            'bridge, RSS MB',
            'delay ms',
            'buffered s',
            'ranges',
            'reconnects',
          ],
          rows: shown.map(describe),
        },
        {
          title: `Growth after the first ${Math.round(RAMP_UP * 100)} % of the time, MB an hour`,
          columns: ['', 'least squares', '± (95 %)'],
          rows: [
            ['page, used', ...describeSlope(slopes.pageUsed)],
            ['page, RSS', ...describeSlope(slopes.pageResident)],
            ['bridge, used', ...describeSlope(slopes.bridgeUsed)],
            ['bridge, RSS', ...describeSlope(slopes.bridgeResident)],
          ],
        },
      ],
      targets: [
        growthTarget('page', slopes.pageUsed),
        growthTarget('bridge of those tiles', slopes.bridgeUsed),
        {
          what: 'P11: page, seconds more in the buffers at the end',
          value: change('bufferedSeconds'),
          atMost: TRIMMED,
        },
        { what: 'P11: page, ranges of a buffer', value: Math.max(...flat.map(({ ranges }) => ranges)), atMost: 2 },
      ],
      notes: [
        `The delay changed by ${change('delay').toFixed(0)} ms from the first fifth to the last; it depends on whatever else the machine does.`,
        'A slope below its uncertainty is none. Resident memory also has what collectors have not given back.',
      ],
    }
  },
}

async function look(
  page: ChromiumPage,
  bridge: AskedProgram<MeasuredBridgeCalls>,
  tiles: number,
  started: number,
): Promise<Look> {
  const delays = await delaysInTurn(page, tiles, LOOK)
  const { ranges, bufferedSeconds, reconnects } = await askTiles(page)
  const { used, resident } = await page.memory()
  const { heapUsed, arrayBuffers, rss } = await bridge.ask('look', undefined as never)
  return {
    minute: (performance.now() - started) / 60_000,
    pageUsed: used,
    pageResident: resident,
    bridgeUsed: heapUsed + arrayBuffers,
    bridgeResident: rss,
    delay: quantile(delays, 0.5),
    ranges,
    bufferedSeconds,
    reconnects,
  }
}

/** What is certain of it. */
const growthTarget = (what: string, { value, error }: Slope): Target => ({
  what: `P11: ${what}, growth of what is in use, MB an hour, less its uncertainty`,
  value: value - error,
  atMost: 1,
})

const describeSlope = ({ value, error }: Slope): string[] => [value.toFixed(2), error.toFixed(2)]

const describe = (one: Look): string[] => [
  one.minute.toFixed(1),
  (one.pageUsed / MEGABYTE).toFixed(2),
  (one.pageResident / MEGABYTE).toFixed(0),
  (one.bridgeUsed / MEGABYTE).toFixed(2),
  (one.bridgeResident / MEGABYTE).toFixed(0),
  one.delay.toFixed(0),
  one.bufferedSeconds.toFixed(1),
  String(one.ranges),
  String(one.reconnects),
]
