import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { Cable } from '../../support/cable.ts'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { installSegmentFaults, type SegmentFault, type SegmentFaults } from '../../support/faulty-source-buffer.ts'
import type { Benchmark } from '../benchmark.ts'
import { quantile, Samples } from '../samples.ts'
import { type ChromiumPage, startChromiumWithTools } from './chromium.ts'
import { delayOf, type PictureSeen, pictureIsThere, startWatching, takeSeen } from './sight.ts'
import { type PlayerStage, RESTARTED_STREAM, setPlayerStage } from './stage.ts'

/** Milliseconds. */
const SETTLE = 6_000
const STALL = 5_000
const THEFT = 10_000
const HIDDEN = 30_000
/** How long it is looked at afterwards, at most. */
const AFTERWARDS = 12_000
/** Pictures from then on, whose median is the delay afterwards. */
const AT_LEAST = 60
/** P3: above the delay before the fault. */
const TOLERANCE = 10
/** Pictures in a row whose median tells the delay. */
const IN_A_ROW = 15

/** What a fault may be made of. */
interface Scene {
  readonly stage: PlayerStage
  readonly cable: Cable
  readonly page: ChromiumPage
}

interface Fault {
  readonly name: string
  /** Resolves when all is well again, as far as it depends on the network and the machine. */
  happen(scene: Scene): Promise<void>
  /** Promised, in milliseconds from then on; undefined: nothing was. */
  readonly promised?: number
  /** Default: `clock-direct`. */
  readonly stream?: string
  /** Runs in the page before its own scripts. */
  readonly prepare?: () => void
  /** What is to be as it was before, for the next. */
  undo?(stage: PlayerStage): Promise<void>
}

const FAULTS: readonly Fault[] = [
  {
    name: 'the network stands still for 5 s',
    promised: 2_000,
    happen: async ({ cable }) => {
      cable.up.fault = { kind: 'stall' }
      cable.down.fault = { kind: 'stall' }
      await wait(STALL)
      cable.mend()
    },
  },
  {
    name: 'the tab is hidden for 30 s',
    promised: 2_000,
    happen: async ({ page }) => {
      await page.hide()
      await wait(HIDDEN)
      await page.show()
    },
  },
  { name: '40 % of both cores are taken for 10 s', promised: 2_000, happen: () => stealTime(THEFT) },
  { name: 'the connection of the page is cut', happen: async ({ cable }) => cable.cut() },
  {
    name: 'every 50,000th byte is another for 3 s',
    happen: async ({ cable }) => {
      cable.down.fault = { kind: 'corrupt', every: 50_000 }
      await wait(3_000)
      cable.mend()
    },
  },
  { name: 'the bridge is killed and started again', happen: ({ stage }) => stage.restartBridge() },
  { name: 'the camera is killed and started again', happen: ({ stage }) => stage.restartCamera() },
  {
    name: 'the camera comes back with another size and profile',
    happen: ({ stage }) => stage.restartCamera(['--larger']),
    undo: (stage) => stage.restartCamera(),
  },
  {
    name: 'sequence numbers and timestamps begin anew',
    stream: RESTARTED_STREAM,
    happen: async ({ stage }) => stage.restartSequence(),
  },
  { name: 'the decoder reports an error', prepare: installSegmentFaults, happen: ({ page }) => harm(page, 'garbage') },
  { name: 'the buffer is full once', prepare: installSegmentFaults, happen: ({ page }) => harm(page, 'quota', 1) },
  {
    name: 'the buffer is full, and stays so',
    prepare: installSegmentFaults,
    happen: ({ page }) => harm(page, 'quota'),
  },
  {
    name: 'the decoder takes pictures and shows none',
    prepare: installSegmentFaults,
    happen: ({ page }) => harm(page, 'swallowed'),
  },
]

/** What happens to so many of the segments that come. */
const harm = (page: ChromiumPage, fault: SegmentFault, segments = 1_000): Promise<void> =>
  page.evaluate(
    (fault: SegmentFault, segments: number) => {
      const faults = globalThis as unknown as SegmentFaults
      faults.segmentsLeft = segments
      faults.segmentFault = fault
    },
    fault,
    segments,
  )

/** P3, and the table of recovery. */
export const recovery: Benchmark = {
  name: 'recovery',
  title: 'Back at the live edge after a fault',
  about:
    'A player in Chromium, through a proxy of ours that mistreats its connection. Counted from the moment when all is well again, and where nothing has to become well from the fault itself: until a picture is shown that was captured after it, and until pictures have the delay again that they had before, within 10 ms.',
  options: { faults: 'numbers of the rows, from 1: 1,4,7; all by default' },
  async run({ root, runs = 3, options, progress }) {
    const chosen = options['faults']?.split(',').map(Number)
    const faults = FAULTS.filter((_, index) => chosen?.includes(index + 1) ?? true)
    const stage = await setPlayerStage(root)
    const cable = new Cable(stage.port)
    const port = await cable.listen()
    const chromium = await startChromiumWithTools()
    const measured = new Map(faults.map(({ name }) => [name, new Recoveries()]))
    try {
      for (let run = 0; run < runs; run++) {
        for (const fault of faults) {
          const url = stage.page(fault.stream ?? 'clock-direct').replace(`:${stage.port}`, `:${port}`)
          const page = await chromium.open(url, fault.prepare)
          try {
            const recovered = await measure(page, () => fault.happen({ stage, cable, page }))
            measured.get(fault.name)?.add(recovered)
            progress(`run ${run + 1}, ${fault.name}: ${describe(recovered)}`)
          } catch (error) {
            // One figure less, and the others are worth having.
            progress(`run ${run + 1}, ${fault.name}: not measured. ${error}`)
          } finally {
            await page.close()
            await fault.undo?.(stage)
          }
        }
      }
    } finally {
      await chromium.close()
      cable.close()
      await stage.close()
    }
    const of = (name: string) => measured.get(name) ?? new Recoveries()
    return {
      runs,
      versions: { Chromium: chromium.version },
      tables: [
        {
          title: 'Milliseconds',
          columns: ['', 'a picture', 'at the live edge', 'delay before', 'delay after', 'reconnects'],
          rows: faults.map(({ name }) => {
            const { picture, live, before, after, reconnects } = of(name)
            return [name, picture.text(0), live.text(0), before.text(0), after.text(0), reconnects.text(0)]
          }),
        },
      ],
      targets: faults.flatMap(({ name, promised }) =>
        promised === undefined
          ? []
          : [
              { what: `P3: milliseconds, after ${name}`, value: of(name).live.median, atMost: promised },
              { what: `P3: reconnects, after ${name}`, value: of(name).reconnects.p95, atMost: 0 },
            ],
      ),
      notes: [
        'The camera sends a keyframe each second: where a decoder or a session begins anew, up to a second goes by until one comes.',
        'Infinity: not within the time that it was looked at, 12 s.',
      ],
    }
  },
}

interface Recovered {
  readonly picture: number
  readonly live: number
  readonly before: number
  readonly after: number
  readonly reconnects: number
}

const describe = ({ picture, live, before, after, reconnects }: Recovered): string =>
  `picture after ${picture.toFixed(0)} ms, live after ${live.toFixed(0)} ms, delay ${before.toFixed(0)} ms before and ${after.toFixed(0)} ms after, ${reconnects} reconnects`

class Recoveries {
  readonly picture = new Samples()
  readonly live = new Samples()
  readonly before = new Samples()
  readonly after = new Samples()
  readonly reconnects = new Samples()

  add(recovered: Recovered): void {
    this.picture.add(recovered.picture)
    this.live.add(recovered.live)
    this.before.add(recovered.before)
    this.after.add(recovered.after)
    this.reconnects.add(recovered.reconnects)
  }
}

async function measure(page: ChromiumPage, fault: () => Promise<void>): Promise<Recovered> {
  await pictureIsThere(page)
  await startWatching(page)
  await wait(SETTLE)
  const before = quantile((await takeSeen(page)).slice(-AT_LEAST).map(delayOf), 0.5)
  const connected = await reconnects(page)
  await fault()
  const end = Date.now()
  const seen: PictureSeen[] = []
  let live = -1
  // Until it has been live for a while.
  while (Date.now() < end + AFTERWARDS && !(live >= 0 && seen.length - live > AT_LEAST)) {
    await wait(500)
    seen.push(...(await takeSeen(page)).filter(({ at }) => at > end))
    live = seen.findIndex(
      ({ value }, i) => value > end && i + IN_A_ROW <= seen.length && medianFrom(seen, i) <= before + TOLERANCE,
    )
  }
  return {
    picture: (seen.find(({ value }) => value > end)?.at ?? Number.POSITIVE_INFINITY) - end,
    live: (seen[live]?.at ?? Number.POSITIVE_INFINITY) - end,
    before,
    after: quantile(seen.slice(-AT_LEAST).map(delayOf), 0.5),
    reconnects: (await reconnects(page)) - connected,
  }
}

const medianFrom = (seen: readonly PictureSeen[], start: number): number =>
  quantile(seen.slice(start, start + IN_A_ROW).map(delayOf), 0.5)

const reconnects = (page: BrowserPage): Promise<number> =>
  page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.reconnects ?? 0)

/** Two programs that work for 40 of each 100 ms. */
async function stealTime(milliseconds: number): Promise<void> {
  const work = 'setInterval(() => { const end = performance.now() + 40; while (performance.now() < end); }, 100)'
  const thieves: ChildProcess[] = [1, 2].map(() => spawn(process.execPath, ['-e', work], { stdio: 'ignore' }))
  await wait(milliseconds)
  for (const thief of thieves) thief.kill('SIGKILL')
}
