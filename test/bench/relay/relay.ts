import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark, Table } from '../benchmark.ts'
import { Audience, Load } from '../load/load.ts'
import { axisProxy, bridge, type Carrier, haproxy, websockify, wsLoop } from '../peers/carriers.ts'
import { measureInTurn, quantile, Samples } from '../samples.ts'

const VIEWERS = 50
const RATE = 4_000_000
const WRITE_BYTES = 1_400
/** Milliseconds. */
const WARM_UP = 3_000
const WINDOW = 8_000

const OURS = 'rtsp-bridge, relay'
const PATTERNS = ['even', 'pictures'] as const
const TITLES = {
  even: 'Each packet alone, in equal distances, as the worst camera sends',
  pictures: 'All packets of a picture one after the other, as most cameras send',
} as const

/** P7: what it costs to carry a camera's bytes to a viewer, untouched. */
export const relay: Benchmark = {
  name: 'relay',
  title: 'Relay: processor time by bytes carried',
  about: `100 viewers with a camera session each, of ${RATE / 1e6} Mbit/s in writes of ${WRITE_BYTES} bytes: ${VIEWERS} by HAProxy, and at the same time ${VIEWERS} by another, so that whatever else the machine does meets both. Cameras, viewers and carriers are processes of their own; the time is that of the carrier alone, in the program and in the system, of all threads and child processes (/proc/PID/stat).`,
  options: {
    only: 'measure the carriers alone whose name holds one of these, with commas between',
    pattern: 'even or pictures; both by default',
    viewers: `how many for each of the two, ${VIEWERS} by default`,
  },
  async run({ root, programs, runs = 3, options, progress }) {
    const only = (options['only'] ?? '').split(',')
    const carriers = [bridge(OURS, 'relay'), wsLoop, axisProxy, websockify].filter(({ name }) =>
      only.some((part) => name.includes(part)),
    )
    const patterns = PATTERNS.filter((one) => one === (options['pattern'] ?? one))
    const viewers = Number(options['viewers'] ?? VIEWERS)
    const versions = Object.fromEntries([haproxy, ...carriers].map(({ version }) => version))
    const load = await Load.start(programs)

    /** A carrier beside HAProxy, once. */
    const measurePair = async (carrier: Carrier) => {
      const running = [await haproxy.start({ root, programs }, load.cameraPort)]
      const audiences: Audience[] = []
      try {
        running.push(await carrier.start({ root, programs }, load.cameraPort))
        for (const one of running) audiences.push(await load.audience(one, viewers))
        await wait(WARM_UP)
        const [peer, own] = await Audience.measure(audiences, WINDOW)
        if (!peer || !own) throw new Error('nothing was measured')
        return {
          cpu: own.secondsAGigabyte,
          ratio: own.secondsAGigabyte / peer.secondsAGigabyte,
          rate: own.megabitsASecond,
          delay: quantile(own.delays, 0.5),
          delayP95: quantile(own.delays, 0.95),
          peerCpu: peer.secondsAGigabyte,
          peerRate: peer.megabitsASecond,
          peerDelay: quantile(peer.delays, 0.5),
          peerDelayP95: quantile(peer.delays, 0.95),
        }
      } finally {
        for (const one of [...audiences, ...running]) await one.stop()
      }
    }

    const tables: Table[] = []
    let ratio = Number.NaN
    try {
      for (const pattern of patterns) {
        await load.camera.ask('send', { rate: RATE, writeBytes: WRITE_BYTES, pattern })
        const peer = [new Samples(), new Samples(), new Samples(), new Samples()] as const
        const measured = await measureInTurn(carriers, runs, async (carrier, run) => {
          const figures = await measurePair(carrier)
          const { cpu, peerCpu, peerRate, peerDelay, peerDelayP95 } = figures
          for (const [index, value] of [peerCpu, peerRate, peerDelay, peerDelayP95].entries()) peer[index]?.add(value)
          progress(
            `run ${run + 1}, ${pattern}, ${carrier.name}: ${cpu.toFixed(2)} s/GB, ${figures.ratio.toFixed(2)} × HAProxy`,
          )
          return figures
        })
        if (pattern === 'even') ratio = measured.get(OURS)?.of('ratio').median ?? Number.NaN
        const [cpu, rate, delay, delayP95] = peer
        tables.push({
          title: TITLES[pattern],
          columns: ['', 'CPU s/GB', '× HAProxy', 'Mbit/s carried', 'delay ms', 'its p95'],
          rows: [
            [haproxy.name, cpu.text(2), '1.00', rate.text(0), delay.text(1), delayP95.text(1)],
            ...[...measured].map(([name, figures]) => [
              name,
              figures.of('cpu').text(2),
              figures.of('ratio').text(2),
              figures.of('rate').text(0),
              figures.of('delay').text(1),
              figures.of('delayP95').text(1),
            ]),
          ],
        })
      }
    } finally {
      await load.stop()
    }
    return {
      runs,
      versions,
      tables,
      targets: [{ what: 'P7: relay, packets in equal distances, × HAProxy', value: ratio, atMost: 1.25 }],
      notes: [
        'HAProxy copies from TCP to TCP; the others also speak WebSocket, which browsers need: a head for each message, and for the bridge the bounds and times of each connection.',
        '× HAProxy is the median of the ratios, each of figures of the same seconds; it is good on a busy machine too, where the figures themselves are not: who is kept waiting carries more at once.',
        'The delay is that of one viewer: from the camera’s write of the last packet of a picture to its arrival.',
      ],
    }
  },
}
