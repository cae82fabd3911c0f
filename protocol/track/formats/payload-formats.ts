import type { ReportDeviation } from '../../deviation.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import { h264 } from './h264.ts'
import { mpeg4Generic } from './mpeg4-generic.ts'
import type { PayloadFormat, ReadableFormat } from './payload-format.ts'

/** By encoding name of the rtpmap, in upper case. */
const PAYLOAD_FORMATS: Readonly<Record<string, PayloadFormat>> = {
  H264: h264,
  'MPEG4-GENERIC': mpeg4Generic,
}

/** How the format is read; null where the payload format, or its mode, is not known here. */
export const readableFormat = (stated: MediaFormat, report: ReportDeviation): ReadableFormat | null =>
  (Object.hasOwn(PAYLOAD_FORMATS, stated.encoding) ? PAYLOAD_FORMATS[stated.encoding]?.(stated, report) : null) ?? null
