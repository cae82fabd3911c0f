import { JpegDepacketizer } from '../../depacketizer/jpeg.ts'
import type { PictureSize } from '../../depacketizer/jpeg-size.ts'
import { attributeValues, type MediaDescription } from '../../sdp/session-description.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 2435 states no parameters; the size, where payload headers cannot, is an attribute. */
export const jpeg: PayloadFormat = (format, _report, media) => {
  const size = statedSize(media, format.payloadType)
  return { format, createDepacketizer: (report) => new JpegDepacketizer({ size, report }) }
}

/**
 * `a=x-dimensions:2560,1440`, as cameras and GStreamer write it, or `a=framesize:26 2560-1440` of 3GPP TS 26.234
 * section 5.3.3.2; null where there is neither.
 */
function statedSize({ attributes }: MediaDescription, payloadType: number): PictureSize | null {
  for (const value of attributeValues(attributes, 'x-dimensions')) {
    const size = sizeOf(/^\s*(\d{1,5})\s*,\s*(\d{1,5})\s*$/.exec(value))
    if (size) return size
  }
  for (const value of attributeValues(attributes, 'framesize')) {
    const [, type, ...sides] = /^\s*(\d{1,3})\s+(\d{1,5})\s*[-x,]\s*(\d{1,5})\s*$/.exec(value) ?? []
    const size = Number(type) === payloadType ? sizeOf(['', ...sides]) : null
    if (size) return size
  }
  return null
}

const sizeOf = (match: readonly string[] | null): PictureSize | null => {
  const [, width, height] = (match ?? []).map(Number)
  return width && height && width <= 0xffff && height <= 0xffff ? { width, height } : null
}
