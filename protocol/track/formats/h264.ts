import { decodeBase64 } from '../../bytes/base64.ts'
import { H264Depacketizer } from '../../depacketizer/h264.ts'
import type { ReportDeviation } from '../../deviation.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 6184 section 8, modes 0 and 1; what a camera that states nothing means is mode 0. */
export const h264: PayloadFormat = (format, report) => {
  const parameterSets = statedParameterSets(format, report)
  return { format, createDepacketizer: (report) => new H264Depacketizer({ parameterSets, report }) }
}

/** Mode 2 has a depacketizer of its own. */
export const isInterleaved = ({ parameters }: MediaFormat): boolean => parameters.get('packetization-mode') === '2'

/** `sprop-parameter-sets`: as good as they are; in band come better ones. */
export function statedParameterSets({ parameters }: MediaFormat, report: ReportDeviation): Uint8Array[] {
  const stated = parameters.get('sprop-parameter-sets') ?? ''
  return stated.split(/[,\s]+/).flatMap((set) => {
    const bytes = decodeBase64(set)
    // RFC 6184 section 8.1: NAL units, so neither a start code nor nothing.
    if (stated !== '' && (!bytes || bytes.length === 0 || bytes[0] === 0)) report('sprop-parameter-sets-malformed')
    return bytes && bytes.length > 0 ? [bytes] : []
  })
}
