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
  if (!['aac-hbr', 'aac-lbr', 'generic'].includes(mode)) report('aac-mode-unknown')
  const defaults = mode === 'generic' ? GENERIC : mode === 'aac-lbr' ? LOW_BITRATE : HIGH_BITRATE
  const config = statedConfig(stated, report)
  const format = config && !stated.clockRateKnown ? { ...stated, clockRate: config.sampleRate } : stated
  const description = config?.description ?? impliedConfig(format)
  if (!description) return null
  const number = (name: string): number | undefined => numberOf(parameters.get(name))
  return {
    format,
    createDepacketizer: () =>
      new Mpeg4GenericDepacketizer({
        config: description,
        clockRate: format.clockRate,
        mode: mode === 'generic' ? 'generic' : 'aac',
        sizeLength: number('sizelength') ?? defaults.sizeLength,
        indexLength: number('indexlength') ?? defaults.indexLength,
        indexDeltaLength: number('indexdeltalength') ?? defaults.indexDeltaLength,
        ctsDeltaLength: number('ctsdeltalength'),
        dtsDeltaLength: number('dtsdeltalength'),
        randomAccessIndication: number('randomaccessindication') === 1,
        streamStateIndication: number('streamstateindication'),
        auxiliaryDataSizeLength: number('auxiliarydatasizelength'),
        constantSize: number('constantsize'),
        constantDuration: number('constantduration'),
        maxDisplacement: number('maxdisplacement'),
        deInterleaveBufferSize: number('de-interleavebuffersize'),
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
/** RFC 3640 section 3.3.1: what is not stated is not there. */
const GENERIC = { sizeLength: undefined, indexLength: undefined, indexDeltaLength: undefined }

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined

function orNull<Result>(read: () => Result): Result | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}
