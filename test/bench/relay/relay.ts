import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { Load } from '../load/load.ts'
import { axisProxy, bridge, haproxy, websockify, wsLoop } from '../peers/carriers.ts'
import { measureInTurn, quantile } from '../samples.ts'

const VIEWERS = 100
const RATE = 4_000_000
const WRITE_BYTES = 1_400
/** Milliseconds. */
const WARM_UP = 2_000
const WINDOW = 8_000

const OURS = 'rtsp-bridge, relay'

/** P7: what it costs to carry a camera's bytes to a viewer, untouched. */
export const relay: Benchmark = {
  name: 'relay',
  title: 'Relay: processor time by bytes carried',
  about: `${VIEWERS} viewers with a camera session each, of ${RATE / 1e6} Mbit/s in writes of ${WRITE_BYTES} bytes. Cameras, viewers and whatever carries the bytes between them are processes of their own; the time is that of the carrier alone, in the program and in the system, of all threads and child processes (/proc/PID/stat).`,
  options: {
    only: 'measure the carriers alone whose name holds one of these, with commas between',
    pattern: 'even or pictures; both by default',
    viewers: 'how many, 100 by default: fewer where the machine is shared',
  },
  async run({ root, programs, runs = 3, options, progress }) {
    const only = (options['only'] ?? '').split(',')
    const carriers = [bridge(OURS, 'relay'), haproxy, wsLoop, axisProxy, websockify].filter(({ name }) =>
      only.some((part) => name.includes(part)),
    )
    const patterns = PATTERNS.filter((one) => one === (options['pattern'] ?? one))
    const versions = Object.fromEntries(carriers.map(({ version }) => version))
    const load = await Load.start(programs)
    const tables = []
    const ratios: Record<string, number> = {}
    try {
      for (const pattern of patterns) {
        await load.camera.ask('send', { rate: RATE, writeBytes: WRITE_BYTES, pattern })
        const measured = await measureInTurn(carriers, runs, async (carrier, run) => {
          const running = await carrier.start({ root, programs }, load.cameraPort)
          try {
            await load.watch(running, Number(options['viewers'] ?? VIEWERS))
            await wait(WARM_UP)
            const figures = await load.measure(running.program.pid, WINDOW)
            progress(
              `run ${run + 1}, ${pattern}, ${carrier.name}: ${figures.secondsAGigabyte.toFixed(2)} s/GB, ${figures.megabitsASecond.toFixed(0)} Mbit/s`,
            )
            return {
              ...figures,
              delay: quantile(figures.delays, 0.5),
              delayP95: quantile(figures.delays, 0.95),
              delays: 0,
            }
          } finally {
            await load.leave()
            await running.stop()
          }
        })
        const peer = measured.get(haproxy.name)?.of('secondsAGigabyte').median ?? Number.NaN
        tables.push({
          title: TITLES[pattern],
          columns: ['', 'CPU s/GB', '× HAProxy', 'Mbit/s carried', 'delay ms', 'p95'],
          rows: carriers.map(({ name }) => {
            const of = (figure: string, digits: number) => measured.get(name)?.of(figure).text(digits) ?? ''
            const ratio = (measured.get(name)?.of('secondsAGigabyte').median ?? Number.NaN) / peer
            if (name === OURS) ratios[pattern] = ratio
            return [
              name,
              of('secondsAGigabyte', 2),
              ratio.toFixed(2),
              of('megabitsASecond', 0),
              of('delay', 1),
              of('delayP95', 1),
            ]
          }),
        })
      }
    } finally {
      await load.stop()
    }
    return {
      runs,
      versions,
      tables,
      targets: [
        { what: 'P7: relay, evenly spread writes, × HAProxy', value: ratios['even'] ?? Number.NaN, atMost: 1.25 },
      ],
      notes: [
        'HAProxy copies from TCP to TCP; the others also speak WebSocket, which browsers need: a head for each message, and for the bridge the bounds and times of each connection.',
        'The delay is that of one viewer: from the camera’s write of the last packet of a picture to its arrival.',
      ],
    }
  },
}

const PATTERNS = ['even', 'pictures'] as const

const TITLES = {
  even: 'Each packet alone, in equal distances, as the worst camera sends',
  pictures: 'All packets of a picture one after the other, as most cameras send',
} as const
