import { ProtocolError } from '../errors.ts'

const LENGTH_BYTES = 4

/**
 * Views of the NAL units in an MP4 sample with 4-byte lengths (ISO/IEC 14496-15 section 5.3.2). Empty ones are left out.
 * @param headerBytes of a NAL unit; a shorter one is none
 * @throws ProtocolError `payload-syntax` where the sample is not in that form.
 */
export function splitSample(unit: Uint8Array, headerBytes: 1 | 2): Uint8Array[] {
  const view = new DataView(unit.buffer, unit.byteOffset, unit.byteLength)
  const nalUnits: Uint8Array[] = []
  for (let at = 0; at < unit.length; ) {
    const start = at + LENGTH_BYTES
    const end = start <= unit.length ? start + view.getUint32(at) : Number.POSITIVE_INFINITY
    if (end > unit.length) {
      throw new ProtocolError('payload-syntax', `a NAL unit at byte ${at} is longer than its access unit`, {
        place: { byte: at },
      })
    }
    if (end > start && end - start < headerBytes) {
      throw new ProtocolError('payload-syntax', `a NAL unit at byte ${at} is shorter than its header`, {
        place: { byte: at },
      })
    }
    if (end > start) nalUnits.push(unit.subarray(start, end))
    at = end
  }
  return nalUnits
}
