import { labelledLog } from '../log.ts'
import { createLog } from '../log-formats.ts'
import { type Bridge, startBridge } from '../server.ts'
import { type Channel, Conversation } from './conversation.ts'
import type { Assignment, Metrics, PrimaryTasks, WorkerTasks } from './tasks.ts'
import { Team } from './team.ts'

const READY_TIMEOUT = 10_000

interface Running {
  readonly assignment: Assignment
  readonly team: Team
  readonly bridge: Bridge
}

/**
 * Runs a bridge as the first process says.
 *
 * @param print takes a line of the log
 */
export function runWorker(channel: Channel, print: (line: string) => void): void {
  let running: Running | undefined
  const whenRunning = (): Running => {
    if (!running) throw new Error('the worker has not begun')
    return running
  }
  const tasks: WorkerTasks = {
    async start(assignment) {
      const log = labelledLog(createLog({ ...assignment.log, write: print }), { worker: assignment.number })
      const team = new Team(assignment, primary, log)
      const bridge = await startBridge({ ...assignment.bridge, log }, team)
      running = { assignment, team, bridge }
      return { url: bridge.url, operationsUrl: bridge.operationsUrl }
    },
    reconfigure: (options) => whenRunning().bridge.reconfigure(options),
    pulse: async () => undefined,
    metrics: async () => ((await running?.team.own?.metrics.figures()) ?? []) as Metrics,
    figures: async () => running?.team.own?.figures() ?? [],
    async empty() {
      const { bridge, team } = whenRunning()
      void bridge.drain()
      await team.isEmpty
    },
    async close() {
      running?.team.allEmptied()
      await running?.bridge.close()
    },
  }
  const primary = new Conversation<PrimaryTasks>(channel, { ...tasks })
  // Without an answer nothing will be asked: the first process is gone, and this one ends.
  primary.ask('ready', null, READY_TIMEOUT).catch(() => undefined)
}
