import type { ProtocolError } from '../../protocol/errors.ts'
import type { RtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { RetrySchedule } from '../hub/retry-schedule.ts'
import { asProtocolError, refusalFor } from '../refusal.ts'
import type { Camera } from '../targets.ts'

/** Connects to a camera by its label, or to where it redirects, if that is allowed. */
export type ConnectCamera = (label: string, uri: RtspUri, signal: AbortSignal) => Promise<ByteTransport>

/** One viewer’s session. */
export interface OpenSession {
  /** Whatever it is doing with the camera is of no use any more. */
  giveUp(): void
  /** Its leave of the camera has been taken. */
  readonly finished: Promise<void>
}

/** What is known of the camera. */
type State =
  /** Nothing: one session finds out for all. */
  | { readonly name: 'unknown' }
  /** That session is being opened; resolves when it is known, and never rejects. */
  | { readonly name: 'trying'; readonly known: Promise<void> }
  | { readonly name: 'good' }
  | { readonly name: 'waiting'; readonly error: ProtocolError; readonly until: number }

const UNKNOWN: State = { name: 'unknown' }
const GOOD: State = { name: 'good' }

/**
 * A camera with a session for each viewer. However many of them want one, a camera that cannot be had is not dialled more
 * often than by one of them, and a password that it refuses is shown to it once: accounts are locked otherwise.
 */
export class ProxyStream {
  /** As viewers know it. */
  readonly name: string
  readonly #label: string
  readonly camera: Camera
  readonly #connect: ConnectCamera
  readonly #retries = new RetrySchedule()
  readonly #sessions = new Set<OpenSession>()
  #state: State = UNKNOWN

  /** @param label the camera's, among those of the configuration */
  constructor(label: string, camera: Camera, connect: ConnectCamera) {
    this.name = camera.name
    this.#label = label
    this.camera = camera
    this.#connect = connect
  }

  /** Viewers that have a session, or had one whose farewell is not over. */
  get sessions(): number {
    return this.#sessions.size
  }

  connect(uri: RtspUri, signal: AbortSignal): Promise<ByteTransport> {
    return this.#connect(this.#label, uri, signal)
  }

  /**
   * Opens a session, when it is its turn.
   *
   * @param open is told whether others wait for what comes of it: then it must not be given up when its viewer leaves
   * @throws RtspRefusal where the camera is not to be dialled now; what `open` throws, as a ProtocolError
   */
  async open<Link>(open: (othersWait: boolean) => Promise<Link>): Promise<Link> {
    while (this.#state.name === 'trying') await this.#state.known
    if (this.#state.name === 'waiting' && performance.now() < this.#state.until) throw refusalFor(this.#state.error)
    const trying = this.#state.name !== 'good'
    let tell: () => void = () => undefined
    if (trying) {
      const known = new Promise<void>((resolve) => {
        tell = resolve
      })
      this.#state = { name: 'trying', known }
    }
    try {
      const link = await open(trying)
      this.#retries.succeeded()
      this.#state = GOOD
      return link
    } catch (error) {
      const told = asProtocolError(error)
      this.failed(told)
      throw told
    } finally {
      tell()
    }
  }

  /** A session could not be had, or came to an end by the camera. */
  failed(error: ProtocolError): void {
    // It is no fault of the camera that a viewer left.
    if (error.code === 'aborted') this.#state = this.#state.name === 'trying' ? UNKNOWN : this.#state
    else this.#state = { name: 'waiting', error, until: performance.now() + this.#retries.failed(error.code) }
  }

  /** A session that worked broke: whether another one can be had is not known. */
  lost(): void {
    if (this.#state.name === 'good') this.#state = UNKNOWN
  }

  add(session: OpenSession): void {
    this.#sessions.add(session)
  }

  /** Nothing is left of it. */
  ended(session: OpenSession): void {
    this.#sessions.delete(session)
  }

  /** For when the viewers have been sent away. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions]
    for (const session of sessions) session.giveUp()
    await Promise.all(sessions.map(({ finished }) => finished))
  }
}
