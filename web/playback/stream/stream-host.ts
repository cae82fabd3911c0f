import { ProtocolError } from '../../../protocol/errors.ts'
import { isFirefox } from '../choice/engine.ts'
import { worksInWorkers } from '../media-source/media-source.ts'
import type { OutletHandle, OutletListener, StreamHandle } from './handles.ts'
import type { OutletMessage, SessionMessage, StreamRequest, ToPage, ToWorker } from './messages.ts'
import { WorkerPulse } from './worker-pulse.ts'

export type { OutletHandle, StreamHandle } from './handles.ts'

/** A worker whose code is not there by then is given up, and the sessions run in the page. */
const WORKER_START_MS = 5_000
/** An idle worker is kept this long, since a player that reconnects wants it again. */
const WORKER_IDLE_MS = 30_000

type SessionListener = (message: SessionMessage) => void

/** What sessions run in, by its one way in. */
type Send = (message: ToWorker, transfer?: Transferable[]) => void

/** Where sessions run: in the page, or in a worker that is being started or has said that it runs. */
type Place =
  | { readonly name: 'nowhere' }
  | {
      readonly name: 'worker'
      readonly worker: Worker
      readonly timer: number
      readonly pulse: WorkerPulse
      readonly started: boolean
    }
  | { readonly name: 'page'; readonly send: Send }

interface OpenSession {
  readonly request: StreamRequest
  readonly listener: SessionListener
}

/**
 * Runs the sessions of a page in one worker that all its players share, or in the page itself where a worker cannot be
 * had: a CSP without worker-src, a library loaded from another origin, a browser without module workers.
 */
export class StreamHost {
  readonly #sessions = new Map<number, OpenSession>()
  readonly #outlets = new Map<number, OutletListener>()
  #place: Place = { name: 'nowhere' }
  #nextNumber = 1
  #idleTimer: number | undefined

  constructor() {
    // A page that is kept in case the person comes back stands still. WebKit keeps the connections of its worker open
    // meanwhile, and what the worker is asked from here on is done only after the return.
    addEventListener('pagehide', ({ persisted }) => {
      if (persisted) this.#endWorker('the page was left')
    })
  }

  open(request: StreamRequest, listener: SessionListener): StreamHandle {
    const session = this.#nextNumber++
    const open: OpenSession = { request, listener }
    this.#sessions.set(session, open)
    clearTimeout(this.#idleTimer)
    if (this.#place.name === 'nowhere') this.#place = this.#startWorker()
    this.#open(session, request)
    return {
      command: (command) => this.#toSession(session, { type: 'command', session, command }),
      track: (command) => this.#toSession(session, { type: 'track', session, command }),
      renew: (ticket) => this.#toSession(session, { type: 'ticket', session, ticket }),
      close: () => {
        if (!this.#sessions.delete(session)) return
        this.#send({ type: 'close', session })
        this.#letGo()
      },
    }
  }

  /** Pictures onto a canvas, which is drawn to from where the sessions run. While a session runs. */
  openScreen(canvas: HTMLCanvasElement, listener: OutletListener): OutletHandle {
    const outlet = this.#nextNumber++
    if (this.#place.name !== 'worker') return this.#openOutlet({ type: 'open-screen', outlet, canvas }, [], listener)
    // Whoever draws such a canvas elsewhere, as for a still picture, makes the worker of Firefox stand still for up to 10 s:
    // there the page draws.
    const offscreen = isFirefox() ? null : (canvas.transferControlToOffscreen?.() ?? null)
    return this.#openOutlet({ type: 'open-screen', outlet, canvas: offscreen }, offscreen ? [offscreen] : [], listener)
  }

  /** The segments of live streams stay where the sessions run: they are for `openSource`. While a session runs. */
  get keepsSegments(): boolean {
    return this.#place.name === 'worker' && worksInWorkers()
  }

  /** A MediaSource that is fed where the sessions run; only where those keep their segments. */
  openSource(audible: boolean, listener: OutletListener): OutletHandle {
    const outlet = this.#nextNumber++
    return this.#openOutlet({ type: 'open-source', outlet, audible }, [], listener)
  }

  /** Sound to the port of an audio worklet. While a session runs. */
  openSpeaker(port: MessagePort, listener: OutletListener): OutletHandle {
    const outlet = this.#nextNumber++
    return this.#openOutlet({ type: 'open-speaker', outlet, port }, [port], listener)
  }

  /** Records what sessions receive. While a session runs. */
  openRecorder(listener: OutletListener): OutletHandle {
    return this.#openOutlet({ type: 'open-recorder', outlet: this.#nextNumber++ }, [], listener)
  }

  #openOutlet(
    message: Extract<ToWorker, { type: 'open-screen' | 'open-speaker' | 'open-source' | 'open-recorder' }>,
    transfer: Transferable[],
    listener: OutletListener,
  ): OutletHandle {
    const { outlet } = message
    this.#outlets.set(outlet, listener)
    this.#send(message, transfer)
    return {
      id: outlet,
      command: (command) => this.#outlets.has(outlet) && this.#send({ type: 'outlet', outlet, command }),
      close: () => {
        if (!this.#outlets.delete(outlet)) return
        this.#send({ type: 'close-outlet', outlet })
        this.#letGo()
      },
    }
  }

  #open(session: number, request: StreamRequest): void {
    this.#send({ type: 'open', session, request, keepsSegments: this.keepsSegments })
  }

  #toSession(session: number, message: ToWorker): void {
    if (this.#sessions.has(session)) this.#send(message)
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.#place.name === 'worker') this.#place.worker.postMessage(message, transfer)
    else if (this.#place.name === 'page') this.#place.send(message)
  }

  #receive(message: ToPage): void {
    if (message.type === 'outlet') this.#receiveOfOutlet(message.outlet, message.message)
    else if (message.type === 'session') this.#receiveOf(message.session, message.message)
    else if (message.type === 'ready' && this.#place.name === 'worker') {
      clearTimeout(this.#place.timer)
      this.#place = { ...this.#place, started: true }
    }
  }

  #receiveOfOutlet(outlet: number, message: OutletMessage): void {
    const listener = this.#outlets.get(outlet)
    if (listener) listener(message)
    // Decoders stop when too many of their pictures are held.
    else if (message.type === 'draw') message.image.close()
  }

  #receiveOf(session: number, message: SessionMessage): void {
    const open = this.#sessions.get(session)
    if (!open) return
    if (message.type === 'closed') {
      this.#sessions.delete(session)
      this.#letGo()
    }
    open.listener(message)
  }

  #startWorker(): Place {
    const worker = newWorker()
    if (!worker) return this.#pageAsPlace()
    const pulse = new WorkerPulse(
      () => worker.postMessage({ type: 'are-you-there' } satisfies ToWorker),
      () => this.#workerFailed('it did not answer'),
    )
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
      pulse.heard()
      this.#receive(data)
    }
    worker.onerror = (event) => this.#workerFailed(event.message)
    const timer = setTimeout(() => this.#workerFailed('it did not start'), WORKER_START_MS)
    return { name: 'worker', worker, timer, pulse, started: false }
  }

  /** Loaded only where it is needed: a page whose worker runs does without this code. */
  #pageAsPlace(): Place {
    const loaded = import('./stream-place.ts').then(
      ({ StreamPlace }) => new StreamPlace((message) => this.#receive(message)),
    )
    loaded.catch((cause: unknown) => this.#endAll(`it could not load: ${cause}`))
    const send: Send = (message) =>
      void loaded.then(
        (place) => place.receive(message),
        // Told above, once.
        () => undefined,
      )
    return { name: 'page', send }
  }

  #workerFailed(reason: string): void {
    if (this.#place.name !== 'worker') return
    if (this.#place.started) {
      this.#endWorker(`its worker stopped: ${reason}`)
      return
    }
    this.#terminate()
    // It never ran, so nothing was told yet: the same sessions start in the page, unseen.
    this.#place = this.#pageAsPlace()
    for (const [session, { request }] of this.#sessions) this.#open(session, request)
  }

  #endWorker(reason: string): void {
    if (this.#place.name !== 'worker') return
    this.#terminate()
    this.#endAll(reason)
  }

  #terminate(): void {
    if (this.#place.name !== 'worker') return
    const { worker, timer, pulse } = this.#place
    clearTimeout(timer)
    pulse.close()
    worker.terminate()
    this.#place = { name: 'nowhere' }
  }

  #endAll(reason: string): void {
    const outlets = [...this.#outlets.values()]
    this.#outlets.clear()
    for (const listener of outlets) listener({ type: 'lost' })
    for (const session of [...this.#sessions.keys()]) this.#receiveOf(session, closedBy(reason))
  }

  /** A screen keeps its last picture though no session runs; so the worker stays with it. */
  #letGo(): void {
    if (this.#sessions.size > 0 || this.#outlets.size > 0) return
    clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => {
      if (this.#sessions.size === 0 && this.#outlets.size === 0) this.#terminate()
    }, WORKER_IDLE_MS)
  }
}

/** Undefined where there can be none. */
function newWorker(): Worker | undefined {
  try {
    // The path of the emitted file; Vite maps it to the source beside this one.
    return new Worker(new URL('./stream-worker.js', import.meta.url), { type: 'module', name: 'rtsp-player' })
  } catch {
    return trustedWorker()
  }
}

/** Made once: many pages allow each name once. */
let policy: TrustedTypePolicy | undefined

/** Of a page that wants Trusted Types, by the policy `rtsp-player`, where it allows that. */
function trustedWorker(): Worker | undefined {
  function construct(url: URL, options: WorkerOptions) {
    return policy && new globalThis.Worker(policy.createScriptURL(url.href), options)
  }
  // Bundlers look for the very words below, and put the address of their own file in.
  const Worker = construct as unknown as typeof globalThis.Worker
  try {
    policy ??= (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('rtsp-player', {
      createScriptURL: (url) => url,
    })
    if (!policy) return undefined
    return new Worker(new URL('./stream-worker.js', import.meta.url), { type: 'module', name: 'rtsp-player' })
  } catch {
    return undefined
  }
}

/** What is used of them here. */
interface TrustedTypePolicy {
  createScriptURL(url: string): string
}
interface TrustedTypes {
  createPolicy(name: string, rules: TrustedTypePolicy): TrustedTypePolicy
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
