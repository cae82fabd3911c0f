/**
 * What runs in the audio thread: samples come in by a port, and go out at the time that the picture says. One file without
 * imports, since bundlers hand on the module of an audio worklet as it is.
 */

/** Seconds of sound that may wait. Beyond: the oldest goes. */
const CAPACITY = 2
/** Chunks whose times are so near to where the one before ended follow it, in seconds. */
const SEAMLESS = 0.01
/** A gap up to here is played as silence, in seconds; beyond, all begins anew. */
const LONGEST_GAP = 1
/** Sound so far from its place is put there at once, in seconds; nearer it is played faster or slower. */
const FAR = 0.15
/** Change of pace for a second out of place, and the most of it: a percent is a sixth of a semitone. */
const GAIN = 0.5
const MAX_CHANGE = 0.01
/** Sound later than the picture, in seconds: where nothing was measured, and at the most. */
const FIRST_LAG = 0.03
const MAX_LAG = 2
/** What is missed makes it later at once, by so much at the most. */
const LAG_STEP = 0.01
/** So long it is measured how late sound comes before any is heard. */
const MEASURED_FIRST = 0.25
/** Sound that is to be in hand when all has come as late as it does, in seconds. */
const IN_HAND = 0.004
/** Lateness is remembered for so many seconds, each for itself; by so much a second what is wanted follows it at the most. */
const REMEMBERED = 8
const MOST_LATER = 0.01
const MOST_EARLIER = 0.005
/** Beginnings and ends fade over so many samples, or they would click. */
const FADE = 128

/** A ring of samples of all channels, with the time of the stream of each; places count up without end. */
export class SoundRing {
  readonly sampleRate: number
  readonly #planes: readonly Float32Array[]
  readonly #capacity: number
  #end = 0
  #length = 0
  /** The newest chunk begins at this place and time. */
  #anchor = { place: 0, mediaTime: 0 }

  constructor(channels: number, sampleRate: number) {
    this.sampleRate = sampleRate
    this.#capacity = Math.ceil(CAPACITY * sampleRate)
    this.#planes = Array.from({ length: channels }, () => new Float32Array(this.#capacity))
  }

  get channels(): number {
    return this.#planes.length
  }

  /** The place behind the newest sample. */
  get end(): number {
    return this.#end
  }

  /** The place of the oldest sample. */
  get start(): number {
    return this.#end - this.#length
  }

  get endTime(): number {
    return this.timeOf(this.#end)
  }

  timeOf(place: number): number {
    return this.#anchor.mediaTime + (place - this.#anchor.place) / this.sampleRate
  }

  placeOf(mediaTime: number): number {
    return this.#anchor.place + (mediaTime - this.#anchor.mediaTime) * this.sampleRate
  }

  /** @param mediaTime of the first sample, in seconds */
  push(planes: readonly Float32Array[], mediaTime: number): void {
    const gap = this.#length === 0 ? 0 : mediaTime - this.endTime
    if (Math.abs(gap) > LONGEST_GAP) this.#length = 0
    else if (gap > SEAMLESS) this.#write(null, Math.round(gap * this.sampleRate))
    const known = gap < -SEAMLESS && -gap <= LONGEST_GAP ? Math.round(-gap * this.sampleRate) : 0
    const length = planes[0]?.length ?? 0
    if (known >= length) return
    this.#anchor = { place: this.#end, mediaTime: mediaTime + known / this.sampleRate }
    this.#write(known === 0 ? planes : planes.map((plane) => plane.subarray(known)), length - known)
  }

  clear(): void {
    this.#length = 0
  }

  /** Catmull-Rom between the four samples around a place: straight lines would sound rough. */
  sample(channel: number, place: number): number {
    const plane = this.#planes[channel]
    if (!plane) return 0
    const at = Math.floor(place)
    const t = place - at
    const a = this.#at(plane, at - 1)
    const b = this.#at(plane, at)
    const c = this.#at(plane, at + 1)
    const d = this.#at(plane, at + 2)
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
  }

  /** Beyond the ends the outermost sample goes on. */
  #at(plane: Float32Array, place: number): number {
    const within = Math.max(this.start, Math.min(this.#end - 1, place))
    return plane[within % this.#capacity] ?? 0
  }

  #write(planes: readonly Float32Array[] | null, length: number): void {
    for (const [channel, ring] of this.#planes.entries()) {
      const samples = planes?.[channel] ?? planes?.[0]
      for (let i = Math.max(0, length - this.#capacity); i < length; i++) {
        ring[(this.#end + i) % this.#capacity] = samples?.[i] ?? 0
      }
    }
    this.#end += length
    this.#length = Math.min(this.#capacity, this.#length + length)
  }
}

/**
 * By how much sound would have to be later than the picture for none to be missed, in each of the last seconds. The worst
 * counts, unless it stands alone: that is an accident, and the second like it a habit.
 */
class Lateness {
  readonly #worst = new Float64Array(REMEMBERED)
  #second = -1
  #seconds = 0

  /** @param time of the output, in seconds */
  add(lateness: number, time: number): void {
    const second = Math.floor(time)
    const at = second % REMEMBERED
    if (second === this.#second) this.#worst[at] = Math.max(this.#worst[at] ?? 0, lateness)
    else {
      this.#seconds = second === this.#second + 1 ? Math.min(REMEMBERED, this.#seconds + 1) : 1
      this.#second = second
      this.#worst[at] = lateness
    }
  }

  reset(): void {
    this.#seconds = 0
    this.#second = -1
  }

  /** Of the newest second; undefined where there is none. */
  get newest(): number | undefined {
    return this.#seconds === 0 ? undefined : this.#worst[this.#second % REMEMBERED]
  }

  /** Undefined before it can be told from an accident. */
  get usual(): number | undefined {
    let worst = 0
    for (let age = 1; age < this.#seconds; age++) if (this.#at(age) > this.#at(worst)) worst = age
    let usual = Number.NEGATIVE_INFINITY
    // An accident may fall into two of them.
    for (let age = 0; age < this.#seconds; age++) {
      if (Math.abs(age - worst) > 1) usual = Math.max(usual, this.#at(age))
    }
    return this.#seconds > 3 ? usual : undefined
  }

  #at(age: number): number {
    return this.#worst[(this.#second - age) % REMEMBERED] ?? 0
  }
}

type Playing = { readonly name: 'silent' } | { readonly name: 'playing'; place: number; fadeIn: number }

/**
 * Plays a ring so that each sample is heard when the picture of its time is seen, or as little later as it comes. What is a
 * little out of place is played a little faster or slower; what is far out is cut, with a fade.
 */
export class SoundPlayout {
  #ring: SoundRing | undefined
  #playing: Playing = { name: 'silent' }
  /** Time of the stream less time of the output, in seconds, that the picture has; null where there is no picture. */
  #aim: number | null = null
  #aimedAlone: number | undefined
  #lag = FIRST_LAG
  readonly #lateness = new Lateness()
  /** When the first of this stream was there to be played; undefined before. */
  #beganAt: number | undefined
  #easedAt = 0
  #error = 0
  /** Where the sound that had come ended when some was missed. */
  #missedAt = -1
  /** The last sample of each channel that was given out: the start of a fade to silence. */
  #last: number[] = []
  underruns = 0

  /** Seconds that sound is later than the picture. */
  get lag(): number {
    return this.#lag + this.#error
  }

  push(planes: readonly Float32Array[], sampleRate: number, mediaTime: number): void {
    const ring = this.#ring
    if (!ring || ring.sampleRate !== sampleRate || ring.channels !== planes.length) {
      this.#ring = new SoundRing(planes.length, sampleRate)
      this.#playing = { name: 'silent' }
    }
    this.#ring?.push(planes, mediaTime)
  }

  /** @param aim see above; null: there is no picture, sound plays as it comes */
  aim(aim: number | null): void {
    if ((aim === null) !== (this.#aim === null)) {
      // How late it is beside a picture says nothing of how late it is alone.
      this.#lag = FIRST_LAG
      this.#lateness.reset()
      this.#aimedAlone = undefined
    }
    this.#aim = aim
  }

  /** Another stream follows. */
  reset(): void {
    this.#ring?.clear()
    this.#playing = { name: 'silent' }
    this.#lateness.reset()
    this.#beganAt = undefined
    this.#aimedAlone = undefined
  }

  /**
   * Fills a block.
   *
   * @param outputs one array for each channel of the output
   * @param time of the first sample by the clock of the output, in seconds
   * @param rate samples a second of the output
   */
  render(outputs: readonly Float32Array[], time: number, rate: number): void {
    const ring = this.#ring
    const length = outputs[0]?.length ?? 0
    if (!ring || ring.end === ring.start) {
      this.#fadeOut(outputs)
      return
    }
    const inTime = this.#inTime(ring, time)
    const lateness = inTime + length / rate - ring.endTime
    this.#lateness.add(lateness, time)
    if (!this.#hasBegun(time)) {
      this.#fadeOut(outputs)
      return
    }
    const wanted = inTime - this.#lag
    const isMissing = lateness > this.#lag
    if (isMissing || wanted < ring.timeOf(ring.start)) {
      if (isMissing) this.#miss(ring.end, lateness)
      this.#fadeOut(outputs)
      return
    }
    this.#ease(time)
    const place = this.#place(ring, wanted)
    // What is to be cut fades out first.
    if (place === undefined) this.#fadeOut(outputs)
    else this.#play(ring, outputs, place, wanted, rate)
  }

  /** What would be heard if sound were not later than the picture. */
  #inTime(ring: SoundRing, time: number): number {
    if (this.#aim !== null) return time + this.#aim
    this.#aimedAlone ??= ring.endTime - time
    return time + this.#aimedAlone
  }

  /** Before the first sound it is measured how late it comes: it would be missed at once, or be too late for long. */
  #hasBegun(time: number): boolean {
    this.#beganAt ??= time
    if (time < this.#beganAt + MEASURED_FIRST) return false
    if (this.#beganAt > Number.NEGATIVE_INFINITY) {
      this.#beganAt = Number.NEGATIVE_INFINITY
      this.#easedAt = time
      this.#lag = this.#bounded((this.#lateness.newest ?? FIRST_LAG) + IN_HAND)
    }
    return true
  }

  /** Before the picture only where there is none: then this follows the clock of the camera. */
  #bounded(lag: number): number {
    return this.#aim === null ? lag : Math.max(0, Math.min(MAX_LAG, lag))
  }

  /** Sound that comes will have to be later; what does not come at all says nothing of how late it will be. */
  #miss(end: number, lateness: number): void {
    if (this.#playing.name === 'playing') this.underruns += 1
    if (end === this.#missedAt) return
    this.#missedAt = end
    this.#lag = this.#bounded(this.#lag + Math.min(LAG_STEP, lateness - this.#lag + IN_HAND / 2))
  }

  /** As late as it comes, and no later. */
  #ease(time: number): void {
    if (time < this.#easedAt + 1) return
    this.#easedAt = time
    const { usual } = this.#lateness
    if (usual === undefined) return
    const change = usual + IN_HAND - this.#lag
    this.#lag = this.#bounded(this.#lag + Math.max(-MOST_EARLIER, Math.min(MOST_LATER, change)))
  }

  /** Where to play from; undefined where what plays is to fade out before it is continued elsewhere. */
  #place(ring: SoundRing, wanted: number): number | undefined {
    if (this.#playing.name === 'silent') return ring.placeOf(wanted)
    const { place } = this.#playing
    const isThere = place >= ring.start && place < ring.end
    return isThere && Math.abs(wanted - ring.timeOf(place)) < FAR ? place : undefined
  }

  #play(ring: SoundRing, outputs: readonly Float32Array[], start: number, wanted: number, rate: number): void {
    const error = wanted - ring.timeOf(start)
    this.#error = error
    const pace = 1 + Math.max(-MAX_CHANGE, Math.min(MAX_CHANGE, error * GAIN))
    const step = (ring.sampleRate / rate) * pace
    const length = outputs[0]?.length ?? 0
    const fadedIn = this.#playing.name === 'playing' ? this.#playing.fadeIn : 0
    for (const [channel, output] of outputs.entries()) {
      // One channel is heard on both sides.
      const from = Math.min(channel, ring.channels - 1)
      for (let i = 0; i < length; i++) {
        output[i] = ring.sample(from, start + i * step) * Math.min(1, (fadedIn + i) / FADE)
      }
      this.#last[channel] = output[length - 1] ?? 0
    }
    this.#playing = { name: 'playing', place: start + length * step, fadeIn: Math.min(FADE, fadedIn + length) }
  }

  #fadeOut(outputs: readonly Float32Array[]): void {
    for (const [channel, output] of outputs.entries()) {
      const from = this.#last[channel] ?? 0
      for (let i = 0; i < output.length; i++) output[i] = from * Math.max(0, 1 - i / FADE)
      this.#last[channel] = 0
    }
    this.#playing = { name: 'silent' }
  }
}

/** From the page. */
export type WorkletCommand =
  | { readonly type: 'source'; readonly port: MessagePort }
  | { readonly type: 'aim'; readonly aim: number | null }

/** To the page, a few times a second. */
export interface WorkletReport {
  /** Seconds that sound is later than the picture. */
  readonly lag: number
  readonly underruns: number
}

/** As much of AudioWorkletGlobalScope as is used; it is in no library of TypeScript. */
interface WorkletScope {
  readonly currentTime: number
  readonly sampleRate: number
  readonly AudioWorkletProcessor: new () => { readonly port: MessagePort }
  registerProcessor(name: string, processor: new () => unknown): void
}

const REPORT_SECONDS = 0.5

function register(scope: WorkletScope): void {
  class SoundProcessor extends scope.AudioWorkletProcessor {
    readonly #playout = new SoundPlayout()
    #reportAt = 0

    constructor() {
      super()
      this.port.onmessage = ({ data }: MessageEvent<WorkletCommand>) => {
        if (data.type === 'aim') this.#playout.aim(data.aim)
        else data.port.onmessage = (event) => this.#receive(event.data)
      }
    }

    process(_inputs: unknown, [outputs = []]: readonly Float32Array[][]): boolean {
      this.#playout.render(outputs, scope.currentTime, scope.sampleRate)
      if (scope.currentTime >= this.#reportAt) {
        this.#reportAt = scope.currentTime + REPORT_SECONDS
        const report: WorkletReport = { lag: this.#playout.lag, underruns: this.#playout.underruns }
        this.port.postMessage(report)
      }
      return true
    }

    #receive(chunk: { planes: Float32Array[]; sampleRate: number; mediaTime: number } | null): void {
      if (chunk) this.#playout.push(chunk.planes, chunk.sampleRate, chunk.mediaTime)
      else this.#playout.reset()
    }
  }
  scope.registerProcessor('rtsp-player-sound', SoundProcessor)
}

if ('registerProcessor' in globalThis) register(globalThis as unknown as WorkletScope)
