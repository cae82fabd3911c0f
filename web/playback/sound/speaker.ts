import { ProtocolError } from '../../../protocol/errors.ts'
import type { AudioConfiguration, TimedAccessUnit, TrackConfiguration } from '../../../protocol/index.ts'
import { audioDecoderConfig, bytesOfSample } from '../choice/decoder-configuration.ts'
import type { OutletMessage, Post } from '../stream/messages.ts'
import type { Outlet } from '../stream/outlet.ts'
import { DecodingTimes } from './decoding-times.ts'
import { planesOf } from './samples.ts'

/** Units that may wait in the browser's decoder: a second of the shortest frames. Beyond: they are let go. */
const MAX_QUEUED = 100
/** Decoders in a row that give up without a sound between, before the sound is given up. */
const MAX_FAILURES = 4

/** Samples on their way to the audio worklet: one array for each channel. */
export interface SoundChunk {
  readonly planes: readonly Float32Array[]
  readonly sampleRate: number
  /** Of the first sample, in seconds of the stream. */
  readonly mediaTime: number
}

/** Makes samples of the access units of a sound and sends them to the audio worklet, past the page. */
export class Speaker implements Outlet {
  readonly #port: MessagePort
  readonly #tell: Post<OutletMessage>
  #configuration: AudioConfiguration | undefined
  #decoder: AudioDecoder | undefined
  readonly #times = new DecodingTimes()
  #failures = 0
  #closed = false

  constructor(port: MessagePort, tell: Post<OutletMessage>) {
    this.#port = port
    this.#tell = tell
  }

  configure({ configuration }: TrackConfiguration): void {
    if (configuration.kind !== 'audio') return
    this.#configuration = configuration
    this.#stop()
  }

  push({ data, start, duration }: TimedAccessUnit): void {
    const configuration = this.#configuration
    if (this.#closed || !configuration) return
    const { codec, channels, sampleRate } = configuration
    const size = bytesOfSample(codec)
    if (size !== undefined) this.#send(planesOf(data, size, channels), sampleRate, start)
    else this.#decode(configuration, data, start, duration)
  }

  reset(): void {
    this.#stop()
    this.#port.postMessage(null)
  }

  resume(): void {
    // The ring leaves out what it has.
  }

  command(): void {
    // Sound goes by the audio clock, which the page tells the worklet.
  }

  close(): void {
    this.#closed = true
    this.#stop()
    this.#port.close()
  }

  #send(planes: Float32Array<ArrayBuffer>[], sampleRate: number, mediaTime: number): void {
    const chunk: SoundChunk = { planes, sampleRate, mediaTime }
    this.#port.postMessage(
      chunk,
      planes.map(({ buffer }) => buffer),
    )
  }

  #decode(configuration: AudioConfiguration, data: Uint8Array, start: number, duration: number): void {
    try {
      this.#decoder ??= this.#start(configuration)
      if (this.#decoder.decodeQueueSize > MAX_QUEUED) return
      const timestamp = this.#times.tell(start, duration)
      this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data }))
    } catch (cause) {
      this.#failed(cause)
    }
  }

  #start(configuration: AudioConfiguration): AudioDecoder {
    const config = audioDecoderConfig(configuration)
    if (!config) throw new TypeError(`no decoder has a name for ${configuration.codec}`)
    const decoder = new AudioDecoder({
      output: (samples) => this.#decoded(samples),
      error: (cause) => {
        if (this.#decoder === decoder) this.#failed(cause)
      },
    })
    decoder.configure(config)
    return decoder
  }

  #decoded(samples: AudioData): void {
    const { numberOfChannels, numberOfFrames, sampleRate, timestamp } = samples
    const planes = Array.from({ length: numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(numberOfFrames)
      samples.copyTo(plane, { planeIndex, format: 'f32-planar' })
      return plane
    })
    samples.close()
    this.#failures = 0
    if (!this.#closed) this.#send(planes, sampleRate, this.#times.timeOf(timestamp))
  }

  /** Every unit of sound is a random access point: the next one is tried with another decoder. */
  #failed(cause: unknown): void {
    this.#stop()
    this.#failures += 1
    if (this.#failures < MAX_FAILURES || this.#closed) return
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = new ProtocolError('decode-failed', `The browser could not decode the sound: ${reason}`)
    this.close()
    this.#tell({ type: 'failed', error: error.toJSON() })
  }

  #stop(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close()
    this.#decoder = undefined
    this.#times.reset()
  }
}
