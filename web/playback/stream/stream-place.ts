import { ProtocolError } from '../../../protocol/errors.ts'
import type { Recorder } from '../../recording/recorder.ts'
import type { RecorderCommand } from '../../recording/recorder-messages.ts'
import { partNotLoaded } from '../part-not-loaded.ts'
import { MediaSourceOutlet } from './media-source-outlet.ts'
import type { OutletCommand, OutletMessage, Post, ToPage, ToWorker } from './messages.ts'
import type { Outlet, SegmentOutlet } from './outlet.ts'
import type { SourceCommand } from './source-messages.ts'
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
  readonly #sources = new Map<number, SegmentOutlet>()
  readonly #recorders = new Map<number, Promise<Recorder | undefined>>()

  constructor(post: Post<ToPage>) {
    this.#post = post
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'open': {
        const { session, request, keepsSegments } = message
        const running = new StreamSession(request, keepsSegments, (told, transfer) => {
          if (told.type === 'closed') this.#sessions.delete(session)
          this.#post({ type: 'session', session, message: told }, transfer)
        })
        this.#sessions.set(session, running)
        if (request.recorder !== undefined) this.#setRecorder(session, request.recorder)
        break
      }
      case 'command':
        this.#sessions.get(message.session)?.command(message.command)
        break
      case 'track': {
        const { session, command } = message
        if (command.name === 'output') this.#setOutput(session, command.trackId, command.outlet)
        else if (command.name === 'segments') this.#sessions.get(session)?.setSource(this.#sourceOf(command.outlet))
        else if (command.name === 'record') this.#setRecorder(session, command.outlet)
        else this.#sessions.get(session)?.track(command)
        break
      }
      case 'ticket':
        this.#sessions.get(message.session)?.renew(message.ticket)
        break
      case 'close':
        this.#sessions.get(message.session)?.close()
        break
      case 'are-you-there':
        this.#post({ type: 'here' })
        break
      case 'open-screen':
      case 'open-speaker':
        this.#outlets.set(message.outlet, this.#open(message))
        break
      case 'open-source':
        this.#sources.set(message.outlet, new MediaSourceOutlet(message.audible, this.#teller(message.outlet)))
        break
      case 'open-recorder':
        this.#recorders.set(message.outlet, this.#openRecorder(message.outlet))
        break
      case 'outlet':
        this.#command(message.outlet, message.command)
        break
      case 'close-outlet':
        this.#sources.get(message.outlet)?.close()
        this.#sources.delete(message.outlet)
        this.#outlets.get(message.outlet)?.then((outlet) => outlet?.close())
        this.#outlets.delete(message.outlet)
        this.#recorders.get(message.outlet)?.then((recorder) => recorder?.close())
        this.#recorders.delete(message.outlet)
        break
    }
  }

  async #open(message: Extract<ToWorker, { type: 'open-screen' | 'open-speaker' }>): Promise<Outlet | undefined> {
    const tell = this.#teller(message.outlet)
    try {
      if (message.type === 'open-speaker') {
        const { Speaker } = await import('../on-demand.ts')
        return new Speaker(message.port, tell)
      }
      const { Screen } = await import('../canvas/screen.ts')
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

  /** Loaded on demand: most viewers only look. */
  async #openRecorder(outlet: number): Promise<Recorder | undefined> {
    const tell = this.#teller(outlet)
    try {
      const { Recorder } = await import('../../recording/recorder.ts')
      return new Recorder(tell)
    } catch (cause) {
      tell({ type: 'failed', error: partNotLoaded(cause).toJSON() })
      return undefined
    }
  }

  #teller(outlet: number): Post<OutletMessage> {
    return (message, transfer) => this.#post({ type: 'outlet', outlet, message }, transfer)
  }

  #command(outlet: number, command: OutletCommand | SourceCommand | RecorderCommand): void {
    if (isOfRecorder(command)) this.#recorders.get(outlet)?.then((recorder) => recorder?.command(command))
    else if (command.name === 'pace' || command.name === 'latency' || command.name === 'drawn') {
      this.#outlets.get(outlet)?.then((open) => open?.command(command))
    } else this.#sources.get(outlet)?.command(command)
  }

  #sourceOf(outlet: number | null): SegmentOutlet | undefined {
    return outlet === null ? undefined : this.#sources.get(outlet)
  }

  #setOutput(session: number, trackId: number, outlet: number | null): void {
    if (outlet === null) this.#sessions.get(session)?.setOutlet(trackId, undefined)
    else this.#outlets.get(outlet)?.then((open) => this.#sessions.get(session)?.setOutlet(trackId, open))
  }

  #setRecorder(session: number, outlet: number | null): void {
    if (outlet === null) this.#sessions.get(session)?.setRecorder(undefined)
    else this.#recorders.get(outlet)?.then((recorder) => this.#sessions.get(session)?.setRecorder(recorder))
  }
}

const isOfRecorder = (command: OutletCommand | SourceCommand | RecorderCommand): command is RecorderCommand =>
  command.name === 'keep' ||
  command.name === 'record' ||
  command.name === 'stop-recording' ||
  command.name === 'save-last' ||
  command.name === 'forget'
