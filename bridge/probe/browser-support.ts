import type { BrowserSupport, PlayedBy } from './report.ts'

type Support = readonly [chromium: PlayedBy, firefox: PlayedBy, safari: PlayedBy, remark: string]

/** The player decodes these itself, and MP4 holds the samples as FLAC (docs/codecs.md). */
const SAMPLED_SOUND = [
  ...['PCMU', 'PCMA', 'G722', 'DVI4', 'L8', 'L16', 'L24'],
  ...['G726-16', 'G726-24', 'G726-32', 'G726-40'].flatMap((name) => [name, `AAL2-${name}`]),
]
const AS_FLAC: Support = ['mse', 'mse', 'mse', 'The player hands it over as FLAC, which every browser plays.']

/**
 * What the current versions of the browsers do with each format, by encoding name of the SDP. One row a format; the
 * columns are Chromium (Chrome, Edge), Firefox, Safari. What the tests of the engines saw (docs/codecs.md) holds for the
 * first two; Safari's is general knowledge.
 */
const SUPPORT: Readonly<Record<string, Support>> = {
  H264: ['mse', 'mse', 'mse', 'Every browser plays it.'],
  H265: ['mse', 'mse', 'mse', 'Only on machines with a hardware decoder for H.265; Firefox from version 136.'],
  AV1: ['mse', 'mse', 'mse', 'Safari only on machines with a hardware decoder for AV1.'],
  VP9: ['mse', 'mse', 'mse', 'Every browser plays it.'],
  VP8: [
    'webcodecs',
    'webcodecs',
    'webcodecs',
    'MP4 cannot hold it, so it takes WebCodecs, and a page served by HTTPS.',
  ],
  JPEG: [
    'image',
    'image',
    'image',
    'Each picture is an image that every browser can show; it needs a lot of bandwidth.',
  ],
  'MP4V-ES': ['none', 'none', 'none', 'No browser plays MPEG-4 Part 2.'],
  MPV: ['none', 'none', 'none', 'No browser plays MPEG-2 video.'],
  MP2T: ['none', 'none', 'none', 'No browser plays transport streams as they are.'],
  H263: ['none', 'none', 'none', 'No browser plays it.'],
  H261: ['none', 'none', 'none', 'No browser plays it.'],
  'MPEG4-GENERIC': ['mse', 'mse', 'mse', 'Every browser plays AAC.'],
  'MP4A-LATM': ['mse', 'mse', 'mse', 'Every browser plays AAC.'],
  OPUS: ['mse', 'mse', 'mse', 'Every browser plays it.'],
  MPA: [
    'webcodecs',
    'mse',
    'mse',
    'Layer III (MP3); Chromium takes it by WebCodecs, from a page served by HTTPS. Layers I and II are played by none.',
  ],
  ...Object.fromEntries(SAMPLED_SOUND.map((name) => [name, AS_FLAC])),
}

/** Profiles beyond those of `SUPPORT`: 10 bits, 4:2:2, 4:4:4 and the extended one (ITU-T H.264 annex A.2). */
const H264_PROFILES_OF_ALL = [66, 77, 100]
const H264_HIGH_10 = 110

/**
 * @param codec encoding name in upper case
 * @param codecString RFC 6381, where it is known: not every profile is played
 */
export function browserSupport(codec: string, codecString: string | null): BrowserSupport {
  const [chromium, firefox, safari, remark] = (Object.hasOwn(SUPPORT, codec) ? SUPPORT[codec] : undefined) ?? [
    'none',
    'none',
    'none',
    'No browser plays it.',
  ]
  const profile = Number.parseInt(/^avc1\.([0-9A-F]{2})/i.exec(codecString ?? '')?.[1] ?? '', 16)
  if (!Number.isNaN(profile) && !H264_PROFILES_OF_ALL.includes(profile)) {
    const high10 = profile === H264_HIGH_10
    return {
      chromium: high10 ? 'mse' : 'none',
      firefox: 'none',
      safari: 'none',
      remark: high10 ? 'Only Chromium plays 10 bits.' : 'No browser plays this profile.',
    }
  }
  return { chromium, firefox, safari, remark }
}

/** At least one browser plays it, in whatever way. */
export const playsAnywhere = ({ chromium, firefox, safari }: BrowserSupport): boolean =>
  [chromium, firefox, safari].some((way) => way !== 'none')

const NAMES: Readonly<Record<PlayedBy, string>> = {
  mse: 'MSE',
  webcodecs: 'WebCodecs',
  image: 'as images',
  script: 'by script',
  none: 'no',
}

/** For people. */
export const nameOf = (played: PlayedBy): string => NAMES[played]
