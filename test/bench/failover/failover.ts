import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { BridgeCluster } from '../../support/bridge-cluster.ts'
import { runProcess } from '../../support/processes.ts'
import type { Benchmark } from '../benchmark.ts'
import { quantile, Samples } from '../samples.ts'

const BRIDGES = 3
const CAMERAS = 4
const VIEWERS = 60
/** Milliseconds: of play before something happens, and until somebody who is not back is not coming back. */
const WARM_UP = 3_000
const HOPELESS = 30_000

const SIGNALS = { killed: 'SIGKILL', drained: 'SIGTERM' } as const

/** How long a viewer sees nothing new when his bridge goes. */
export const failover: Benchmark = {
  name: 'failover',
  title: 'A bridge of three is gone',
  about: `${BRIDGES} bridges, ${CAMERAS} simulated cameras (a keyframe each second) and ${VIEWERS} viewers behind the load balancers with what deploy/ holds. The bridge with the most streams is killed (SIGKILL), or drained (SIGTERM). A gap is the time from the last picture of the old connection to the first of the new one; of each run the median viewer and the last.`,
  options: { balancers: 'haproxy, nginx; both by default' },
  async run({ root, runs = 5, options, progress }) {
    const balancers = (options['balancers'] ?? 'haproxy,nginx').split(',') as ('haproxy' | 'nginx')[]
    const rows: string[][] = []
    let slowestOfKilled = 0
    let mostSessions = 0
    for (const balancer of balancers) {
      for (const how of ['killed', 'drained'] as const) {
        const middle = new Samples()
        const last = new Samples()
        const moved = new Samples()
        for (let run = 0; run < runs; run++) {
          const { gaps, sessions } = await strikeOnce(root, balancer, SIGNALS[how])
          middle.add(quantile(gaps, 0.5))
          last.add(Math.max(...gaps))
          moved.add(gaps.length)
          mostSessions = Math.max(mostSessions, ...sessions)
          progress(`${balancer}, ${how}: ${gaps.length} viewers, the last after ${Math.max(...gaps).toFixed(0)} ms`)
        }
        if (how === 'killed') slowestOfKilled = Math.max(slowestOfKilled, last.median)
        rows.push([`${balancer}, ${how}`, moved.median.toFixed(0), middle.text(0), last.text(0)])
      }
    }
    return {
      runs,
      versions: { HAProxy: await version('/usr/sbin/haproxy'), nginx: await version('/usr/sbin/nginx') },
      tables: [
        {
          title: 'Milliseconds without a new picture',
          columns: ['', 'viewers that moved', 'median viewer', 'last viewer'],
          rows,
        },
      ],
      targets: [
        {
          what: 'Milliseconds until the last viewer of a killed bridge is back',
          value: slowestOfKilled,
          atMost: 2_000,
        },
        { what: 'Sessions at a camera afterwards', value: mostSessions, atMost: 1 },
      ],
      notes: [
        'A camera that has just been asked to play begins with its next keyframe: that alone is up to a second here.',
      ],
    }
  },
}

async function strikeOnce(root: string, balancer: 'haproxy' | 'nginx', signal: 'SIGKILL' | 'SIGTERM') {
  const folder = mkdtempSync(join(tmpdir(), 'failover-'))
  const cluster = await BridgeCluster.start({ balancer, bridges: BRIDGES, cameras: CAMERAS, folder, root })
  try {
    const players = Array.from({ length: VIEWERS }, (_, index) => cluster.watch(index % CAMERAS))
    await Promise.all(players.map((player) => player.shows()))
    await wait(WARM_UP)
    const strike = await cluster.strike(signal)
    const end = performance.now() + HOPELESS
    while (strike.returned < strike.players.length) {
      if (performance.now() > end) throw new Error(`Only ${strike.returned} of ${strike.players.length} are back`)
      await wait(20)
    }
    const gaps = strike.players.map((player) => player.longestGap)
    // What it had there is gone by then, and what it has elsewhere plays.
    await wait(WARM_UP)
    return { gaps, sessions: cluster.sessions }
  } finally {
    await cluster.close()
    rmSync(folder, { recursive: true })
  }
}

async function version(program: string): Promise<string> {
  const { stdout, stderr } = await runProcess(program, ['-v'])
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'unknown'
}
