import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { Cable } from '../../support/cable.ts'
import type { BrowserDriver, BrowserPage } from '../../support/engines/browser-driver.ts'
import { startEngine } from '../../support/engines/engines.ts'
import type { Benchmark } from '../benchmark.ts'
import { quantile, Samples } from '../samples.ts'
import { type PictureSeen, pictureIsThere, startWatching, takeSeen } from './sight.ts'
import { type PlayerStage, setPlayerStage } from './stage.ts'

/** Milliseconds. */
const SETTLE = 6_000
const STALL = 5_000
const THEFT = 10_000
/** How long it is looked at afterwards. */
const AFTERWARDS = 12_000
/** P3: above the delay before the fault. */
const TOLERANCE = 10
/** Pictures in a row whose median tells the delay. */
const IN_A_ROW = 15

interface Fault {
  readonly name: string
  /** Resolves when all is well again, as far as it depends on the network and the machine. */
  happen(stage: PlayerStage, cable: Cable): Promise<void>
  /** Promised, in milliseconds from then on; undefined: nothing was. */
  readonly promised?: number
}

const stallOf = async (cable: Cable, milliseconds: number): Promise<void> => {
  cable.up.fault = { kind: 'stall' }
  cable.down.fault = { kind: 'stall' }
  await wait(milliseconds)
  cable.mend()
}

const FAULTS: readonly Fault[] = [
  { name: 'the network stands still for 5 s', promised: 2_000, happen: (_, cable) => stallOf(cable, STALL) },
  { name: '40 % of both cores are taken for 10 s', promised: 2_000, happen: () => stealTime(THEFT) },
  { name: 'the connection of the page is cut', happen: async (_, cable) => cable.cut() },
  {
    name: 'every 50,000th byte is another for 3 s',
    happen: async (_, cable) => {
      cable.down.fault = { kind: 'corrupt', every: 50_000 }
      await wait(3_000)
      cable.mend()
    },
  },
  { name: 'the bridge is killed and started again', happen: (stage) => stage.restartBridge() },
  { name: 'the camera is killed and started again', happen: (stage) => stage.restartCamera() },
]

/** P3, and the table of recovery. */
export const recovery: Benchmark = {
  name: 'recovery',
  title: 'Back at the live edge after a fault',
  about:
    'A player in Chromium, through a proxy of ours that mistreats its connection. Counted from the moment when all is well again: until a picture is shown, and until pictures have the delay again that they had before, within 10 ms.',
  async run({ root, runs = 3, progress }) {
    const stage = await setPlayerStage(root)
    const cable = new Cable(stage.port)
    const port = await cable.listen()
    const url = stage.page('clock-direct').replace(`:${stage.port}`, `:${port}`)
    const driver = await startEngine('chromium', 120_000)
    const measured = new Map(FAULTS.map(({ name }) => [name, new Recoveries()]))
    try {
      for (let run = 0; run < runs; run++) {
        for (const fault of FAULTS) {
          const recovered = await measure(driver, url, () => fault.happen(stage, cable))
          measured.get(fault.name)?.add(recovered)
          progress(
            `run ${run + 1}, ${fault.name}: picture after ${recovered.picture.toFixed(0)} ms, live after ${recovered.live.toFixed(0)} ms, ${recovered.reconnects} reconnects`,
          )
        }
      }
    } finally {
      await driver.close()
      cable.close()
      await stage.close()
    }
    const of = (name: string) => measured.get(name) ?? new Recoveries()
    return {
      runs,
      versions: { Chromium: driver.version.slice(driver.version.lastIndexOf(' ') + 1) },
      tables: [
        {
          title: 'Milliseconds after the end of the fault',
          columns: ['', 'a picture', 'at the live edge', 'delay before', 'delay after', 'reconnects'],
          rows: FAULTS.map(({ name }) => {
            const { picture, live, before, after, reconnects } = of(name)
            return [name, picture.text(0), live.text(0), before.text(0), after.text(0), reconnects.text(0)]
          }),
        },
      ],
      targets: FAULTS.flatMap(({ name, promised }) =>
        promised === undefined
          ? []
          : [
              { what: `P3: milliseconds, after ${name}`, value: of(name).live.median, atMost: promised },
              { what: `P3: reconnects, after ${name}`, value: of(name).reconnects.p95, atMost: 0 },
            ],
      ),
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

async function measure(driver: BrowserDriver, url: string, fault: () => Promise<void>): Promise<Recovered> {
  const page = await driver.open(url)
  try {
    await pictureIsThere(page)
    await startWatching(page)
    await wait(SETTLE)
    const before = quantile((await takeSeen(page)).slice(-60).map(delayOf), 0.5)
    const connected = await reconnects(page)
    await fault()
    const end = Date.now()
    await wait(AFTERWARDS)
    const seen = await takeSeen(page)
    const afterwards = seen.filter(({ at, value }) => at > end && value > end - STALL - before)
    const live = seen.findIndex(
      ({ at }, i) => at > end && medianFrom(seen, i) <= before + TOLERANCE && i + IN_A_ROW <= seen.length,
    )
    return {
      picture: (afterwards[0]?.at ?? Number.POSITIVE_INFINITY) - end,
      live: (seen[live]?.at ?? Number.POSITIVE_INFINITY) - end,
      before,
      after: quantile(seen.slice(-60).map(delayOf), 0.5),
      reconnects: (await reconnects(page)) - connected,
    }
  } finally {
    await page.close()
  }
}

const delayOf = ({ value, at }: PictureSeen): number => at - value

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
