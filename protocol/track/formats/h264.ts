import { decodeBase64 } from '../../bytes/base64.ts'
import { H264Depacketizer } from '../../depacketizer/h264.ts'
import { H264InterleavedDepacketizer } from '../../depacketizer/h264-interleaved.ts'
import { LIMITS } from '../../limits.ts'
import type { PayloadFormat } from './payload-format.ts'

/** Of a stream in interleaved mode that does not state its depth, as it must: that of 8 slices costs little. */
const DEFAULT_INTERLEAVING_DEPTH = 8

/** RFC 6184 section 8. */
export const h264: PayloadFormat = (format, report) => {
  const stated = format.parameters.get('sprop-parameter-sets') ?? ''
  const parameterSets = stated.split(/[,\s]+/).flatMap((set) => {
    const bytes = decodeBase64(set)
    // RFC 6184 section 8.1: NAL units, so neither a start code nor nothing; in band come better ones.
    if (stated !== '' && (!bytes || bytes.length === 0 || bytes[0] === 0)) report('sprop-parameter-sets-malformed')
    return bytes && bytes.length > 0 ? [bytes] : []
  })
  // What a camera that states nothing means is mode 0.
  if (format.parameters.get('packetization-mode') !== '2') {
    return { format, createDepacketizer: (report) => new H264Depacketizer({ parameterSets, report }) }
  }
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
