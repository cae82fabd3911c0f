/**
 * Whether the RTP payload `bytes[start … end)` is, or begins with, what a decoder can start at: a keyframe, or the
 * parameter sets in front of one. It looks at headers only, so that it can be asked of each packet by whoever forwards
 * packets without taking them apart.
 */
export type RandomAccessDetector = (bytes: Uint8Array, start: number, end: number) => boolean

/** By encoding name of the SDP; null where each packet can be started at (sound), or where it is not known. */
export const randomAccessDetector = (encoding: string): RandomAccessDetector | null =>
  (Object.hasOwn(DETECTORS, encoding) ? DETECTORS[encoding] : null) ?? null

const at = (bytes: Uint8Array, index: number, end: number): number => (index < end ? (bytes[index] ?? 0) : 0)

/** RFC 6184 section 5.2. */
const h264: RandomAccessDetector = (bytes, start, end) => {
  const type = at(bytes, start, end) & 0x1f
  if (type === 28 || type === 29) return (at(bytes, start + 1, end) & 0x9f) === (0x80 | 5) // first fragment of an IDR slice
  if (type < 24 || type > 25) return isH264Start(type)
  // STAP-A, and STAP-B with a decoding order number of 16 bits: each NAL unit behind its size.
  for (let i = start + (type === 24 ? 1 : 3); i + 2 < end; ) {
    if (isH264Start(at(bytes, i + 2, end) & 0x1f)) return true
    i += 2 + ((at(bytes, i, end) << 8) | at(bytes, i + 1, end))
  }
  return false
}

/** IDR slice, or sequence parameter set. */
const isH264Start = (type: number): boolean => type === 5 || type === 7

/** RFC 7798 section 4.4. */
const h265: RandomAccessDetector = (bytes, start, end) => {
  const type = (at(bytes, start, end) >> 1) & 0x3f
  if (type === 49) {
    const header = at(bytes, start + 2, end)
    return (header & 0x80) !== 0 && isH265Start(header & 0x3f)
  }
  if (type !== 48) return isH265Start(type)
  for (let i = start + 2; i + 2 < end; ) {
    if (isH265Start((at(bytes, i + 2, end) >> 1) & 0x3f)) return true
    i += 2 + ((at(bytes, i, end) << 8) | at(bytes, i + 1, end))
  }
  return false
}

/** IRAP pictures (ITU-T H.265 section 7.4.2.2), video and sequence parameter sets. */
const isH265Start = (type: number): boolean => (type >= 16 && type <= 21) || type === 32 || type === 33

/** RTP Payload Format For AV1 section 4.4: the N bit. */
const av1: RandomAccessDetector = (bytes, start, end) => (at(bytes, start, end) & 0x88) === 0x08

/** RFC 7741 sections 4.2 and 4.3: the first packet of the first partition of a frame whose P bit is 0. */
const vp8: RandomAccessDetector = (bytes, start, end) => {
  const descriptor = at(bytes, start, end)
  if ((descriptor & 0x17) !== 0x10) return false
  let i = start + 1
  if (descriptor & 0x80) {
    const extension = at(bytes, i++, end)
    if (extension & 0x80) i += at(bytes, i, end) & 0x80 ? 2 : 1
    if (extension & 0x40) i++
    if (extension & 0x30) i++
  }
  return i < end && (at(bytes, i, end) & 1) === 0
}

/** RFC 9628 section 4.2: the first packet of a frame that is not predicted from another picture. */
const vp9: RandomAccessDetector = (bytes, start, end) => {
  const descriptor = at(bytes, start, end)
  // P is 0 and B is 1.
  if ((descriptor & 0x48) !== 0x08) return false
  if ((descriptor & 0x20) === 0) return true
  // A higher spatial layer is predicted from the one below.
  const layers = start + 1 + (descriptor & 0x80 ? (at(bytes, start + 1, end) & 0x80 ? 2 : 1) : 0)
  return ((at(bytes, layers, end) >> 1) & 0x07) === 0
}

/** RFC 2435 section 3.1: the first fragment; each picture stands alone. */
const jpeg: RandomAccessDetector = (bytes, start, end) =>
  (at(bytes, start + 1, end) | at(bytes, start + 2, end) | at(bytes, start + 3, end)) === 0

/** RFC 6416 section 5.2: a visual object sequence or layer header, or an I-VOP (ISO/IEC 14496-2 section 6.3.5). */
const mpeg4Visual: RandomAccessDetector = (bytes, start, end) => {
  if (at(bytes, start, end) !== 0 || at(bytes, start + 1, end) !== 0 || at(bytes, start + 2, end) !== 1) return false
  const code = at(bytes, start + 3, end)
  return code === 0xb0 || (code >= 0x20 && code <= 0x2f) || (code === 0xb6 && at(bytes, start + 4, end) >> 6 === 0)
}

const DETECTORS: Readonly<Record<string, RandomAccessDetector>> = {
  H264: h264,
  H265: h265,
  AV1: av1,
  VP8: vp8,
  VP9: vp9,
  JPEG: jpeg,
  'MP4V-ES': mpeg4Visual,
}
