import { decodeBase64 } from '../../bytes/base64.ts'
import { H264Depacketizer } from '../../depacketizer/h264.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 6184 section 8. */
export const h264: PayloadFormat = (format, report) => {
  // Mode 2 sends NAL units out of order (RFC 6184 section 6.4); what a camera that states nothing means is mode 0.
  if (format.parameters.get('packetization-mode') === '2') return null
  const stated = format.parameters.get('sprop-parameter-sets') ?? ''
  const parameterSets = stated.split(/[,\s]+/).flatMap((set) => {
    const bytes = decodeBase64(set)
    // RFC 6184 section 8.1: NAL units, so neither a start code nor nothing; in band come better ones.
    if (stated !== '' && (!bytes || bytes.length === 0 || bytes[0] === 0)) report('sprop-parameter-sets-malformed')
    return bytes && bytes.length > 0 ? [bytes] : []
  })
  return { format, createDepacketizer: () => new H264Depacketizer({ parameterSets }) }
}
