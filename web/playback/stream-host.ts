import { ProtocolError } from '../../protocol/errors.ts'
import type { SessionCommand, SessionMessage, ToPage, ToWorker } from './messages.ts'
import type { StreamAddress } from './stream-address.ts'
import type { StreamSession } from './stream-session.ts'

/** A worker whose code is not there by then is given up, and the sessions run in the page. */
const WORKER_START_MS = 5_000
/** An idle worker is kept this long, since a player that reconnects wants it again. */
const WORKER_IDLE_MS = 30_000

/** A session as the page sees it. */
export interface StreamHandle {
  /** For a session that has told `opened`. A refusal is told; what came of it otherwise is in the messages. */
  command(command: SessionCommand): void
  /** Ends the session; nothing is told after this. */
  close(): void
}

type Listener = (message: SessionMessage) => void

/** Where sessions run: in the page, or in a worker that is being started or has said that it runs. */
type Place =
  | { readonly name: 'nowhere' }
  | { readonly name: 'worker'; readonly worker: Worker; readonly timer: number; readonly started: boolean }
  | { readonly name: 'page' }

interface OpenSession {
  readonly address: StreamAddress
  readonly listener: Listener
  /** Set when the session runs in the page. */
  local?: StreamSession
}

/**
 * Runs the sessions of a page in one worker that all its players share, or in the page itself where a worker cannot be
 * had: a CSP without worker-src, a library loaded from another origin, a browser without module workers.
 */
export class StreamHost {
  readonly #sessions = new Map<number, OpenSession>()
  #place: Place = { name: 'nowhere' }
  #nextSession = 1
  #idleTimer: number | undefined

  open(address: StreamAddress, listener: Listener): StreamHandle {
    const session = this.#nextSession++
    const open: OpenSession = { address, listener }
    this.#sessions.set(session, open)
    clearTimeout(this.#idleTimer)
    if (this.#place.name === 'nowhere') this.#place = this.#startWorker()
    this.#start(session, open)
    return { command: (command) => this.#command(session, command), close: () => this.#close(session) }
  }

  #start(session: number, open: OpenSession): void {
    if (this.#place.name === 'worker') {
      this.#send(this.#place.worker, { type: 'open', session, address: open.address })
    } else {
      this.#startInPage(session, open).catch((cause) => this.#receive(session, closedBy(`it could not load: ${cause}`)))
    }
  }

  /** Loaded only where it is needed: a page whose worker runs does without this code. */
  async #startInPage(session: number, open: OpenSession): Promise<void> {
    const { StreamSession } = await import('./stream-session.ts')
    if (this.#sessions.get(session) !== open) return
    open.local = new StreamSession(open.address, (message) => this.#receive(session, message))
  }

  #command(session: number, command: SessionCommand): void {
    const open = this.#sessions.get(session)
    if (open?.local) open.local.command(command)
    else if (open && this.#place.name === 'worker')
      this.#send(this.#place.worker, { type: 'command', session, command })
  }

  #close(session: number): void {
    const open = this.#sessions.get(session)
    if (!open) return
    this.#sessions.delete(session)
    if (open.local) open.local.close()
    else if (this.#place.name === 'worker') this.#send(this.#place.worker, { type: 'close', session })
    this.#letGo()
  }

  #receive(session: number, message: SessionMessage): void {
    const open = this.#sessions.get(session)
    if (!open) return
    if (message.type === 'closed') {
      this.#sessions.delete(session)
      this.#letGo()
    }
    open.listener(message)
  }

  #startWorker(): Place {
    let worker: Worker
    try {
      // The path of the emitted file; Vite maps it to the source beside this one.
      worker = new Worker(new URL('./stream-worker.js', import.meta.url), { type: 'module', name: 'rtsp-player' })
    } catch {
      return { name: 'page' }
    }
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
      if (data.type === 'session') this.#receive(data.session, data.message)
      else if (this.#place.name === 'worker') {
        clearTimeout(this.#place.timer)
        this.#place = { ...this.#place, started: true }
      }
    }
    worker.onerror = (event) => this.#workerFailed(event.message)
    const timer = setTimeout(() => this.#workerFailed('it did not start'), WORKER_START_MS)
    return { name: 'worker', worker, timer, started: false }
  }

  #workerFailed(reason: string): void {
    if (this.#place.name !== 'worker') return
    const { worker, timer, started } = this.#place
    clearTimeout(timer)
    worker.terminate()
    if (!started) {
      // It never ran, so nothing was told yet: the same sessions start in the page, unseen.
      this.#place = { name: 'page' }
      for (const [session, open] of this.#sessions) this.#start(session, open)
      return
    }
    this.#place = { name: 'nowhere' }
    for (const session of [...this.#sessions.keys()]) this.#receive(session, closedBy(`its worker stopped: ${reason}`))
  }

  #letGo(): void {
    if (this.#sessions.size > 0) return
    clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => {
      if (this.#place.name !== 'worker') return
      clearTimeout(this.#place.timer)
      this.#place.worker.terminate()
      this.#place = { name: 'nowhere' }
    }, WORKER_IDLE_MS)
  }

  #send(worker: Worker, message: ToWorker): void {
    worker.postMessage(message)
  }
}

const closedBy = (reason: string): SessionMessage => ({
  type: 'closed',
  error: new ProtocolError('connection-lost', `The player broke off: ${reason}`).toJSON(),
})

/** One for all players of the page, made when the first of them opens a stream. */
let shared: StreamHost | undefined

export const sharedStreamHost = (): StreamHost => {
  shared ??= new StreamHost()
  return shared
}
