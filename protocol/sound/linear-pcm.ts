import { ByteOrderWatch } from './byte-order-watch.ts'
import type { SoundDecoder } from './sound-decoder.ts'

/** L8 (RFC 3551 section 4.5.10): 8 bits, of which 128 is silence. */
export class L8Decoder implements SoundDecoder {
  readonly codec = 'pcm-s16'

  samplesIn(length: number): number {
    return length
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    let at = 0
    for (let i = start; i < end; i++) {
      into[at++] = 0
      into[at++] = (bytes[i] ?? 0) ^ 0x80
    }
  }
}

/**
 * L16 (RFC 3551 section 4.5.11): 16 bits, in network byte order. Some cameras send them as their processor has them; that
 * is found out by listening.
 */
export class L16Decoder implements SoundDecoder {
  readonly codec = 'pcm-s16'
  readonly #watch: ByteOrderWatch
  readonly #littleEndian: () => void
  #told = false

  /** @param littleEndian told once, when the bytes turn out to be in the other order */
  constructor(sampleRate: number, channels: number, littleEndian: () => void) {
    this.#watch = new ByteOrderWatch(sampleRate, channels)
    this.#littleEndian = littleEndian
  }

  samplesIn(length: number): number {
    return length >> 1
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    const length = (end - start) & ~1
    if (this.#watch.listen(bytes, start, start + length) === 'little') {
      into.set(bytes.subarray(start, start + length))
      if (!this.#told) this.#littleEndian()
      this.#told = true
      return
    }
    for (let i = 0; i < length; i += 2) {
      into[i] = bytes[start + i + 1] ?? 0
      into[i + 1] = bytes[start + i] ?? 0
    }
  }
}

/** L24 (RFC 3190 section 4): 24 bits, in network byte order. */
export class L24Decoder implements SoundDecoder {
  readonly codec = 'pcm-s24'

  samplesIn(length: number): number {
    return Math.floor(length / 3)
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    let at = 0
    for (let i = start; i + 3 <= end; i += 3) {
      into[at++] = bytes[i + 2] ?? 0
      into[at++] = bytes[i + 1] ?? 0
      into[at++] = bytes[i] ?? 0
    }
  }
}
