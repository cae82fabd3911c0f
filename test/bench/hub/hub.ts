import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark, Table } from '../benchmark.ts'
import { Audience, Load } from '../load/load.ts'
import { bridge, type Carrier, haproxy } from '../peers/carriers.ts'
import { residentBytes } from '../processes/usage.ts'
import { measureInTurn, type SampledFigures } from '../samples.ts'

const FEW = 100
const MANY = 1_000
const RATE = 4_000_000
const WRITE_BYTES = 1_400
/** Milliseconds: a program that runs for days is not measured while its compiler still works. */
const WARM_UP = 10_000
/** Until the camera knows that who has gone has gone. */
const SETTLE = 2_000
const WINDOW = 8_000

const OURS = 'rtsp-bridge, hub'
/** What browsers ask for outside of a laboratory. */
const OURS_BY_TLS = 'rtsp-bridge, hub, by TLS'
const PATTERNS = ['even', 'pictures'] as const
const TITLES = {
  even: 'A camera that sends each packet alone, in equal distances',
  pictures: 'A camera that sends all packets of a picture one after the other, as most do',
} as const

/** P8: what it costs to give one camera's stream to many. */
export const hub: Benchmark = {
  name: 'hub',
  title: 'Hub: processor time and memory by viewers',
  about: `One camera of ${RATE / 1e6} Mbit/s in writes of ${WRITE_BYTES} bytes, for ${FEW} and for ${MANY} viewers, by WebSocket. Beside it, in the same seconds, HAProxy delivers the same to ${FEW}, each with a camera session of its own. Camera, viewers and carrier are processes of their own; the time is that of the carrier alone.`,
  options: { many: `how many viewers are many, ${MANY} by default`, pattern: 'even or pictures; both by default' },
  async run({ root, programs, runs = 3, options, progress }) {
    const many = Number(options['many'] ?? MANY)
    const patterns = PATTERNS.filter((one) => one === (options['pattern'] ?? one))
    const carriers = [bridge(OURS, 'hub'), bridge(OURS_BY_TLS, 'hub', true)]
    const load = await Load.start(programs)
    const tables: Table[] = []
    const worst = { ratio: Number.NaN, memory: 0, sessions: 0 }

    /** The hub beside HAProxy, and then alone with many. */
    const measureOne = async (carrier: Carrier, pattern: string) => {
      const running = [await haproxy.start({ root, programs }, load.cameraPort)]
      const audiences: Audience[] = []
      try {
        const own = await carrier.start({ root, programs }, load.cameraPort)
        running.push(own)
        for (const one of running) audiences.push(await load.audience(one, FEW))
        const [peers, viewers] = audiences
        if (!peers || !viewers) throw new Error('nobody watches')
        await wait(WARM_UP)
        const [peer, few] = await Audience.measure(audiences, WINDOW)
        if (!peer || !few) throw new Error('nothing was measured')
        const ratio = few.secondsAGigabyte / peer.secondsAGigabyte
        progress(
          `${pattern}, ${carrier.name}, ${FEW} viewers: ${few.secondsAGigabyte.toFixed(2)} s/GB, ${ratio.toFixed(2)} × HAProxy`,
        )
        await peers.stop()
        await running[0]?.stop()
        await wait(SETTLE)
        const figures = {
          cpu: few.secondsAGigabyte,
          rate: few.megabitsASecond,
          sessions: (await load.camera.ask('counts', undefined as never)).sessions,
          ratio,
          peerCpu: peer.secondsAGigabyte,
          peerRate: peer.megabitsASecond,
        }
        if (carrier.name !== OURS) return figures
        const { pid } = own.program
        const before = residentBytes(pid)
        await viewers.grow(many - FEW)
        await wait(WARM_UP)
        const [all] = await Audience.measure([viewers], WINDOW)
        if (!all) throw new Error('nothing was measured')
        const memory = (residentBytes(pid) - before) / (many - FEW) / 1000
        progress(
          `${pattern}, ${carrier.name}, ${many} viewers: ${all.secondsAGigabyte.toFixed(2)} s/GB, ${memory.toFixed(0)} KB a viewer`,
        )
        return {
          ...figures,
          manyCpu: all.secondsAGigabyte,
          manyRatio: all.secondsAGigabyte / peer.secondsAGigabyte,
          manyRate: all.megabitsASecond,
          memory,
          manySessions: (await load.camera.ask('counts', undefined as never)).sessions,
        }
      } finally {
        for (const one of [...audiences, ...running]) await one.stop()
      }
    }

    try {
      for (const pattern of patterns) {
        await load.camera.ask('send', { rate: RATE, writeBytes: WRITE_BYTES, pattern })
        const measured = await measureInTurn<Carrier>(carriers, runs, (carrier) => measureOne(carrier, pattern))
        const ours = measured.get(OURS)
        const secure = measured.get(OURS_BY_TLS)
        if (!ours || !secure) continue
        tables.push(tableOf(pattern, many, ours, secure))
        if (pattern === 'even') worst.ratio = Math.max(ours.of('ratio').median, ours.of('manyRatio').median)
        worst.memory = Math.max(worst.memory, ours.of('memory').median)
        worst.sessions = Math.max(worst.sessions, ours.of('manySessions').p95)
      }
    } finally {
      await load.stop()
    }
    return {
      runs,
      versions: Object.fromEntries([haproxy, ...carriers].map(({ version }) => version)),
      tables,
      targets: [
        {
          what: 'P8: processor time a delivered GB, packets in equal distances, × HAProxy',
          value: worst.ratio,
          atMost: 0.35,
        },
        { what: `P8: resident memory a viewer, from ${FEW} to ${many}, KB`, value: worst.memory, atMost: 100 },
        { what: 'P8: sessions at the camera', value: worst.sessions, atMost: 1 },
      ],
      notes: [
        `${many} viewers through HAProxy would be ${many} sessions at the camera, and more than this machine can send: its figure for ${FEW}, from the same run, stands for both.`,
        'The hub sends a picture as one message where its end is marked, so its cost goes by pictures and not by packets; a camera that sends its pictures in one go makes HAProxy’s work easier too.',
        'Memory is VmRSS, with all that V8 has not collected yet.',
      ],
    }
  },
}

function tableOf(pattern: 'even' | 'pictures', many: number, ours: SampledFigures, secure: SampledFigures): Table {
  const rowOfFew = (name: string, figures: SampledFigures) => [
    `${name}, ${FEW} viewers`,
    figures.of('cpu').text(2),
    figures.of('ratio').text(2),
    figures.of('rate').text(0),
    figures.of('sessions').text(0),
    '',
  ]
  return {
    title: TITLES[pattern],
    columns: ['', 'CPU s/GB', '× HAProxy', 'Mbit/s carried', 'sessions', 'KB a viewer'],
    rows: [
      [
        `${haproxy.name}, ${FEW} viewers`,
        ours.of('peerCpu').text(2),
        '1.00',
        ours.of('peerRate').text(0),
        String(FEW),
        '',
      ],
      rowOfFew(OURS, ours),
      rowOfFew(OURS_BY_TLS, secure),
      [
        `${OURS}, ${many} viewers`,
        ours.of('manyCpu').text(2),
        ours.of('manyRatio').text(2),
        ours.of('manyRate').text(0),
        ours.of('manySessions').text(0),
        ours.of('memory').text(0),
      ],
    ],
  }
}
