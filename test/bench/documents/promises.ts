import type { AcceptedResult, AcceptedTable, AcceptedTarget } from './accepted-results.ts'

/** What was accepted, by the name of the benchmark. */
export type Accepted = (benchmark: string) => AcceptedResult | undefined

type Engine = 'chromium' | 'firefox' | 'webkit'

/** A row of the table of promises. */
export interface Promised {
  readonly id: string
  readonly what: string
  readonly promised: string
  /** `npm run bench -- NAME` of these. */
  readonly benchmarks: readonly string[]
  /** What a cell says; empty where it does not apply. */
  readonly inEngine?: (engine: Engine, accepted: Accepted) => string
  /** The same of what is measured without a browser. */
  readonly withoutEngine?: (accepted: Accepted) => string
  /** Which targets are of it; default: those that begin with its name. */
  readonly isOfIt?: (target: AcceptedTarget) => boolean
}

const table = (accepted: Accepted, benchmark: string, at = 0): AcceptedTable | undefined =>
  accepted(benchmark)?.tables[at]

/** What one figure of a table is with its unit; empty where there is none. */
const figure = (table: AcceptedTable | undefined, row: string, column: string, unit: string, digits = 0): string => {
  const value = table?.figure(row, column) ?? Number.NaN
  return Number.isNaN(value) ? '' : `${value.toFixed(digits)} ${unit}`
}

const list = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ')

const named = (name: string, text: string): string => (text === '' ? '' : `${name} ${text}`)

const delayOf = (renderer: string) => (engine: Engine, accepted: Accepted) => {
  const delay = table(accepted, 'delay')
  const row = `${renderer}, ${engine}`
  return list(
    named('p50', figure(delay, row, 'p50', 'ms', 1)),
    named('p95', figure(delay, row, 'p95', 'ms', 1)),
    named('shown', figure(delay, row, 'pictures shown, %', '%', 1)),
    named('sound later by', figure(delay, row, 'sound later, ms', 'ms')),
    named('on an X screen p50', figure(table(accepted, 'screen'), row, 'p50', 'ms', 1)),
  )
}

/** The value of the target that begins so. */
const target = (accepted: Accepted, benchmark: string, what: string, unit: string): string => {
  const found = accepted(benchmark)?.targets.find((one) => one.what.startsWith(what))
  return found && !Number.isNaN(found.value) ? `${Number(found.value.toPrecision(3))} ${unit}`.trim() : ''
}

const only =
  (engine: Engine, say: (accepted: Accepted) => string) =>
  (asked: Engine, accepted: Accepted): string =>
    asked === engine ? say(accepted) : ''

/** The targets of the project, in the order of their numbers. */
export const PROMISES: readonly Promised[] = [
  {
    id: 'P1',
    what: 'Capture to screen, Media Source Extensions',
    promised: 'p50 ≤ 35 ms, p95 ≤ 60 ms, ≤ 0.33 × Axis, as many pictures as Axis',
    benchmarks: ['delay', 'screen'],
    inEngine: (engine, accepted) =>
      list(
        delayOf('MSE')(engine, accepted),
        engine === 'chromium' ? named('×', target(accepted, 'delay', 'P1: × Axis', 'Axis')) : '',
      ),
  },
  {
    id: 'P1c',
    what: 'The same with WebCodecs',
    promised: 'p50 ≤ 30 ms',
    benchmarks: ['delay', 'screen'],
    inEngine: delayOf('WebCodecs'),
  },
  {
    id: 'P2',
    what: 'The same with sound that is heard',
    promised: 'p50 ≤ 60 ms, sound within ±40 ms of the picture',
    benchmarks: ['delay', 'lip-sync'],
    inEngine: (engine, accepted) =>
      list(
        delayOf('MSE with sound')(engine, accepted),
        named('heard after it is seen by', figure(table(accepted, 'lip-sync'), `AAC, ${engine}`, 'heard', 'ms')),
        named('of a camera that holds no picture back:', delayOf('MSE with sound, unheld')(engine, accepted)),
      ),
  },
  {
    id: 'P3',
    what: 'Back at the live edge after 5 s without network, 30 s in a hidden tab, 10 s with 40 % less processor',
    promised: 'within 2 s, in the same session',
    benchmarks: ['recovery'],
    inEngine: only('chromium', (accepted) => {
      const faults = table(accepted, 'recovery')
      const after = (row: string) => figure(faults, row, 'at the live edge', 'ms')
      return list(
        named('network', after('the network stands still')),
        named('hidden', after('the tab is hidden')),
        named('processor', after('40 %')),
      )
    }),
  },
  {
    id: 'P4',
    what: 'Drift, camera’s clock 200 ppm fast or slow',
    promised: 'last tenth = first tenth ± 5 ms',
    benchmarks: ['drift'],
    inEngine: (engine, accepted) => {
      const tenths = accepted('drift')?.tables.find(({ columns }) => columns.includes('drift'))
      const of = (ppm: string) => figure(tenths, `${engine}, ${ppm}`, 'drift', 'ms', 1)
      return list(named('+:', of('+200 ppm')), named('−:', of('−200 ppm')))
    },
    withoutEngine: (accepted) => {
      const found = accepted('drift')?.targets.filter(({ what }) => /^P4.*accelerated/.test(what)) ?? []
      return found.length === 0 ? '' : `a day: ${Math.max(...found.map(({ value }) => value)).toFixed(2)} ms`
    },
  },
  {
    id: 'P5',
    what: 'First picture, keyframe each 4 s, somebody watches already',
    promised: 'p50 ≤ 150 ms, p95 ≤ 300 ms, then at P1’s delay within 1 s',
    benchmarks: ['first-picture'],
    inEngine: (engine, accepted) => {
      const cell = table(accepted, 'first-picture')?.cell(`rtsp-player, ${engine}`, 'first picture') ?? ''
      const [, p50, p95] = /^(\d+) \((\d+)\)$/.exec(cell) ?? []
      const later = figure(table(accepted, 'first-picture'), `rtsp-player, ${engine}`, 'delay a second later', 'ms')
      return p50 ? list(`p50 ${p50} ms`, `p95 ${p95} ms`, named('a second later', later)) : ''
    },
  },
  {
    id: 'P6',
    what: 'Bytes in, fragmented MP4 out, one thread',
    promised: '≥ 1 GB/s, ≥ 20 × Axis, within 1.3 × for all chunk sizes, < 64 bytes of garbage a packet',
    benchmarks: ['throughput'],
    withoutEngine: (accepted) => {
      const sizes = table(accepted, 'throughput')
      return list(
        figure(sizes, '1400 bytes', 'ours, MB/s', 'MB/s'),
        named('×', figure(sizes, '1400 bytes', 'ratio', 'Axis')),
        named('sizes within', target(accepted, 'throughput', 'the fastest chunk size', '×')),
        named('garbage', figure(sizes, '64 KiB', 'ours, garbage', 'bytes')),
      )
    },
    isOfIt: () => true,
  },
  {
    id: 'P7',
    what: 'Bridge, relay: processor time a GB',
    promised: '≤ 1.25 × HAProxy',
    benchmarks: ['relay'],
    withoutEngine: (accepted) => {
      const even = table(accepted, 'relay')
      return list(
        named('×', figure(even, 'rtsp-bridge, relay', '× HAProxy', 'HAProxy', 2)),
        figure(even, 'rtsp-bridge, relay', 'CPU s/GB', 's/GB', 1),
      )
    },
  },
  {
    id: 'P8',
    what: 'Bridge, hub: 100 and 1,000 viewers of one camera',
    promised: '≤ 0.35 × HAProxy, ≤ 100 KB a viewer, one session at the camera',
    benchmarks: ['hub'],
    withoutEngine: (accepted) => {
      const even = table(accepted, 'hub')
      return list(
        named('×', figure(even, 'rtsp-bridge, hub, 100 viewers', '× HAProxy', 'HAProxy', 2)),
        target(accepted, 'hub', 'P8: resident memory', 'KB a viewer'),
        named('sessions', target(accepted, 'hub', 'P8: sessions', '')),
      )
    },
  },
  {
    id: 'P9',
    what: 'A wall of 16 tiles',
    promised: 'main thread < 10 %, no task over 50 ms, every tile at P1 + 50 ms, < 2 % not shown',
    benchmarks: ['wall'],
    inEngine: only('chromium', (accepted) => {
      const found = table(accepted, 'wall')
      const column = (name: string, unit: string, digits = 0) => {
        const value = found?.figures(name)[0] ?? Number.NaN
        return Number.isNaN(value) ? '' : `${value.toFixed(digits)} ${unit}`
      }
      return list(
        named('main thread', column('main thread busy, %', '%', 1)),
        named('longest task', column('longest task, ms', 'ms')),
        named('slowest tile', column('slowest tile p50, ms', 'ms')),
        named('not shown', column('not shown, %', '%', 1)),
      )
    }),
  },
  {
    id: 'P10',
    what: 'Bytes that a playing `<rtsp-player>` loads, gzip',
    promised: '≤ 35 KB',
    benchmarks: ['size'],
    inEngine: only('chromium', (accepted) => target(accepted, 'size', 'P10:', 'KB')),
  },
  {
    id: 'P11',
    what: 'Memory over hours, page of 16 tiles and bridge',
    promised: '≤ 1 MB an hour',
    benchmarks: ['hours', 'soak', 'drift'],
    inEngine: only('chromium', (accepted) => {
      const growth = table(accepted, 'hours', 1)
      const of = (row: string) => list(figure(growth, row, 'least squares', '', 2).trim())
      const error = (row: string) => figure(growth, row, '± (95 %)', 'MB an hour', 2)
      return of('page, used') === '' ? '' : `page ${of('page, used')} ± ${error('page, used')}`
    }),
    withoutEngine: (accepted) => {
      const growth = table(accepted, 'hours', 1)
      const of = figure(growth, 'bridge, used', 'least squares', '', 2).trim()
      const error = figure(growth, 'bridge, used', '± (95 %)', 'MB an hour', 2)
      const left = target(accepted, 'soak', 'P11: bridge, memory in use that is left', 'MB')
      return list(of === '' ? '' : `bridge ${of} ± ${error}`, named('left after thousands of visits:', left))
    },
  },
]

/** Those of its targets that were measured. */
export function targetsOf({ id, benchmarks, isOfIt }: Promised, accepted: Accepted): AcceptedTarget[] {
  const isMine = isOfIt ?? (({ what }) => what.startsWith(`${id}:`))
  return benchmarks
    .flatMap((name) => accepted(name)?.targets.filter(isMine) ?? [])
    .filter(({ value }) => !Number.isNaN(value))
}
