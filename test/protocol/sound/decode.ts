import { bytesPerSample, type SoundDecoder } from '../../../protocol/sound/sound-decoder.ts'

/** All samples as bytes, decoded in pieces of so many bytes. */
export function decode(decoder: SoundDecoder, bytes: Uint8Array, piece = bytes.length): Uint8Array {
  const width = bytesPerSample(decoder.codec)
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += piece) {
    const end = Math.min(bytes.length, at + piece)
    // One byte more than it may write to, which must stay as it is.
    const into = new Uint8Array(decoder.samplesIn(end - at) * width + 1).fill(0xa5)
    decoder.decode(bytes, at, end, into)
    if (into.at(-1) !== 0xa5) throw new Error('more than was announced')
    parts.push(into.subarray(0, -1))
  }
  return Buffer.concat(parts)
}
