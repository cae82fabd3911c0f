import process from 'node:process'
import { runWorker } from './worker.ts'

/** What each worker runs: see `worker-pool.ts`. */

// A terminal sends its signals to all processes; only the first one follows them, and tells the workers.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
// Who read the log may go; those who watch shall not.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
// The first process is gone, or this one is not wanted any more.
process.once('disconnect', () => process.exit(0))

runWorker(
  {
    send: (message, callback) => process.send?.(message, undefined, undefined, callback),
    onMessage: (listener) => process.on('message', listener),
  },
  (line) => console.log(line),
)
