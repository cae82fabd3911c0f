import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { EngineName } from '../../support/engines/browser-driver.ts'
import type { Benchmark, BenchmarkContext, Table, Target } from '../benchmark.ts'
import { Browsers } from '../player/browsers.ts'
import { delayOf, type PictureSeen, pictureIsThere, startWatching, takeSeen } from '../player/sight.ts'
import { SKEWED_STREAMS, setPlayerStage, startClockCamera } from '../player/stage.ts'
import { showTiles } from '../player/tiles.ts'
import { AskedProgram } from '../processes/program.ts'
import { quantile } from '../samples.ts'
import { slopeOf } from '../slope.ts'
import { recordStream, writeRecordedStream } from '../throughput/recorded-stream.ts'
import type { DayCalls, HourSeen } from './day.program.ts'

const MINUTES = 10
const HOURS = 24
/** Hours that are left out of the slope of memory: the compiler's. */
const RAMP_UP_HOURS = 2
/** Milliseconds. */
const SETTLE = 10_000
const INTERVAL = 5_000
const RECORDED_BYTES = 1_000_000
const PARTS = 10
const MEGABYTE = 1_000_000
/** P4, in milliseconds. */
const PROMISED = 5

/** P4: a delay that does not creep. */
export const drift: Benchmark = {
  name: 'drift',
  title: 'Delay over a long time, with a camera’s clock that is off',
  about:
    'Two players in one page, 640×360, 30 pictures a second: the clock of one camera is 200 ppm fast, that of the other 200 ppm slow, by a proxy of ours that rewrites the timestamps of a camera of GStreamer’s. Read from the pixels, in real time. Then a day of a recorded stream in minutes, in Node: the pipeline, the feed of the media element and the live-edge controller, with a simulated clock and a simulated media element.',
  options: {
    minutes: `in real time, ${MINUTES} by default; 0: none`,
    hours: `of the accelerated day, ${HOURS} by default; 0: none`,
    engines: 'chromium, firefox, webkit; chromium by default',
  },
  async run(context) {
    const { options } = context
    const minutes = Number(options['minutes'] ?? MINUTES)
    const hours = Number(options['hours'] ?? HOURS)
    const real = minutes > 0 ? await inRealTime(context, minutes) : undefined
    const days = hours > 0 ? await accelerated(context, hours) : undefined
    return {
      runs: 1,
      versions: real?.versions ?? {},
      tables: [...(real?.tables ?? []), ...(days?.tables ?? [])],
      targets: [...(real?.targets ?? []), ...(days?.targets ?? [])],
      notes: [
        '200 ppm are 12 ms a minute, and 17 s a day, that the delay would grow by.',
        'Drift: the median delay of the last tenth of the time less that of the first.',
      ],
    }
  },
}

interface Part {
  readonly tables: readonly Table[]
  readonly targets: readonly Target[]
}

async function inRealTime({ root, options, progress }: BenchmarkContext, minutes: number) {
  const engines = (options['engines'] ?? 'chromium').split(',') as EngineName[]
  const stage = await setPlayerStage(root)
  const browsers = new Browsers()
  const streams = Object.entries(SKEWED_STREAMS)
  const rows: string[][] = []
  const targets: Target[] = []
  try {
    await browsers.start(engines)
    for (const engine of engines) {
      const seen = await browsers.ask(engine, async (browser) => {
        const page = await browser.open(stage.page('clock-fast'))
        await showTiles(
          page,
          streams.map(([name]) => name),
        )
        await pictureIsThere(page)
        await wait(SETTLE)
        const all: PictureSeen[][] = streams.map(() => [])
        for (const player of streams.keys()) await startWatching(page, player)
        const started = performance.now()
        while (performance.now() < started + minutes * 60_000) {
          await wait(INTERVAL)
          for (const [player, kept] of all.entries()) kept.push(...(await takeSeen(page, player)))
          const now = all.map((kept) => quantile(kept.slice(-150).map(delayOf), 0.5).toFixed(1))
          progress(`${engine}, minute ${((performance.now() - started) / 60_000).toFixed(1)}: ${now.join(', ')} ms`)
        }
        await page.close()
        return all
      })
      if (typeof seen === 'string') {
        progress(`${engine}: ${seen}`)
        continue
      }
      for (const [player, [, ppm]] of streams.entries()) {
        const tenths = medians(seen[player] ?? [])
        const name = `${engine}, ${ppm > 0 ? '+' : '−'}${Math.abs(ppm)} ppm`
        const change = (tenths.at(-1) ?? Number.NaN) - (tenths[0] ?? Number.NaN)
        rows.push([name, ...tenths.map((median) => median.toFixed(1)), change.toFixed(1)])
        targets.push({
          what: `P4: drift in ${minutes} min, ${name}, ms`,
          value: Math.abs(change),
          atMost: PROMISED,
        })
      }
    }
  } finally {
    await browsers.close()
    await stage.close()
  }
  const columns = ['', ...Array.from({ length: PARTS }, (_, tenth) => `tenth ${tenth + 1}`), 'drift']
  const tables = [{ title: `Median delay of each tenth of ${minutes} min in real time, ms`, columns, rows }]
  return { versions: browsers.versions(), tables, targets }
}

/** Of each tenth of the time. */
function medians(seen: readonly PictureSeen[]): number[] {
  const first = seen[0]?.at ?? 0
  const length = ((seen.at(-1)?.at ?? 0) - first) / PARTS
  return Array.from({ length: PARTS }, (_, tenth) => {
    const from = first + tenth * length
    return quantile(seen.filter(({ at }) => at >= from && at <= from + length).map(delayOf), 0.5)
  })
}

async function accelerated({ root, programs, progress }: BenchmarkContext, hours: number): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), 'rtsp-player-drift-'))
  const recording = join(folder, 'stream')
  const rows: string[][] = []
  const targets: Target[] = []
  try {
    const camera = await startClockCamera(root)
    try {
      writeRecordedStream(recording, await recordStream(`rtsp://127.0.0.1:${camera.port}/clock-direct`, RECORDED_BYTES))
    } finally {
      await camera.stop()
    }
    for (const ppm of Object.values(SKEWED_STREAMS)) {
      const name = `${ppm > 0 ? '+' : '−'}${Math.abs(ppm)} ppm`
      const program = AskedProgram.start<DayCalls>(programs, 'drift/day', ['--expose-gc'])
      try {
        await program.ask('begin', { recording, ppm })
        const seen: HourSeen[] = []
        for (let hour = 0; hour < hours; hour++) {
          seen.push(await program.ask('hour', undefined as never))
          progress(`${name}, ${describe(seen, hour).join('  ')}`)
        }
        const shown = [0, 1, ...Array.from({ length: 6 }, (_, i) => Math.round(((i + 1) * hours) / 6) - 1)]
        for (const hour of new Set(shown.filter((at) => at < hours))) rows.push([name, ...describe(seen, hour)])
        const flat = seen.slice(Math.min(RAMP_UP_HOURS, hours - 3))
        const growth = slopeOf(flat.map(({ used }, hour) => [hour, used / MEGABYTE]))
        targets.push(
          {
            what: `P4: drift in ${hours} h, accelerated, ${name}, ms`,
            value: Math.abs((seen.at(-1)?.delay ?? Number.NaN) - (seen[0]?.delay ?? Number.NaN)),
            atMost: PROMISED,
          },
          {
            what: `P11: growth of what is in use, accelerated, ${name}, MB an hour`,
            value: growth.value,
            atMost: 1,
          },
          {
            what: `P11: most seconds in the buffer, accelerated, ${name}`,
            value: Math.max(...seen.map(({ bufferedSeconds }) => bufferedSeconds)),
            atMost: 10,
          },
        )
      } finally {
        await program.stop()
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  const columns = ['', 'hour', 'delay ms', 'pictures shown', 'seeks', 'used MB', 'buffered s', 'ranges', 'timers']
  return { tables: [{ title: `${hours} h, accelerated`, columns, rows }], targets }
}

const describe = (hours: readonly HourSeen[], index: number): string[] => {
  const hour = hours[index]
  if (!hour) return []
  const { delay, pictures, seeks, used, bufferedSeconds, ranges, timers } = hour
  return [
    String(index + 1),
    delay.toFixed(1),
    String(pictures),
    String(seeks),
    (used / MEGABYTE).toFixed(2),
    bufferedSeconds.toFixed(1),
    String(ranges),
    String(timers),
  ]
}
