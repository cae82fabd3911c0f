import type { AudioConfiguration, VideoConfiguration } from '../../../protocol/codec/configuration.ts'

/** WebCodecs' codec strings are those of RFC 6381, but for these (WebCodecs Codec Registry). */
const WITHOUT_PROFILE: Readonly<Record<string, string>> = { vp08: 'vp8' }
/**
 * Families whose decoders want `description`: with it H.264 and H.265 come with the length of each NAL unit before it, as
 * they do here. VP8, VP9 and AV1 say in their key frames all that there is to know.
 */
const DESCRIBED = ['avc1', 'hvc1']
const VIDEO = [...DESCRIBED, 'av01', 'vp08', 'vp09']

const familyOf = (codec: string): string => codec.split('.')[0] ?? ''

/** For `VideoDecoder.configure`; null where WebCodecs has no name for the codec. */
export function videoDecoderConfig(configuration: VideoConfiguration): VideoDecoderConfig | null {
  const { codec, description, width, height, reorderDepth } = configuration
  const family = familyOf(codec)
  if (!VIDEO.includes(family)) return null
  return {
    codec: WITHOUT_PROFILE[family] ?? codec,
    codedWidth: width,
    codedHeight: height,
    // Each picture at once. Where pictures are shown in another order than they come, decoders may take it amiss.
    optimizeForLatency: reorderDepth === 0,
    ...(DESCRIBED.includes(family) ? { description } : {}),
  }
}

/** For `AudioDecoder.configure`; null where WebCodecs has no name for the codec, or no decoder is needed. */
export function audioDecoderConfig(configuration: AudioConfiguration): AudioDecoderConfig | null {
  const { codec, description, sampleRate, channels: numberOfChannels } = configuration
  const config = { codec, sampleRate, numberOfChannels }
  switch (familyOf(codec)) {
    case 'mp4a':
      return { ...config, description }
    // The description of Opus would be that of Ogg, which is another than MP4's; up to two channels need none.
    case 'opus':
      return numberOfChannels <= 2 ? config : null
    case 'mp3':
      return config
    default:
      return null
  }
}

/** Samples that need no decoder: their size in bytes; undefined for what is coded. */
export function bytesOfSample(codec: string): 2 | 3 | undefined {
  if (codec === 'pcm-s16') return 2
  return codec === 'pcm-s24' ? 3 : undefined
}
