/**
 * Makes samples of one kind of coded sound. A decoder keeps what the coder's state is made of, and nothing else: no call
 * makes garbage.
 */
export interface SoundDecoder {
  /** Form of the samples: `pcm-s16` or `pcm-s24`, interleaved, little-endian. */
  readonly codec: 'pcm-s16' | 'pcm-s24'
  /**
   * Samples, of all channels together, that `length` bytes of coded sound hold. What is left of the bytes, less than a
   * sample, is not sound.
   */
  samplesIn(length: number): number
  /**
   * Decodes `bytes[start … end)`, which follows what was decoded before.
   *
   * @param into has room for `samplesIn(end - start)` samples; filled from its beginning
   */
  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void
}

/** Bytes of one sample of `codec`; 0 where that is no form of samples. */
export const bytesPerSample = (codec: string): 0 | 2 | 3 => (codec === 'pcm-s16' ? 2 : codec === 'pcm-s24' ? 3 : 0)
