import type { AudioConfiguration } from '../codec/configuration.ts'
import { LIMITS } from '../limits.ts'
import { FLAC_BLOCK, FlacEncoder, flacConfiguration } from '../sound/flac-encoder.ts'
import { bytesPerSample } from '../sound/sound-decoder.ts'
import { Milliseconds, Ticks } from '../units.ts'
import type { PlacedUnit } from './placed-unit.ts'
import type { CreateTranscoder, Transcoder } from './transcoder.ts'

/** Seconds of a frame, at least: a fragment costs a browser the same, however short. */
const SHORTEST_FRAME = 0.02
/**
 * Seconds by which a unit may miss the end of the one before and is still taken to follow it: half of its duration, so
 * that rounded times do not tear the sound, but no more than this, so that it stays with the picture.
 */
const LARGEST_TOLERANCE = 0.05

/**
 * Makes FLAC of decoded sound, since Media Source Extensions take no samples. A unit becomes a frame at once; those
 * shorter than 20 ms are joined up to that, so that none waits for longer than the next unit takes to come. The sound
 * has no gaps but long ones: what is missing, by loss or because silence is not sent, becomes silence, for a player
 * would stop there. What overlaps is cut off. So each frame begins exactly where the one before ends.
 */
export class FlacTranscoder implements Transcoder {
  readonly configuration: AudioConfiguration
  readonly #encoder: FlacEncoder
  readonly #give: (placed: PlacedUnit) => void
  readonly #frameBytes: number
  readonly #clockRate: number
  readonly #ticksPerSample: number
  /** Samples of each channel in the shortest frame. */
  readonly #shortest: number
  /** Where the newest unit ends, in ticks; undefined before the first. */
  #end: number | undefined
  /** Samples that wait for more, and where they begin. */
  #pending = new Uint8Array(0)
  #pendingBytes = 0
  #pendingStart: PlacedUnit | undefined
  #isFirst = true

  /**
   * @param clockRate ticks a second of the units' times
   * @param give takes the FLAC frames; their data is good during the call only
   * @throws ProtocolError `codec-unsupported` where FLAC does not hold such sound
   */
  constructor(pcm: AudioConfiguration, clockRate: number, give: (placed: PlacedUnit) => void) {
    this.#encoder = new FlacEncoder(pcm)
    this.configuration = flacConfiguration(pcm) ?? pcm
    this.#give = give
    this.#frameBytes = bytesPerSample(pcm.codec) * pcm.channels
    this.#clockRate = clockRate
    this.#ticksPerSample = clockRate / pcm.sampleRate
    this.#shortest = Math.max(FLAC_BLOCK.smallest, Math.ceil(SHORTEST_FRAME * pcm.sampleRate))
  }

  push(placed: PlacedUnit): void {
    const samples = placed.unit.data.length / this.#frameBytes
    const tolerance = Math.min(
      (Math.max(samples, this.#shortest) * this.#ticksPerSample) / 2,
      LARGEST_TOLERANCE * this.#clockRate,
    )
    const step = this.#end === undefined ? 0 : placed.time - this.#end
    if (Math.abs(step) < tolerance) {
      this.#take({ ...placed, time: Ticks(placed.time - step) }, 0)
    } else if (step > 0) {
      this.flush()
      this.#fill(step, placed)
      this.#take(placed, 0)
    } else {
      const overlapping = Math.round(-step / this.#ticksPerSample)
      if (overlapping >= samples) return
      const wallClock = moved(placed.wallClock, (-step * 1000) / this.#clockRate)
      this.#take({ ...placed, time: Ticks(placed.time - step), wallClock }, overlapping)
    }
  }

  /** Gives out what waits. Less than the smallest block of FLAC, 2 ms at 8 kHz, is let go. */
  flush(): void {
    const start = this.#pendingStart
    const bytes = this.#pendingBytes
    this.#pendingStart = undefined
    this.#pendingBytes = 0
    if (start && bytes / this.#frameBytes >= FLAC_BLOCK.smallest) this.#encode(start, this.#pending, 0, bytes)
  }

  /** @param skipped samples at its beginning that are left out */
  #take(placed: PlacedUnit, skipped: number): void {
    const { data } = placed.unit
    const start = skipped * this.#frameBytes
    const samples = (data.length - start) / this.#frameBytes
    this.#end = placed.time + samples * this.#ticksPerSample
    if (this.#pendingBytes === 0 && samples >= this.#shortest) {
      this.#encode(placed, data, start, data.length)
      return
    }
    this.#append(placed, start)
    if (this.#pendingBytes / this.#frameBytes >= this.#shortest) this.flush()
  }

  #append(placed: PlacedUnit, start: number): void {
    const { data } = placed.unit
    const needed = this.#pendingBytes + data.length - start
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(needed * 2)
      grown.set(this.#pending.subarray(0, this.#pendingBytes))
      this.#pending = grown
    }
    this.#pending.set(data.subarray(start), this.#pendingBytes)
    this.#pendingBytes = needed
    this.#pendingStart = { ...(this.#pendingStart ?? placed), arrival: placed.arrival }
  }

  #fill(gap: number, following: PlacedUnit): void {
    const samples = Math.round(gap / this.#ticksPerSample)
    const isLong = gap * 1000 > LIMITS.filledSilenceMilliseconds * this.#clockRate
    if (samples < FLAC_BLOCK.smallest || isLong) return
    const wallClock = moved(following.wallClock, (-gap * 1000) / this.#clockRate)
    this.#encode({ ...following, time: Ticks(following.time - gap), wallClock }, null, 0, samples * this.#frameBytes)
  }

  /** In as many frames as it takes, of about the same size. @param pcm null for silence */
  #encode(placed: PlacedUnit, pcm: Uint8Array | null, start: number, end: number): void {
    const samples = (end - start) / this.#frameBytes
    const parts = Math.ceil(samples / FLAC_BLOCK.largest)
    for (let part = 0; part < parts; part++) {
      const from = Math.floor((part * samples) / parts)
      const to = Math.floor(((part + 1) * samples) / parts)
      const frame = pcm
        ? this.#encoder.encode(pcm, start + from * this.#frameBytes, start + to * this.#frameBytes)
        : this.#encoder.encodeSilence(to - from)
      this.#tell(placed, from, to, frame)
    }
  }

  /** Times are rounded, not durations, so that nothing adds up. */
  #tell({ unit, time, arrival, wallClock }: PlacedUnit, from: number, to: number, data: Uint8Array): void {
    const start = Ticks(Math.round(time + from * this.#ticksPerSample))
    const end = Math.round(time + to * this.#ticksPerSample)
    const configuration = this.#isFirst ? this.configuration : undefined
    this.#isFirst = false
    this.#give({
      unit: {
        data,
        timestamp: start,
        randomAccess: true,
        discontinuity: from === 0 && unit.discontinuity,
        configuration,
        duration: Ticks(Math.max(1, end - start)),
      },
      time: start,
      arrival,
      wallClock: moved(wallClock, ((start - time) * 1000) / this.#clockRate),
    })
  }
}

const moved = (wallClock: Milliseconds | undefined, by: number): Milliseconds | undefined =>
  wallClock === undefined ? undefined : Milliseconds(wallClock + by)

/** MP4 has no samples that browsers take, but FLAC of them. */
export const flacTranscoder: CreateTranscoder = (configuration, clockRate, give) =>
  flacConfiguration(configuration) ? new FlacTranscoder(configuration, clockRate, give) : undefined
