/** What a decoder must know before the first access unit. */
export type CodecConfiguration = VideoConfiguration | AudioConfiguration

export interface VideoConfiguration {
  readonly kind: 'video'
  /** RFC 6381 codecs parameter, such as `avc1.64001F`; `jpeg` for pictures that each stand alone. */
  readonly codec: string
  /**
   * Decoder configuration record: the content of `avcC`, `hvcC`, `av1C` or (behind its version and flags) `vpcC`. For
   * `avcC` and `hvcC` it is WebCodecs' `description`, too. Empty for `jpeg`.
   */
  readonly description: Uint8Array
  /** Picture size in pixels after cropping. */
  readonly width: number
  readonly height: number
  /** Sample aspect ratio, width over height; 1 for square pixels. */
  readonly pixelAspectRatio: number
  /** Pictures that may precede another in decoding order and follow it in output order; 0 where there are no B-frames. */
  readonly reorderDepth: number
  /** Pictures may be coded as fields. Browsers show them with the lines of both interwoven. */
  readonly interlaced?: boolean
}

export interface AudioConfiguration {
  readonly kind: 'audio'
  /**
   * RFC 6381 codecs parameter, such as `mp4a.40.2`, `mp3`, `opus` or `flac`; `pcm-s16` and `pcm-s24` for samples, as
   * WebCodecs calls them: interleaved, little-endian.
   */
  readonly codec: string
  /**
   * AudioSpecificConfig for `mp4a.40`, content of `dOps` for `opus`, metadata block STREAMINFO with its header for `flac`;
   * empty for the others.
   */
  readonly description: Uint8Array
  /** Samples a second and channel; the RTP clock may count otherwise (G.722, MPEG audio). */
  readonly sampleRate: number
  readonly channels: number
}
