import { decodeHex } from '../../bytes/base64.ts'
import { aacConfiguration, createAudioSpecificConfig } from '../../codec/aac.ts'
import type { AudioConfiguration } from '../../codec/configuration.ts'
import { Mpeg4GenericDepacketizer } from '../../depacketizer/mpeg4-generic.ts'
import type { ReportDeviation } from '../../deviation.ts'
import { ProtocolError } from '../../errors.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 3640 section 4. */
export const mpeg4Generic: PayloadFormat = (stated, report) => {
  const { parameters } = stated
  const mode = (parameters.get('mode') ?? '').toLowerCase().replaceAll('_', '-')
  // RFC 3640 sections 3.3.3 and 3.3.4: another codec.
  if (mode.startsWith('celp')) return null
  if (mode !== 'aac-hbr' && mode !== 'aac-lbr') report('aac-mode-unknown')
  const defaults = mode === 'aac-lbr' ? LOW_BITRATE : HIGH_BITRATE
  const config = statedConfig(stated, report)
  const format = config && !stated.clockRateKnown ? { ...stated, clockRate: config.sampleRate } : stated
  const description = config?.description ?? impliedConfig(format)
  if (!description) return null
  return {
    format,
    createDepacketizer: () =>
      new Mpeg4GenericDepacketizer({
        config: description,
        sizeLength: numberOr(parameters.get('sizelength'), defaults.sizeLength),
        indexLength: numberOr(parameters.get('indexlength'), defaults.indexLength),
        indexDeltaLength: numberOr(parameters.get('indexdeltalength'), defaults.indexDeltaLength),
        clockRate: format.clockRate,
      }),
  }
}

/** `config` of the fmtp, or null where it is missing or cannot be read. */
function statedConfig(format: MediaFormat, report: ReportDeviation): AudioConfiguration | null {
  const text = format.parameters.get('config')?.replace(/\s/g, '').replace(/^0x/i, '') ?? ''
  const bytes = decodeHex(text)
  if (text === '') report('aac-config-missing')
  const config = bytes && text !== '' ? orNull(() => aacConfiguration(bytes)) : null
  if (text !== '' && !config) report('aac-config-malformed')
  return config
}

/** AAC LC with the rate and the channels of the rtpmap; null where AAC has no such sound. */
const impliedConfig = ({ clockRate, channels }: MediaFormat): Uint8Array | null =>
  orNull(() => createAudioSpecificConfig(clockRate, channels))

/** RFC 3640 section 3.3.6. */
const HIGH_BITRATE = { sizeLength: 13, indexLength: 3, indexDeltaLength: 3 }
/** RFC 3640 section 3.3.5. */
const LOW_BITRATE = { sizeLength: 6, indexLength: 2, indexDeltaLength: 2 }

const numberOr = (text: string | undefined, fallback: number): number =>
  text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : fallback

function orNull<Result>(read: () => Result): Result | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}
