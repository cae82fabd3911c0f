import { ByteReader } from '../../../protocol/bytes/byte-reader.ts'

export interface ReadBox {
  readonly type: string
  readonly content: Uint8Array
}

/** The boxes that lie one behind the other in `bytes`. */
export function readBoxes(bytes: Uint8Array): ReadBox[] {
  const reader = new ByteReader(bytes)
  const boxes: ReadBox[] = []
  while (reader.remaining > 0) {
    const size = reader.u32()
    const type = String.fromCharCode(...reader.take(4))
    boxes.push({ type, content: reader.take(size - 8) })
  }
  return boxes
}

/** The content of the box at the end of a path of types. */
export function boxAt(bytes: Uint8Array, ...path: string[]): Uint8Array {
  let content = bytes
  for (const type of path) {
    const found = readBoxes(content).find((box) => box.type === type)
    if (!found) throw new Error(`no ${type}`)
    content = found.content
  }
  return content
}

export interface ReadFragment {
  readonly sequenceNumber: number
  readonly trackId: number
  readonly decodeTime: number
  readonly duration: number
  readonly flags: number
  readonly compositionOffset: number
  readonly data: number[]
}

/** Reads a fragment as a demuxer does: the sample by size and data offset, from the start of `moof`. */
export function readFragment(bytes: Uint8Array): ReadFragment {
  const header = new ByteReader(boxAt(bytes, 'moof', 'traf', 'tfhd'))
  header.skip(4)
  const decodeTime = new ByteReader(boxAt(bytes, 'moof', 'traf', 'tfdt'))
  decodeTime.skip(4)
  const run = new ByteReader(boxAt(bytes, 'moof', 'traf', 'trun'))
  run.skip(8)
  const dataOffset = run.u32()
  const duration = run.u32()
  const size = run.u32()
  return {
    sequenceNumber: new ByteReader(boxAt(bytes, 'moof', 'mfhd'), 4).u32(),
    trackId: header.u32(),
    decodeTime: decodeTime.u64(),
    duration,
    flags: run.u32(),
    compositionOffset: run.u32() | 0,
    data: [...bytes.subarray(dataOffset, dataOffset + size)],
  }
}
