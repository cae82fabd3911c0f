/** What a decoder must know before the first access unit. */
export type CodecConfiguration = VideoConfiguration | AudioConfiguration

export interface VideoConfiguration {
  readonly kind: 'video'
  /** RFC 6381 codecs parameter, such as `avc1.64001F`. */
  readonly codec: string
  /** Decoder configuration record (`avcC`): the box's content, and WebCodecs' `description`. */
  readonly description: Uint8Array
  /** Picture size in pixels after cropping. */
  readonly width: number
  readonly height: number
  /** Sample aspect ratio, width over height; 1 for square pixels. */
  readonly pixelAspectRatio: number
  /** Pictures that may precede another in decoding order and follow it in output order; 0 where there are no B-frames. */
  readonly reorderDepth: number
}

export interface AudioConfiguration {
  readonly kind: 'audio'
  /** RFC 6381 codecs parameter, such as `mp4a.40.2`. */
  readonly codec: string
  /** AudioSpecificConfig for AAC. */
  readonly description: Uint8Array
  readonly sampleRate: number
  readonly channels: number
}
