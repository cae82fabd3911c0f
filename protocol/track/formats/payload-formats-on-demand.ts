import { loadPart } from '../../part.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import { h264, isInterleaved } from './h264.ts'
import type { FormatOnDemand, PayloadFormat, PayloadFormats } from './payload-format.ts'

type Load = () => Promise<PayloadFormat>

const av1: Load = async () => (await import('./av1.ts')).av1
const vp8: Load = async () => (await import('./vp8.ts')).vp8
const vp9: Load = async () => (await import('./vp9.ts')).vp9

/** By encoding name of the rtpmap, in upper case. `payload-formats.ts` has the same. */
const LOADS: Readonly<Record<string, Load>> = {
  AV1: av1,
  AV1X: av1,
  H265: async () => (await import('./h265.ts')).h265,
  JPEG: async () => (await import('./jpeg.ts')).jpeg,
  'MP4A-LATM': async () => (await import('./mp4a-latm.ts')).mp4aLatm,
  'MP4V-ES': async () => (await import('./mp4v-es.ts')).mp4vEs,
  MPA: async () => (await import('./mpa.ts')).mpa,
  'MPA-ROBUST': async () => (await import('./mpa.ts')).mpaRobust,
  'MPEG4-GENERIC': async () => (await import('./mpeg4-generic.ts')).mpeg4Generic,
  OPUS: async () => (await import('./opus.ts')).opus,
  VP8: vp8,
  'VP8-DRAFT-IETF-01': vp8,
  VP9: vp9,
  'VP9-DRAFT-IETF-01': vp9,
}

/** Of samples, whose decoders are small: all in one part. */
const SAMPLED_SOUND = /^(PCM[UA]|G722|(AAL2-)?G726-(16|24|32|40)|DVI4|L8|L16|L24)$/

const sampledSound = async (encoding: string): Promise<PayloadFormat> => {
  const { SAMPLED_SOUND } = await import('./sampled-sound.ts')
  return SAMPLED_SOUND[encoding] ?? (() => null)
}
const interleavedH264: Load = async () => (await import('./h264-interleaved.ts')).h264Interleaved

/**
 * All payload formats, each loaded when a stream has it; H.264, which nearly every camera has, is here. For pages, where
 * what is not loaded is not waited for.
 */
export const payloadFormatsOnDemand: PayloadFormats = (stated) => {
  const { encoding } = stated
  if (encoding === 'H264') return isInterleaved(stated) ? onDemand(stated, interleavedH264) : h264
  if (SAMPLED_SOUND.test(encoding)) return onDemand(stated, () => sampledSound(encoding))
  const load = Object.hasOwn(LOADS, encoding) ? LOADS[encoding] : undefined
  return load ? onDemand(stated, load) : null
}

/** RFC 7587 section 4.1: the clock of Opus is this one, whatever is stated. */
const OPUS_CLOCK_RATE = 48_000

const onDemand = ({ encoding, clockRate, clockRateKnown }: MediaFormat, load: Load): FormatOnDemand => ({
  load: () => loadPart(`reads ${encoding}`, load),
  keepsClockRate: encoding === 'OPUS' ? clockRate === OPUS_CLOCK_RATE : clockRateKnown,
})
