/**
 * Interleaved little-endian samples as the Web Audio API wants them: an array for each channel, from -1 to 1.
 *
 * @param size bytes of a sample
 */
export function planesOf(data: Uint8Array, size: 2 | 3, channels: number): Float32Array<ArrayBuffer>[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const frames = Math.floor(data.length / (size * channels))
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(frames)
    for (let frame = 0; frame < frames; frame++) {
      const at = (frame * channels + channel) * size
      plane[frame] =
        size === 2
          ? view.getInt16(at, true) / 0x8000
          : (view.getUint8(at) | (view.getInt16(at + 1, true) << 8)) / 0x80_0000
    }
    return plane
  })
}
