import type { AudioConfiguration } from '../codec/configuration.ts'
import { ProtocolError } from '../errors.ts'
import { FlacBitWriter } from './flac-bit-writer.ts'
import { FlacSubframeEncoder, verbatimBits } from './flac-subframe.ts'
import { bytesPerSample } from './sound-decoder.ts'

/** Samples of each channel in one frame: the bounds that STREAMINFO states (RFC 9639 section 8.2). */
export const FLAC_BLOCK = { smallest: 16, largest: 65_535 } as const

const LARGEST_CHANNELS = 8
/** What STREAMINFO could hold is more; ffmpeg, and what is built on it, takes no more than this. */
const LARGEST_SAMPLE_RATE = 655_350

/** Metadata block header: the last one, STREAMINFO, 34 bytes (section 8.1). */
const STREAMINFO_HEADER = [0x80, 0, 0, 34]
/** Sample numbers have 36 bits; beyond (99 days at 8 kHz) they begin anew, as no decoder of MP4 minds. */
const SAMPLE_NUMBERS = 2 ** 36
/** Frame header without the coded number (4 bytes), that number (7), block size (2), sample rate (2), CRC-8; CRC-16. */
const MOST_OVERHEAD = 4 + 7 + 2 + 2 + 1 + 2

/** Sample rates with a code of their own (section 9.1.2). */
const RATE_CODES = new Map([
  [88_200, 1],
  [176_400, 2],
  [192_000, 3],
  [8000, 4],
  [16_000, 5],
  [22_050, 6],
  [24_000, 7],
  [32_000, 8],
  [44_100, 9],
  [48_000, 10],
  [96_000, 11],
])
/** In Hz, in 16 bits behind the header; and "see STREAMINFO". */
const RATE_IN_HZ = 13
const RATE_OF_STREAM = 0
/** Block size less one, in 16 bits behind the header (section 9.1.1). */
const BLOCK_SIZE_IN_16_BITS = 7

/**
 * The configuration of FLAC that holds samples without loss; null for what is not samples, or has more channels (8) or
 * a higher rate (655,350 Hz) than FLAC takes.
 */
export function flacConfiguration({ codec, sampleRate, channels }: AudioConfiguration): AudioConfiguration | null {
  const isRate = Number.isInteger(sampleRate) && sampleRate > 0 && sampleRate <= LARGEST_SAMPLE_RATE
  const isCount = Number.isInteger(channels) && channels > 0 && channels <= LARGEST_CHANNELS
  const bits = bytesPerSample(codec) * 8
  if (bits === 0 || !isRate || !isCount) return null
  const { smallest, largest } = FLAC_BLOCK
  const description = new Uint8Array(STREAMINFO_HEADER.length + 34)
  description.set([
    ...STREAMINFO_HEADER,
    ...[smallest >> 8, smallest & 0xff, largest >> 8, largest & 0xff], // block sizes
    ...[0, 0, 0, 0, 0, 0], // smallest and largest frame: unknown
    sampleRate >> 12, // sample rate in 20 bits
    (sampleRate >> 4) & 0xff,
    ((sampleRate & 0x0f) << 4) | ((channels - 1) << 1) | ((bits - 1) >> 4), // channels in 3 bits, bits in 5
    ((bits - 1) & 0x0f) << 4, // number of samples in 36 bits: unknown; then MD5 of them: none
  ])
  return { kind: 'audio', codec: 'flac', description, sampleRate, channels }
}

/**
 * A FLAC encoder for live sound (RFC 9639): each call makes one frame, of as many samples as there are. It is made to be
 * fast and exact; a file would be a few percent smaller by other means.
 */
export class FlacEncoder {
  readonly #sampleRate: number
  readonly #channels: number
  readonly #bytesPerSample: 2 | 3
  readonly #writer = new FlacBitWriter()
  readonly #subframe = new FlacSubframeEncoder()
  #samples = new Int32Array(0)
  /** Of the next frame: section 9.1.5. */
  #sampleNumber: number

  /**
   * @param configuration of the samples: `pcm-s16` or `pcm-s24`
   * @param sampleNumber of the first frame
   * @throws ProtocolError `codec-unsupported` where `flacConfiguration` is null
   */
  constructor(configuration: AudioConfiguration, sampleNumber = 0) {
    const bytes = bytesPerSample(configuration.codec)
    if (bytes === 0 || !flacConfiguration(configuration)) {
      throw new ProtocolError(
        'codec-unsupported',
        `FLAC does not hold ${configuration.codec} of this rate and channels`,
      )
    }
    this.#sampleRate = configuration.sampleRate
    this.#channels = configuration.channels
    this.#bytesPerSample = bytes
    this.#sampleNumber = sampleNumber
  }

  /**
   * One frame of the samples in `pcm[start … end)`: interleaved, little-endian, whole, and of each channel as many as
   * `FLAC_BLOCK` allows. A view that is good until the next call.
   */
  encode(pcm: Uint8Array, start = 0, end = pcm.length): Uint8Array {
    const length = (end - start) / (this.#bytesPerSample * this.#channels)
    this.#begin(length)
    if (this.#samples.length < length) this.#samples = new Int32Array(length)
    for (let channel = 0; channel < this.#channels; channel++) {
      this.#take(pcm, start + channel * this.#bytesPerSample, length)
      this.#subframe.write(this.#writer, this.#samples, length, this.#bytesPerSample * 8)
    }
    return this.#end(length)
  }

  /** One frame of silence, of so many samples of each channel. A view that is good until the next call. */
  encodeSilence(length: number): Uint8Array {
    this.#begin(length)
    for (let channel = 0; channel < this.#channels; channel++) {
      this.#writer.bits(0, 8) // a constant subframe …
      this.#writer.bits(0, this.#bytesPerSample * 8) // … of zero
    }
    return this.#end(length)
  }

  /** Section 9.1. */
  #begin(length: number): void {
    const writer = this.#writer
    writer.begin(MOST_OVERHEAD + Math.ceil((this.#channels * verbatimBits(length, this.#bytesPerSample * 8)) / 8))
    const rate = RATE_CODES.get(this.#sampleRate) ?? (this.#sampleRate <= 0xffff ? RATE_IN_HZ : RATE_OF_STREAM)
    writer.bits(0xfff9, 16) // sync code, blocking strategy: variable
    writer.bits((BLOCK_SIZE_IN_16_BITS << 4) | rate, 8)
    writer.bits(this.#channels - 1, 4) // channels independent of each other
    writer.bits(this.#bytesPerSample === 2 ? 4 : 6, 3) // 16 or 24 bits
    writer.bits(0, 1) // reserved
    this.#writeNumber(this.#sampleNumber)
    writer.bits(length - 1, 16)
    if (rate === RATE_IN_HZ) writer.bits(this.#sampleRate, 16)
    writer.crc8()
  }

  #end(length: number): Uint8Array {
    this.#sampleNumber = (this.#sampleNumber + length) % SAMPLE_NUMBERS
    this.#writer.crc16()
    return this.#writer.view()
  }

  /** Section 9.1.5: as UTF-8 would, if it went on to 36 bits in 7 bytes. */
  #writeNumber(number: number): void {
    if (number < 0x80) {
      this.#writer.bits(number, 8)
      return
    }
    let bytes = 2
    while (number >= 2 ** (5 * bytes + 1)) bytes++
    // As many ones as there are bytes, a zero, and the most significant bits: none of them in a seventh.
    this.#writer.bits((0xff00 >> bytes) | Math.floor(number / 64 ** (bytes - 1)), 8)
    for (let left = bytes - 2; left >= 0; left--) this.#writer.bits(0x80 | (Math.floor(number / 64 ** left) % 64), 8)
  }

  /** The samples of one channel. */
  #take(pcm: Uint8Array, start: number, length: number): void {
    const samples = this.#samples
    const step = this.#bytesPerSample * this.#channels
    let at = start
    if (this.#bytesPerSample === 2) {
      for (let i = 0; i < length; i++, at += step) samples[i] = (((pcm[at + 1] ?? 0) << 24) >> 16) | (pcm[at] ?? 0)
    } else {
      for (let i = 0; i < length; i++, at += step) {
        samples[i] = (((pcm[at + 2] ?? 0) << 24) >> 8) | ((pcm[at + 1] ?? 0) << 8) | (pcm[at] ?? 0)
      }
    }
  }
}
