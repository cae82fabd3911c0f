import { ProtocolError } from '../../../protocol/errors.ts'
import { type AutoplayPolicy, isFirefox } from '../choice/engine.ts'
import type { PictureTime } from '../renderer.ts'
import type { OutletHandle, OutletListener, ToldByOutlet } from '../stream/handles.ts'
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
/** So often in so many milliseconds the loudspeaker may have had nothing: beyond, the machine is too busy for so little in hand. */
const MOST_MISSED = 3
const MISSED_WITHIN_MS = 10_000
/** Volume changes over about three times so many seconds, or it would click; what ends has that long to fade. */
const FADE = 0.005
const FADE_MS = 30

/** Where sessions run, as far as it matters here. */
export interface SpeakerHost {
  openSpeaker(port: MessagePort, listener: OutletListener): OutletHandle
}

export interface WorkletSoundEvents {
  /** The sound has a way out: its access units go to this outlet. */
  ready(outlet: number): void
  /** What is being seen; undefined before the first picture, null where there are no pictures. */
  pictureTime(): PictureTime | null | undefined
  /** The browser wants a click first. */
  blocked(): void
  /** The loudspeaker misses parts of it: another is to take its place that has more in hand. */
  rough(): void
  /** It does not work here after all. */
  failed(error: ProtocolError): void
  /** The worker that it came from is gone. */
  lost(): void
}

/** As much of it as is used; it is in no library of TypeScript, and in few browsers. */
interface PlaybackStatistics {
  readonly playbackStats?: { readonly underrunEvents: number }
}

const tellsMissed = (): boolean => 'playbackStats' in AudioContext.prototype

/** An AudioContext that runs; its sound follows the picture. */
export class WorkletSound {
  readonly #host: SpeakerHost
  readonly #events: WorkletSoundEvents
  readonly #context: AudioContext & PlaybackStatistics
  readonly #volume: GainNode
  #before: WorkletSound | undefined
  /**
   * Browser and system have as little in hand as can be: 10 ms in place of 37 in Chromium. Only where they tell when that was
   * too little.
   */
  #isLean: boolean
  #outlet: OutletHandle | undefined
  #node: AudioWorkletNode | undefined
  #timer: number | undefined
  #aim: number | undefined
  #report: WorkletReport | undefined
  #missed: { readonly events: number; readonly at: number } | undefined
  #closed = false

  /** @param before what was too rough: it is heard until this is */
  constructor(host: SpeakerHost, volume: number, events: WorkletSoundEvents, before?: WorkletSound) {
    this.#host = host
    this.#events = events
    this.#before = before
    this.#isLean = !before && tellsMissed()
    this.#context = new AudioContext({ latencyHint: this.#isLean ? 0 : 'interactive' })
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
    return this.#report?.lag ?? this.#before?.lag
  }

  set volume(volume: number) {
    this.#volume.gain.setTargetAtTime(volume, this.#context.currentTime, FADE)
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
    this.volume = 0
    setTimeout(() => this.#context.close().catch(() => undefined), FADE_MS)
    this.#endBefore()
  }

  #endBefore(): void {
    this.#before?.close()
    this.#before = undefined
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
    this.#timer = setInterval(() => {
      this.#follow()
      this.#listen()
    }, AIM_MS)
    this.#follow()
    this.#endBefore()
    this.#events.ready(outlet.id)
  }

  #receive(message: ToldByOutlet): void {
    if (this.#closed || (message.type !== 'failed' && message.type !== 'lost')) return
    this.close()
    if (message.type === 'lost') this.#events.lost()
    else this.#events.failed(ProtocolError.fromJSON(message.error))
  }

  #command(command: WorkletCommand, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(command, transfer)
  }

  #listen(): void {
    const events = this.#isLean ? this.#context.playbackStats?.underrunEvents : undefined
    if (events === undefined) return
    const now = performance.now()
    if (!this.#missed || now - this.#missed.at > MISSED_WITHIN_MS) this.#missed = { events, at: now }
    else if (events - this.#missed.events >= MOST_MISSED) {
      this.#isLean = false
      this.#events.rough()
    }
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
