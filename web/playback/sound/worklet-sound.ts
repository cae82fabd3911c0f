import { ProtocolError } from '../../../protocol/errors.ts'
import { type AutoplayPolicy, isFirefox } from '../choice/engine.ts'
import type { OutletMessage } from '../messages.ts'
import type { PictureTime } from '../renderer.ts'
import type { OutletHandle, StreamHost } from '../stream-host.ts'
import type { WorkletCommand, WorkletReport } from './sound-worklet.ts'

/** How often the worklet is told where the picture is. */
const AIM_MS = 200
/** Browsers start sound at once, as far as the sound card does, or not before a click. */
const START_MS = 1_000
const START_AFTER_CLICK_MS = 5_000
/**
 * From the audio thread of Firefox to the loudspeaker, about, in seconds. It is not asked: its answer waits for the sound
 * server, which may be waiting for the page, and then the whole browser stands still (153 with PulseAudio).
 */
const FIREFOX_LATENCY = 0.05
/** Rounding of the time of the page, in milliseconds. */
const ROUNDING_MS = 5
/** Weight of the newest look at the picture: pictures come in steps. */
const SMOOTHING = 0.2
/** A difference that is no jitter, in seconds. */
const JUMP = 0.1

export interface WorkletSoundEvents {
  /** The sound has a way out: its access units go to this outlet. */
  ready(outlet: number): void
  /** What is being seen; undefined before the first picture, null where there are no pictures. */
  pictureTime(): PictureTime | null | undefined
  /** The browser wants a click first. */
  blocked(): void
  /** It does not work here after all. */
  failed(error: ProtocolError): void
  /** The worker that it came from is gone. */
  lost(): void
}

/** An AudioContext that runs; its sound follows the picture. */
export class WorkletSound {
  readonly #host: StreamHost
  readonly #events: WorkletSoundEvents
  readonly #context = new AudioContext({ latencyHint: 'interactive' })
  readonly #volume: GainNode
  #outlet: OutletHandle | undefined
  #node: AudioWorkletNode | undefined
  #timer: number | undefined
  #aim: number | undefined
  #report: WorkletReport | undefined
  #closed = false

  constructor(host: StreamHost, volume: number, events: WorkletSoundEvents) {
    this.#host = host
    this.#events = events
    this.#volume = new GainNode(this.#context, { gain: volume })
    this.#volume.connect(this.#context.destination)
    this.#start().catch((cause: unknown) => this.#fail(cause))
  }

  /** For the tracks of a session; undefined while it is being made. */
  get outlet(): number | undefined {
    return this.#node && this.#outlet?.id
  }

  /** Seconds that the sound is later than the picture; undefined before it is known. */
  get lag(): number | undefined {
    return this.#report?.lag
  }

  set volume(volume: number) {
    this.#volume.gain.value = volume
  }

  /** After a click, where one was wanted. */
  resume(): void {
    if (this.#closed) return
    this.#context.resume().catch(() => undefined)
    setTimeout(() => {
      if (!this.#closed && this.#context.state !== 'running') this.#events.blocked()
    }, startPatience())
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    this.#outlet?.close()
    this.#context.close().catch(() => undefined)
  }

  async #start(): Promise<void> {
    this.resume()
    // From the worker to the audio thread by a port of their own: the page is not on the way. The worker loads its part
    // while the audio thread loads its own.
    const { port1, port2 } = new MessageChannel()
    const outlet = this.#host.openSpeaker(port2, (message) => this.#receive(message))
    this.#outlet = outlet
    // The path of the emitted file, which has no imports: bundlers hand it on as it is.
    await this.#context.audioWorklet.addModule(new URL('./sound-worklet.js', import.meta.url))
    if (this.#closed) return
    const node = new AudioWorkletNode(this.#context, 'rtsp-player-sound', {
      numberOfInputs: 0,
      outputChannelCount: [2],
    })
    this.#node = node
    node.onprocessorerror = () => this.#fail('its processor stopped')
    node.port.onmessage = ({ data }: MessageEvent<WorkletReport>) => {
      this.#report = data
    }
    node.connect(this.#volume)
    this.#command({ type: 'source', port: port1 }, [port1])
    this.#timer = setInterval(() => this.#follow(), AIM_MS)
    this.#follow()
    this.#events.ready(outlet.id)
  }

  #receive(message: OutletMessage | { readonly type: 'lost' }): void {
    if (this.#closed || (message.type !== 'failed' && message.type !== 'lost')) return
    this.close()
    if (message.type === 'lost') this.#events.lost()
    else this.#events.failed(ProtocolError.fromJSON(message.error))
  }

  #command(command: WorkletCommand, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(command, transfer)
  }

  /** Which time of the output belongs to which of the stream, by what is seen now. */
  #follow(): void {
    const picture = this.#events.pictureTime()
    if (picture === undefined) return
    if (picture === null) {
      this.#command({ type: 'aim', aim: null })
      return
    }
    const { contextTime, at } = this.#heard()
    const seenAt = picture.at - performance.timeOrigin
    const aim = picture.mediaTime - (contextTime + (seenAt - at) / 1000)
    const before = this.#aim
    const isNear = before !== undefined && Math.abs(aim - before) < JUMP
    this.#aim = isNear ? before + (aim - before) * SMOOTHING : aim
    this.#command({ type: 'aim', aim: this.#aim })
  }

  /**
   * What leaves the loudspeaker at a moment. Some browsers do not say, and WebKitGTK names one that is yet to come, later
   * and later: then by the latency that they state.
   */
  #heard(): { readonly contextTime: number; readonly at: number } {
    const now = performance.now()
    if (isFirefox()) return { contextTime: this.#context.currentTime - FIREFOX_LATENCY, at: now }
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp?.() ?? {}
    const isPast = performanceTime > 0 && performanceTime <= now + ROUNDING_MS
    if (contextTime > 0 && isPast) return { contextTime, at: performanceTime }
    const { currentTime, outputLatency = 0, baseLatency = 0 } = this.#context
    return { contextTime: currentTime - (outputLatency || baseLatency), at: now }
  }

  #fail(cause: unknown): void {
    if (this.#closed) return
    const reason = cause instanceof Error ? cause.message : String(cause)
    this.close()
    this.#events.failed(new ProtocolError('decode-failed', `The Web Audio API could not play the sound: ${reason}`))
  }
}

/** Sound that may be played waits for the sound card alone, which some machines take seconds to start. */
function startPatience(): number {
  const { userActivation, getAutoplayPolicy } = navigator as Partial<Navigator> & AutoplayPolicy
  const isAllowed =
    userActivation?.hasBeenActive === true || getAutoplayPolicy?.call(navigator, 'audiocontext') === 'allowed'
  return isAllowed ? START_AFTER_CLICK_MS : START_MS
}
