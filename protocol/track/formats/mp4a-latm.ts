import { decodeHex } from '../../bytes/base64.ts'
import { parseStreamMuxConfig, type StreamMuxConfig } from '../../codec/stream-mux-config.ts'
import { Mp4aLatmDepacketizer } from '../../depacketizer/mp4a-latm.ts'
import type { ReportDeviation } from '../../deviation.ts'
import { ProtocolError } from '../../errors.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 3016 section 5.1: the clock where none is stated. */
const DEFAULT_CLOCK_RATE = 90_000

/** RFC 6416 section 7.3. */
export const mp4aLatm: PayloadFormat = (stated, report) => {
  const muxConfigPresent = stated.parameters.get('cpresent') !== '0'
  const config = statedConfig(stated, muxConfigPresent, report)
  const format = stated.clockRateKnown ? stated : { ...stated, clockRate: DEFAULT_CLOCK_RATE }
  const { clockRate } = format
  return { format, createDepacketizer: () => new Mp4aLatmDepacketizer({ clockRate, config, muxConfigPresent }) }
}

/** `config` of the fmtp; without it, or where it cannot be read, the elements may hold their own. */
function statedConfig(
  { parameters }: MediaFormat,
  muxConfigPresent: boolean,
  report: ReportDeviation,
): StreamMuxConfig | undefined {
  const text = parameters.get('config')?.replace(/\s/g, '').replace(/^0x/i, '') ?? ''
  if (text === '') {
    if (!muxConfigPresent) report('aac-config-missing')
    return undefined
  }
  const bytes = decodeHex(text)
  try {
    if (bytes) return parseStreamMuxConfig(bytes)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
  report('aac-config-malformed')
  return undefined
}
