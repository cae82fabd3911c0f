import { av1 } from './av1.ts'
import { h264, isInterleaved } from './h264.ts'
import { h264Interleaved } from './h264-interleaved.ts'
import { h265 } from './h265.ts'
import { jpeg } from './jpeg.ts'
import { mp4aLatm } from './mp4a-latm.ts'
import { mp4vEs } from './mp4v-es.ts'
import { mpa, mpaRobust } from './mpa.ts'
import { mpeg4Generic } from './mpeg4-generic.ts'
import { opus } from './opus.ts'
import type { PayloadFormat } from './payload-format.ts'
import { SAMPLED_SOUND } from './sampled-sound.ts'
import { vp8 } from './vp8.ts'
import { vp9 } from './vp9.ts'

/** By encoding name of the rtpmap, in upper case. `payload-formats-on-demand.ts` has the same. */
const PAYLOAD_FORMATS: Readonly<Record<string, PayloadFormat>> = {
  ...SAMPLED_SOUND,
  AV1: av1,
  AV1X: av1, // before its registration
  H264: (stated, ...rest) => (isInterleaved(stated) ? h264Interleaved : h264)(stated, ...rest),
  H265: h265,
  JPEG: jpeg,
  'MP4A-LATM': mp4aLatm,
  'MP4V-ES': mp4vEs,
  MPA: mpa,
  'MPA-ROBUST': mpaRobust,
  'MPEG4-GENERIC': mpeg4Generic,
  OPUS: opus,
  VP8: vp8,
  'VP8-DRAFT-IETF-01': vp8, // what GStreamer called it
  VP9: vp9,
  'VP9-DRAFT-IETF-01': vp9,
}

/** All payload formats, at once: `PayloadFormats`. */
export const allPayloadFormats = ({ encoding }: { readonly encoding: string }): PayloadFormat | null =>
  (Object.hasOwn(PAYLOAD_FORMATS, encoding) && PAYLOAD_FORMATS[encoding]) || null
