/** What shows pictures: a media element, or a canvas that decoded or JPEG pictures are drawn to. */
export type PictureRenderer = 'media-source' | 'webcodecs' | 'jpeg'
/** What plays sound: a media element, or samples given to the Web Audio API. */
export type SoundRenderer = 'media-source' | 'audio-worklet'
export type RendererName = PictureRenderer | SoundRenderer
/** The attribute `renderer`. */
export type WantedRenderer = 'auto' | PictureRenderer

/** Who shows a track, and why. */
export interface RendererChoice {
  /** `none`: this browser has no way to play it. */
  readonly renderer: RendererName | 'none'
  /** In words: `H.265 by WebCodecs: this browser has no H.265 in Media Source Extensions`. */
  readonly reason: string
  /** What a person can do; set where the renderer is `none` and something helps. */
  readonly advice?: string | undefined
  /** Why it is not the renderer that was asked for. */
  readonly refusal?: string | undefined
}
