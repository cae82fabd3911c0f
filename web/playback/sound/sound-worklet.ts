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
/** Sound later than the picture, in seconds: as it begins, and at the most. It grows by steps where sound comes too late. */
const FIRST_LAG = 0.03
const MAX_LAG = 2
const LAG_STEP = 0.01
/**
 * Sound that was in hand all the time, in seconds: where there was more, it may be less late, and where there was less it had
 * better be later before some is missed. Looked at in turns of so many seconds, and changed by so much at the most.
 */
const IN_HAND = 0.015
const EASE_SECONDS = 4
const EASE = 0.01
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
  #leastInHand = Number.POSITIVE_INFINITY
  #easeAt = 0
  /** Where the sound that had come ended when some was missed. */
  #missedAt = -1
  /** The last sample of each channel that was given out: the start of a fade to silence. */
  #last: number[] = []
  underruns = 0

  /** Seconds that sound is later than the picture. */
  get lag(): number {
    return this.#lag
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
      this.#aimedAlone = undefined
    }
    this.#aim = aim
  }

  /** Another stream follows. */
  reset(): void {
    this.#ring?.clear()
    this.#playing = { name: 'silent' }
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
    const wanted = this.#wanted(ring, time)
    const inHand = ring.endTime - wanted - length / rate
    if (inHand < 0 || wanted < ring.timeOf(ring.start)) {
      if (inHand < 0) this.#miss(ring.end, inHand)
      this.#fadeOut(outputs)
      return
    }
    this.#ease(inHand, time)
    const place = this.#place(ring, wanted)
    // What is to be cut fades out first.
    if (place === undefined) this.#fadeOut(outputs)
    else this.#play(ring, outputs, place, wanted, rate)
  }

  #wanted(ring: SoundRing, time: number): number {
    if (this.#aim !== null) return time + this.#aim - this.#lag
    this.#aimedAlone ??= ring.endTime - time
    return time + this.#aimedAlone - this.#lag
  }

  /** Sound that comes will have to be later; what does not come at all says nothing of how late it will be. */
  #miss(end: number, inHand: number): void {
    if (this.#playing.name === 'playing') this.underruns += 1
    this.#leastInHand = Number.POSITIVE_INFINITY
    if (end === this.#missedAt) return
    this.#missedAt = end
    const most = this.#aim === null ? Number.POSITIVE_INFINITY : MAX_LAG
    this.#lag = Math.min(most, this.#lag + Math.min(LAG_STEP, 0.002 - inHand))
  }

  #ease(inHand: number, time: number): void {
    this.#leastInHand = Math.min(this.#leastInHand, inHand)
    if (time < this.#easeAt) return
    this.#easeAt = time + EASE_SECONDS
    if (Number.isFinite(this.#leastInHand)) {
      const change = Math.max(-EASE, Math.min(EASE, IN_HAND - this.#leastInHand))
      // Before the picture only where there is none: then this follows the clock of the camera.
      this.#lag = Math.max(this.#aim === null ? Number.NEGATIVE_INFINITY : 0, this.#lag + change)
    }
    this.#leastInHand = Number.POSITIVE_INFINITY
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
