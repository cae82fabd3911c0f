import { decodeBase64 } from '../../bytes/base64.ts'
import { H265Depacketizer } from '../../depacketizer/h265.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 7798 section 7. */
export const h265: PayloadFormat = (format, report) => {
  const { parameters } = format
  const parameterSets = ['sprop-vps', 'sprop-sps', 'sprop-pps'].flatMap((name) => {
    const stated = parameters.get(name) ?? ''
    return stated.split(/[,\s]+/).flatMap((set) => {
      const bytes = decodeBase64(set)
      // NAL units, so neither a start code nor nothing; in band come better ones.
      if (stated !== '' && (!bytes || bytes.length === 0 || bytes[0] === 0)) report('sprop-parameter-sets-malformed')
      return bytes && bytes.length > 0 ? [bytes] : []
    })
  })
  const maximumDonDifference = numberOrZero(parameters.get('sprop-max-don-diff'))
  const depacketizationBufferNalUnits = numberOrZero(parameters.get('sprop-depack-buf-nalus'))
  return {
    format,
    createDepacketizer: () =>
      new H265Depacketizer({ parameterSets, maximumDonDifference, depacketizationBufferNalUnits }),
  }
}

/** 0 to 32767; 0 where it is not stated or cannot be read, as the RFC infers. */
const numberOrZero = (text = ''): number => (/^\d{1,5}$/.test(text) ? Math.min(Number(text), 32_767) : 0)
