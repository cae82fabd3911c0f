import { hasMediaSource, isTypeSupported } from '../media-source/media-source.ts'
import { isWebKitGtk } from './engine.ts'

/** `insecure`: browsers keep it from pages that were not opened by HTTPS. */
export type Availability = 'available' | 'insecure' | 'missing'

/** What the choice of a renderer asks of the browser. */
export interface BrowserAbilities {
  readonly hasMediaSource: boolean
  /** A promise where it has to be asked elsewhere: in the page, from a worker that has no MediaSource. */
  isTypeSupported(mimeType: string): boolean | Promise<boolean>
  readonly webCodecs: Availability
  readonly audioWorklet: Availability
  /** Why an audio worklet that was tried does not play the sound; undefined where none failed. */
  readonly audioWorkletFailure?: string | undefined
  isVideoConfigSupported(config: VideoDecoderConfig): Promise<boolean>
  isAudioConfigSupported(config: AudioDecoderConfig): Promise<boolean>
}

/** What only the page can know, told to the worker with each stream. */
export interface PageAbilities {
  readonly mediaSource: boolean
  readonly audioWorklet: Availability
  readonly audioWorkletFailure?: string | undefined
}

/** What not every browser has, and none everywhere. */
interface Scope {
  readonly VideoDecoder?: typeof VideoDecoder
  readonly AudioDecoder?: typeof AudioDecoder
  readonly AudioWorkletNode?: typeof AudioWorkletNode
}

const scope = globalThis as Scope

const availability = (there: boolean): Availability => {
  if (there) return 'available'
  return globalThis.isSecureContext ? 'missing' : 'insecure'
}

/** @param audioWorkletFailure of this stream, earlier */
export const pageAbilities = (audioWorkletFailure: string | undefined): PageAbilities => ({
  mediaSource: hasMediaSource(),
  audioWorklet: availability(scope.AudioWorkletNode !== undefined),
  audioWorkletFailure,
})

/**
 * The browser, as it is seen from where the stream is read: a worker or the page.
 *
 * @param askPage `isTypeSupported` of the page, for workers without MediaSource
 */
export function browserAbilities(
  page: PageAbilities,
  askPage: (mimeType: string) => Promise<boolean>,
): BrowserAbilities {
  const isHere = hasMediaSource()
  return {
    hasMediaSource: page.mediaSource,
    isTypeSupported: (mimeType) => (isHere ? isTypeSupported(mimeType) : askPage(mimeType)),
    webCodecs: availability(scope.VideoDecoder !== undefined),
    audioWorklet: page.audioWorklet,
    audioWorkletFailure: page.audioWorkletFailure,
    isVideoConfigSupported: (config) => isSupported(() => scope.VideoDecoder?.isConfigSupported(config)),
    isAudioConfigSupported: async (config) =>
      !isBroken(config) && (await isSupported(() => scope.AudioDecoder?.isConfigSupported(config))),
  }
}

/**
 * WebKitGTK (2.50) says that it decodes these. It does decode AAC, but its page crashes when the samples are copied; and of
 * MP3 it finds every frame wrong.
 */
const BROKEN_IN_WEBKIT_GTK = ['mp4a', 'mp3']

const isBroken = ({ codec }: AudioDecoderConfig): boolean =>
  isWebKitGtk() && BROKEN_IN_WEBKIT_GTK.some((family) => codec.startsWith(family))

/** A configuration that the browser finds invalid is one that it does not play. */
async function isSupported(ask: () => Promise<{ supported?: boolean }> | undefined): Promise<boolean> {
  try {
    return (await ask())?.supported ?? false
  } catch {
    return false
  }
}
