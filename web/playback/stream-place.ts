import { ProtocolError } from '../../protocol/errors.ts'
import type { OutletMessage, Post, ToPage, ToWorker } from './messages.ts'
import type { Outlet } from './outlet.ts'
import { StreamSession } from './stream-session.ts'

/**
 * Where sessions run: in the worker, or in the page where there is none; the same messages in both. Sessions come and
 * go, while the outlets that their access units end in stay.
 */
export class StreamPlace {
  readonly #post: Post<ToPage>
  readonly #sessions = new Map<number, StreamSession>()
  /** Loaded on demand: a stream that plays by Media Source Extensions does without their code. */
  readonly #outlets = new Map<number, Promise<Outlet | undefined>>()

  constructor(post: Post<ToPage>) {
    this.#post = post
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'open': {
        const { session, request } = message
        const running = new StreamSession(request, (told, transfer) => {
          if (told.type === 'closed') this.#sessions.delete(session)
          this.#post({ type: 'session', session, message: told }, transfer)
        })
        this.#sessions.set(session, running)
        break
      }
      case 'command':
        this.#sessions.get(message.session)?.command(message.command)
        break
      case 'track': {
        const { session, command } = message
        if (command.name === 'output') this.#setOutput(session, command.trackId, command.outlet)
        else this.#sessions.get(session)?.track(command)
        break
      }
      case 'close':
        this.#sessions.get(message.session)?.close()
        break
      case 'open-screen':
      case 'open-speaker':
        this.#outlets.set(message.outlet, this.#open(message))
        break
      case 'outlet':
        this.#outlets.get(message.outlet)?.then((outlet) => outlet?.command(message.command))
        break
      case 'close-outlet':
        this.#outlets.get(message.outlet)?.then((outlet) => outlet?.close())
        this.#outlets.delete(message.outlet)
        break
    }
  }

  async #open(message: Extract<ToWorker, { type: 'open-screen' | 'open-speaker' }>): Promise<Outlet | undefined> {
    const tell = (told: OutletMessage, transfer?: Transferable[]) =>
      this.#post({ type: 'outlet', outlet: message.outlet, message: told }, transfer)
    try {
      if (message.type === 'open-speaker') {
        const { Speaker } = await import('./sound/speaker.ts')
        return new Speaker(message.port, tell)
      }
      const { Screen } = await import('./canvas/screen.ts')
      return new Screen(message.canvas, tell)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      tell({
        type: 'failed',
        error: new ProtocolError('decode-failed', `The player could not load: ${reason}`).toJSON(),
      })
      return undefined
    }
  }

  #setOutput(session: number, trackId: number, outlet: number | null): void {
    if (outlet === null) this.#sessions.get(session)?.setOutlet(trackId, undefined)
    else this.#outlets.get(outlet)?.then((open) => this.#sessions.get(session)?.setOutlet(trackId, open))
  }
}
