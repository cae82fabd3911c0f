import { SampledSoundDepacketizer } from '../../depacketizer/sampled-sound.ts'
import type { ReportDeviation } from '../../deviation.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import { Dvi4Decoder } from '../../sound/dvi4.ts'
import { G711Decoder } from '../../sound/g711.ts'
import { G722Decoder } from '../../sound/g722.ts'
import { type G726CodeBits, G726Decoder, type G726Packing } from '../../sound/g726.ts'
import { L8Decoder, L16Decoder, L24Decoder } from '../../sound/linear-pcm.ts'
import type { SoundDecoder } from '../../sound/sound-decoder.ts'
import { flacTranscoder } from '../flac-transcoder.ts'
import type { PayloadFormat } from './payload-format.ts'

/** Beyond, it is no sampling rate: a clock rate of another media, or nonsense. */
const RATES = { lowest: 1000, highest: 384_000 } as const
/** As many as FLAC has, and any machine plays. */
const MOST_CHANNELS = 8

interface SampledSound {
  /** A sample of one channel follows that of the other: RFC 3551 section 4.1. Else there is but one channel. */
  readonly interleaved: boolean
  /** Samples a second, where the clock rate does not say. */
  readonly sampleRate?: number
  decoder(format: MediaFormat, report: ReportDeviation): SoundDecoder
}

/** A new depacketizer begins with a new decoder. */
const sampledSound =
  ({ interleaved, sampleRate, decoder }: SampledSound): PayloadFormat =>
  (format) => {
    const rate = sampleRate ?? format.clockRate
    if (rate < RATES.lowest || rate > RATES.highest) return null
    if (format.channels > (interleaved ? MOST_CHANNELS : 1)) return null
    const { clockRate, channels } = format
    return {
      format,
      createDepacketizer: (report) =>
        new SampledSoundDepacketizer({ decoder: decoder(format, report), sampleRate: rate, channels, clockRate }),
      createTranscoder: flacTranscoder,
    }
  }

const l16Decoder: SampledSound['decoder'] = ({ clockRate, channels }, report) =>
  new L16Decoder(clockRate, channels, () => report('l16-little-endian'))

const g726 = (bits: G726CodeBits, packing: G726Packing): PayloadFormat =>
  sampledSound({ interleaved: false, decoder: () => new G726Decoder(bits, packing) })

/** By encoding name, in upper case: RFC 3551 section 4.5, RFC 3190 section 4 (L24). */
export const SAMPLED_SOUND: Readonly<Record<string, PayloadFormat>> = {
  PCMU: sampledSound({ interleaved: true, decoder: () => new G711Decoder('mu') }),
  PCMA: sampledSound({ interleaved: true, decoder: () => new G711Decoder('a') }),
  // Its clock rate is 8,000 Hz by an old mistake.
  G722: sampledSound({ interleaved: false, sampleRate: 16_000, decoder: () => new G722Decoder() }),
  'G726-16': g726(2, 'rfc3551'),
  'G726-24': g726(3, 'rfc3551'),
  'G726-32': g726(4, 'rfc3551'),
  'G726-40': g726(5, 'rfc3551'),
  'AAL2-G726-16': g726(2, 'aal2'),
  'AAL2-G726-24': g726(3, 'aal2'),
  'AAL2-G726-32': g726(4, 'aal2'),
  'AAL2-G726-40': g726(5, 'aal2'),
  DVI4: sampledSound({ interleaved: false, decoder: () => new Dvi4Decoder() }),
  L8: sampledSound({ interleaved: true, decoder: () => new L8Decoder() }),
  L16: sampledSound({ interleaved: true, decoder: l16Decoder }),
  L24: sampledSound({ interleaved: true, decoder: () => new L24Decoder() }),
}
