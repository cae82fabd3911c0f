import type { TrackConfiguration } from '../../../protocol/index.ts'
import type { BrowserAbilities } from './browser-abilities.ts'
import { codecName } from './codec-name.ts'
import type { RendererChoice, WantedRenderer } from './renderers.ts'

export type { PictureRenderer, RendererChoice, RendererName, SoundRenderer, WantedRenderer } from './renderers.ts'

export const WANTED_RENDERERS: readonly WantedRenderer[] = ['auto', 'media-source', 'webcodecs', 'jpeg']

/**
 * Chooses who shows the pictures: Media Source Extensions where they can, for they cost least, and else what can.
 * The answer comes at once where the browser gives it at once, so that the common case loses no time.
 */
export function choosePicture(
  track: TrackConfiguration,
  wanted: WantedRenderer,
  browser: BrowserAbilities,
): RendererChoice | Promise<RendererChoice> {
  const inTurn = async () => (await import('../on-demand.ts')).pictureInTurn(track, wanted, browser)
  return wanted === 'auto' || wanted === 'media-source'
    ? mediaSourceOr(inTurn, track, wanted === 'media-source', browser)
    : orNone(inTurn())
}

/** What the sound belongs to. */
export interface SoundPlace {
  readonly wanted: WantedRenderer
  /** Who shows the pictures; undefined where there are none, and before it is known. */
  readonly picture: RendererChoice['renderer'] | undefined
  /** Pictures are shown as near to the live edge as can be. */
  readonly isAtEdge: boolean
}

/**
 * Chooses who plays the sound. Beside a canvas and at the live edge it is the Web Audio API: a media element would hold
 * sound back for a fifth of a second and more, and the picture with it.
 */
export function chooseSound(
  track: TrackConfiguration,
  { wanted, picture, isAtEdge }: SoundPlace,
  browser: BrowserAbilities,
): RendererChoice | Promise<RendererChoice> {
  const isBesideCanvas =
    picture === 'webcodecs' || picture === 'jpeg' || (picture === undefined && wanted === 'webcodecs')
  const isApart = isBesideCanvas || (isAtEdge && picture !== 'none' && wanted !== 'media-source')
  const inTurn = async () => (await import('../on-demand.ts')).soundInTurn(track, isApart, browser)
  return isApart ? orNone(inTurn()) : mediaSourceOr(inTurn, track, false, browser)
}

/** What is asked where they cannot, and the words for it, are loaded then. */
function mediaSourceOr(
  inTurn: () => Promise<RendererChoice>,
  track: TrackConfiguration,
  isAskedFor: boolean,
  browser: BrowserAbilities,
): RendererChoice | Promise<RendererChoice> {
  const supported = track.mimeType !== null && browser.hasMediaSource && browser.isTypeSupported(track.mimeType)
  if (supported === true) return byMediaSource(track, isAskedFor)
  return orNone(
    supported === false ? inTurn() : supported.then((yes) => (yes ? byMediaSource(track, isAskedFor) : inTurn())),
  )
}

function byMediaSource({ configuration, encoding }: TrackConfiguration, isAskedFor: boolean): RendererChoice {
  const what = `${codecName(configuration.codec, encoding)} by Media Source Extensions`
  return { renderer: 'media-source', reason: isAskedFor ? `${what}: it was asked for` : what }
}

/** Where what chooses could not be loaded. */
const orNone = (choice: Promise<RendererChoice>): Promise<RendererChoice> =>
  choice.catch((cause: unknown) => {
    const reason = `A file of the player could not be loaded: ${cause instanceof Error ? cause.message : cause}`
    return { renderer: 'none', reason, advice: 'Check the network, then reload the page.' }
  })
