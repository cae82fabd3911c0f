import type { TrackConfiguration } from '../../../protocol/index.ts'
import type { BrowserAbilities } from './browser-abilities.ts'
import { codecName } from './codec-name.ts'
import { audioDecoderConfig, bytesOfSample, videoDecoderConfig } from './decoder-configuration.ts'
import type { RendererChoice, RendererName, WantedRenderer } from './renderers.ts'

const HOW: Readonly<Record<RendererName, string>> = {
  'media-source': 'Media Source Extensions',
  webcodecs: 'WebCodecs',
  jpeg: 'images on a canvas',
  'audio-worklet': 'the Web Audio API',
}

/** Why it cannot; null where it can. */
type Refusal = string | null

/** As `choosePicture`, for all that is not plain: each is asked whether it can, and the reason says why the first cannot. */
export function pictureInTurn(
  track: TrackConfiguration,
  wanted: WantedRenderer,
  browser: BrowserAbilities,
): RendererChoice | Promise<RendererChoice> {
  const rest = (['media-source', 'webcodecs', 'jpeg'] as const).filter((renderer) => renderer !== wanted)
  return choose(track, wanted === 'auto' ? undefined : wanted, rest, browser)
}

/** As `chooseSound`. @param isApart the Web Audio API comes first */
export function soundInTurn(
  track: TrackConfiguration,
  isApart: boolean,
  browser: BrowserAbilities,
): RendererChoice | Promise<RendererChoice> {
  const order = ['media-source', 'audio-worklet'] as const
  return choose(track, undefined, isApart ? order.toReversed() : order, browser)
}

function choose(
  track: TrackConfiguration,
  forced: RendererName | undefined,
  rest: readonly RendererName[],
  browser: BrowserAbilities,
): RendererChoice | Promise<RendererChoice> {
  const order = forced ? [forced, ...rest] : rest
  const [first = 'media-source', ...others] = order
  const refusal = refusalOf(first, track, browser)
  return refusal === null ? chosen(track, first, forced, []) : inTurn(track, forced, first, refusal, others, browser)
}

async function inTurn(
  track: TrackConfiguration,
  forced: RendererName | undefined,
  first: RendererName,
  refusalOfFirst: Refusal | Promise<Refusal>,
  others: readonly RendererName[],
  browser: BrowserAbilities,
): Promise<RendererChoice> {
  const refusals: string[] = []
  for (const renderer of [first, ...others]) {
    const refusal = await (renderer === first ? refusalOfFirst : refusalOf(renderer, track, browser))
    if (refusal === null) return chosen(track, renderer, forced, refusals)
    refusals.push(refusal)
  }
  return impossible(track, forced, refusals, browser)
}

function chosen(
  track: TrackConfiguration,
  renderer: RendererName,
  forced: RendererName | undefined,
  refusals: readonly string[],
): RendererChoice {
  const what = `${nameOf(track)} by ${HOW[renderer]}`
  if (renderer === forced) return { renderer, reason: `${what}: it was asked for` }
  const [refusalOfForced, ...others] = forced ? refusals : [undefined, ...refusals]
  const reason = others.length === 0 ? what : `${what}: ${others.join(', and ')}`
  return { renderer, reason, refusal: forced && `It cannot be shown by ${HOW[forced]}: ${refusalOfForced}` }
}

function impossible(
  track: TrackConfiguration,
  forced: RendererName | undefined,
  refusals: readonly string[],
  browser: BrowserAbilities,
): RendererChoice {
  const name = nameOf(track)
  const refusal = forced && `It cannot be shown by ${HOW[forced]}: ${refusals[0]}`
  const alternative = track.kind === 'video' ? 'H.264' : 'AAC or G.711'
  if (track.configuration.codec.startsWith('mp4v')) {
    return { renderer: 'none', reason: `No browser plays ${name}`, advice: 'Set the camera to H.264.', refusal }
  }
  const reason = `This browser cannot play ${name} (${track.configuration.codec}): ${refusals.join(', and ')}`
  const needsHttps = [browser.webCodecs, browser.audioWorklet].includes('insecure')
  const advice = needsHttps
    ? `Open the page by HTTPS, which lets it decode by itself, or set the camera to ${alternative}.`
    : `Set the camera to ${alternative}, or use another browser.`
  return { renderer: 'none', reason, advice, refusal }
}

const nameOf = ({ configuration, encoding }: TrackConfiguration): string => codecName(configuration.codec, encoding)

function refusalOf(
  renderer: RendererName,
  track: TrackConfiguration,
  browser: BrowserAbilities,
): Refusal | Promise<Refusal> {
  switch (renderer) {
    case 'media-source':
      return refusalOfMediaSource(track, browser)
    case 'webcodecs':
      return refusalOfWebCodecs(track, browser)
    case 'jpeg':
      return track.configuration.codec === 'jpeg' ? null : `${nameOf(track)} is no series of images`
    case 'audio-worklet':
      return refusalOfAudioWorklet(track, browser)
  }
}

function refusalOfMediaSource(track: TrackConfiguration, browser: BrowserAbilities): Refusal | Promise<Refusal> {
  const { mimeType } = track
  if (mimeType === null) return `MP4 cannot hold ${nameOf(track)}`
  if (!browser.hasMediaSource) return 'this browser has no Media Source Extensions'
  const refusal = `this browser has no ${nameOf(track)} in Media Source Extensions`
  const supported = browser.isTypeSupported(mimeType)
  if (typeof supported === 'boolean') return supported ? null : refusal
  return supported.then((yes) => (yes ? null : refusal))
}

async function refusalOfWebCodecs({ configuration, encoding }: TrackConfiguration, browser: BrowserAbilities) {
  const name = codecName(configuration.codec, encoding)
  if (browser.webCodecs === 'insecure') return 'WebCodecs needs a page that was opened by HTTPS'
  if (browser.webCodecs === 'missing') return 'this browser has no WebCodecs'
  const config = configuration.kind === 'video' ? videoDecoderConfig(configuration) : null
  if (!config) return `WebCodecs has no ${name}`
  return (await browser.isVideoConfigSupported(config)) ? null : `this browser has no ${name} in WebCodecs`
}

async function refusalOfAudioWorklet({ configuration, encoding }: TrackConfiguration, browser: BrowserAbilities) {
  const name = codecName(configuration.codec, encoding)
  if (configuration.kind !== 'audio') return `${name} is no sound`
  const { audioWorkletFailure: failure } = browser
  if (failure !== undefined) return failure.charAt(0).toLowerCase() + failure.slice(1)
  if (browser.audioWorklet === 'insecure') return 'the Web Audio API needs a page that was opened by HTTPS'
  if (browser.audioWorklet === 'missing') return 'this browser has no audio worklets'
  if (bytesOfSample(configuration.codec) !== undefined) return null
  const config = audioDecoderConfig(configuration)
  if (!config || browser.webCodecs !== 'available') return `nothing here decodes ${name} for the Web Audio API`
  return (await browser.isAudioConfigSupported(config)) ? null : `this browser has no ${name} in WebCodecs`
}
