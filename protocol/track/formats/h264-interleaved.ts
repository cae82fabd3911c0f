import { H264InterleavedDepacketizer } from '../../depacketizer/h264-interleaved.ts'
import { LIMITS } from '../../limits.ts'
import { statedParameterSets } from './h264.ts'
import type { PayloadFormat } from './payload-format.ts'

/** Of a stream in interleaved mode that does not state its depth, as it must: that of 8 slices costs little. */
const DEFAULT_INTERLEAVING_DEPTH = 8

/** RFC 6184 section 8, `packetization-mode` 2. */
export const h264Interleaved: PayloadFormat = (format, report) => {
  const parameterSets = statedParameterSets(format, report)
  const number = (name: string): number | undefined => {
    const text = format.parameters.get(name)
    return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
  }
  // More than there is room for could not be put in order.
  if ((number('sprop-deint-buf-req') ?? 0) > LIMITS.interleavedBytes) return null
  const interleavingDepth = number('sprop-interleaving-depth') ?? DEFAULT_INTERLEAVING_DEPTH
  const maxDonDiff = number('sprop-max-don-diff')
  return {
    format,
    createDepacketizer: (report) =>
      new H264InterleavedDepacketizer({ parameterSets, report, interleavingDepth, maxDonDiff }),
  }
}
