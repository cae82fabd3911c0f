import { OPUS_SAMPLE_RATE } from '../../codec/opus.ts'
import { OpusDepacketizer } from '../../depacketizer/opus.ts'
import type { PayloadFormat } from './payload-format.ts'

/**
 * RFC 7587 section 7. The rtpmap is always `opus/48000/2` and says nothing of the sound; some cameras write their
 * microphone's rate and channels there.
 */
export const opus: PayloadFormat = (stated, report) => {
  if (stated.clockRate !== OPUS_SAMPLE_RATE) report('opus-rtpmap-other')
  const format = { ...stated, clockRate: OPUS_SAMPLE_RATE, clockRateKnown: true }
  const stereo = stated.parameters.get('sprop-stereo') === '1'
  return { format, createDepacketizer: () => new OpusDepacketizer({ stereo }) }
}
