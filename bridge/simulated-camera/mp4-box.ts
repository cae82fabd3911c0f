import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { ProtocolError } from '../../protocol/errors.ts'

/** A box of ISO/IEC 14496-12 section 4.2: its content is `bytes[start … end)`. */
export interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** The boxes that stand in `bytes[start … end)`, one after the other. @throws ProtocolError `file-invalid` */
export function* boxes(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  let at = start
  // Fewer bytes than a header are padding: QuickTime ends some containers with four zeros.
  while (end - at >= 8) {
    const reader = new ByteReader(bytes, at, end, 'file-invalid')
    const size = reader.u32()
    const type = String.fromCharCode(...reader.take(4))
    // 1: the size follows in 64 bits; 0: up to the end.
    const length = size === 1 ? reader.u64() : size === 0 ? end - at : size
    const boxEnd = at + length
    if (boxEnd < reader.position || boxEnd > end) {
      throw new ProtocolError('file-invalid', `The box ${printable(type)} at byte ${at} reaches beyond its container`, {
        place: { byte: at },
      })
    }
    yield { type, start: reader.position, end: boxEnd }
    at = boxEnd
  }
}

/** The first box of that type within a container. */
export function findBox(bytes: Uint8Array, container: Box, type: string): Box | null {
  for (const box of boxes(bytes, container.start, container.end)) if (box.type === type) return box
  return null
}

/** @throws ProtocolError `file-invalid` where there is none */
export function needBox(bytes: Uint8Array, container: Box, type: string): Box {
  const box = findBox(bytes, container, type)
  if (!box) {
    throw new ProtocolError('file-invalid', `The box ${container.type} at byte ${container.start} has no ${type}`, {
      place: { byte: container.start },
    })
  }
  return box
}

const printable = (type: string): string => type.replace(/[^\x20-\x7e]/g, '?')
