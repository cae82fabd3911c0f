import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'

/**
 * An MPEG-1 layer III frame, 44.1 kHz, stereo, 64 kbit/s: 208 bytes, of which 172 are main data.
 *
 * @param mainDataBegin bytes of main data before the frame
 */
export function layer3Frame(mainDataBegin = 0, { fill = 0x55, crc = false, bitrateIndex = 5 } = {}): number[] {
  const writer = new BitWriter()
    .bits(8, 0xff)
    .bits(8, crc ? 0xfa : 0xfb)
    .bits(8, bitrateIndex << 4)
    .bits(8, 0)
  if (crc) writer.bits(16, 0x1234)
  writer.bits(9, mainDataBegin).bits(23, 0x2a_aaaa)
  const head = [...writer.toBytes(), ...new Array<number>(28).fill(0x11)]
  const length = Math.floor((144 * (bitrateIndex === 5 ? 64_000 : 128_000)) / 44_100)
  return [...head, ...new Array<number>(length - head.length).fill(fill)]
}

/** An MPEG-2 layer III frame, 22.05 kHz, mono, 64 kbit/s: 208 bytes. */
export const lowLayer3Frame = (mainDataBegin = 0): number[] => [
  ...[0xff, 0xf3, 0x80, 0xc0, mainDataBegin],
  ...new Array<number>(203).fill(0x33),
]

/** An MPEG-1 layer II frame, 48 kHz, stereo, 192 kbit/s: 576 bytes. */
export const layer2Frame = (fill = 0x22): number[] => [0xff, 0xfd, 0xa4, 0x00, ...new Array<number>(572).fill(fill)]
