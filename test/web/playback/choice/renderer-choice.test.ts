import { describe, expect, it } from 'vitest'
import type { TrackConfiguration } from '../../../../protocol/index.ts'
import type { BrowserAbilities } from '../../../../web/playback/choice/browser-abilities.ts'
import { choosePicture, chooseSound, type SoundPlace } from '../../../../web/playback/choice/renderer-choice.ts'

const VIDEO = { kind: 'video', width: 640, height: 360, pixelAspectRatio: 1, reorderDepth: 0 } as const
const NO_BYTES = new Uint8Array()

const video = (codec: string, encoding: string, mimeType: string | null = `video/mp4; codecs="${codec}"`) =>
  ({
    trackId: 1,
    kind: 'video',
    encoding,
    mimeType,
    configuration: { ...VIDEO, codec, description: NO_BYTES },
  }) satisfies TrackConfiguration

const audio = (codec: string, encoding: string, mimeType: string | null) =>
  ({
    trackId: 2,
    kind: 'audio',
    encoding,
    mimeType,
    configuration: { kind: 'audio', codec, description: NO_BYTES, sampleRate: 8000, channels: 1 },
  }) satisfies TrackConfiguration

const H264 = video('avc1.64001F', 'H264')
const H265 = video('hvc1.1.6.L93.B0', 'H265')
const VP8 = video('vp08.00.10.08', 'VP8')
const JPEG = video('jpeg', 'JPEG', null)
const PCMU = audio('pcm-s16', 'PCMU', 'audio/mp4; codecs="flac"')
const AAC = audio('mp4a.40.2', 'MPEG4-GENERIC', 'audio/mp4; codecs="mp4a.40.2"')

/** A browser that plays what is named in Media Source Extensions and in WebCodecs. */
const browser = (
  mediaSource: readonly string[],
  webCodecs: readonly string[],
  others: Partial<BrowserAbilities> = {},
): BrowserAbilities => {
  const has = (list: readonly string[], text: string) => list.some((name) => text.includes(name))
  return {
    hasMediaSource: true,
    isTypeSupported: (mimeType) => has(mediaSource, mimeType),
    webCodecs: 'available',
    audioWorklet: 'available',
    isVideoConfigSupported: async ({ codec }) => has(webCodecs, codec),
    isAudioConfigSupported: async ({ codec }) => has(webCodecs, codec),
    ...others,
  }
}

const CHROMIUM = browser(['avc1', 'mp4a', 'flac'], ['avc1', 'vp8', 'mp4a'])
const INSECURE = browser(['avc1', 'mp4a', 'flac'], [], { webCodecs: 'insecure', audioWorklet: 'insecure' })

describe('who shows the pictures', () => {
  it('is Media Source Extensions wherever they can, and that is known at once', () => {
    expect(choosePicture(H264, 'auto', CHROMIUM)).toMatchObject({
      renderer: 'media-source',
      reason: 'H.264 by Media Source Extensions',
    })
  })

  it('is asked once of the page, where the worker cannot tell', async () => {
    const asked: string[] = []
    const isTypeSupported = async (mimeType: string) => {
      asked.push(mimeType)
      return true
    }
    const choice = choosePicture(H264, 'auto', { ...CHROMIUM, isTypeSupported })
    expect(choice).toBeInstanceOf(Promise)
    expect(await choice).toMatchObject({ renderer: 'media-source', reason: 'H.264 by Media Source Extensions' })
    expect(asked).toEqual([H264.mimeType])
  })

  it('is WebCodecs where they cannot, and the reason says so', async () => {
    const choice = await choosePicture(H265, 'auto', browser(['avc1'], ['hvc1']))
    expect(choice).toMatchObject({
      renderer: 'webcodecs',
      reason: 'H.265 by WebCodecs: this browser has no H.265 in Media Source Extensions',
      refusal: undefined,
    })
  })

  it('is WebCodecs for VP8, by its own name there', async () => {
    expect(await choosePicture({ ...VP8, mimeType: null }, 'auto', CHROMIUM)).toMatchObject({
      renderer: 'webcodecs',
      reason: 'VP8 by WebCodecs: MP4 cannot hold VP8',
    })
  })

  it('are images for JPEG, in every browser', async () => {
    expect(await choosePicture(JPEG, 'auto', INSECURE)).toMatchObject({ renderer: 'jpeg' })
  })

  it('is what was asked for', async () => {
    expect(await choosePicture(H264, 'webcodecs', CHROMIUM)).toMatchObject({
      renderer: 'webcodecs',
      reason: 'H.264 by WebCodecs: it was asked for',
    })
    expect(choosePicture(H264, 'media-source', CHROMIUM)).toMatchObject({ renderer: 'media-source' })
  })

  it('is another where what was asked for cannot, and both are told', async () => {
    expect(await choosePicture(H264, 'jpeg', CHROMIUM)).toEqual({
      renderer: 'media-source',
      reason: 'H.264 by Media Source Extensions',
      refusal: 'It cannot be shown by images on a canvas: H.264 is no series of images',
    })
    expect(await choosePicture(H264, 'webcodecs', INSECURE)).toMatchObject({
      renderer: 'media-source',
      refusal: 'It cannot be shown by WebCodecs: WebCodecs needs a page that was opened by HTTPS',
    })
  })

  it('is nobody for MPEG-4 Visual, and the camera is to be set to H.264', async () => {
    const track = video('mp4v.20.9', 'MP4V-ES', null)
    expect(await choosePicture(track, 'auto', CHROMIUM)).toMatchObject({
      renderer: 'none',
      reason: 'No browser plays MPEG-4 Visual',
      advice: 'Set the camera to H.264.',
    })
  })

  it('is nobody without HTTPS where only WebCodecs could, and HTTPS is the advice', async () => {
    const choice = await choosePicture(H265, 'auto', INSECURE)
    expect(choice.renderer).toBe('none')
    expect(choice.reason).toContain('cannot play H.265 (hvc1.1.6.L93.B0)')
    expect(choice.advice).toContain('HTTPS')
  })

  it('is nobody where nothing can', async () => {
    const choice = await choosePicture(H265, 'auto', CHROMIUM)
    expect(choice).toMatchObject({ renderer: 'none', advice: 'Set the camera to H.264, or use another browser.' })
    expect(choice.reason).toContain('no H.265 in Media Source Extensions')
    expect(choice.reason).toContain('no H.265 in WebCodecs')
  })
})

describe('who plays the sound', () => {
  const beside = (picture: SoundPlace['picture'], wanted: SoundPlace['wanted'] = 'auto', isAtEdge = false) => ({
    wanted,
    picture,
    isAtEdge,
  })

  it('is the media element beside its picture, and where there is no picture', async () => {
    expect(await chooseSound(AAC, beside('media-source'), CHROMIUM)).toMatchObject({ renderer: 'media-source' })
    expect(await chooseSound(AAC, beside(undefined), CHROMIUM)).toMatchObject({ renderer: 'media-source' })
    expect(await chooseSound(AAC, beside('none', 'auto', true), CHROMIUM)).toMatchObject({ renderer: 'media-source' })
  })

  it('is the Web Audio API at the live edge, unless the media element was asked for', async () => {
    expect(await chooseSound(AAC, beside('media-source', 'auto', true), CHROMIUM)).toMatchObject({
      renderer: 'audio-worklet',
      reason: 'AAC by the Web Audio API',
    })
    expect(await chooseSound(AAC, beside('media-source', 'media-source', true), CHROMIUM)).toMatchObject({
      renderer: 'media-source',
      reason: 'AAC by Media Source Extensions',
    })
  })

  it.each([
    ['an insecure page', INSECURE, 'the Web Audio API needs a page that was opened by HTTPS'],
    ['no decoder of its own', browser(['mp4a'], []), 'this browser has no AAC in WebCodecs'],
    ['a worklet that failed', { ...CHROMIUM, audioWorkletFailure: 'Its processor stopped' }, 'its processor stopped'],
  ])('is the media element at the live edge with %s, and the reason says so', async (_, abilities, why) => {
    expect(await chooseSound(AAC, beside('media-source', 'auto', true), abilities)).toMatchObject({
      renderer: 'media-source',
      reason: `AAC by Media Source Extensions: ${why}`,
    })
  })

  it('is the Web Audio API beside a canvas, samples without a decoder', async () => {
    expect(await chooseSound(AAC, beside('webcodecs'), CHROMIUM)).toMatchObject({ renderer: 'audio-worklet' })
    const withoutWebCodecs = { ...CHROMIUM, webCodecs: 'missing' } as const
    expect(await chooseSound(PCMU, beside('jpeg'), withoutWebCodecs)).toMatchObject({
      renderer: 'audio-worklet',
      reason: 'G.711 µ-law by the Web Audio API',
    })
  })

  it('is a media element beside a canvas where there are no audio worklets', async () => {
    const choice = await chooseSound(PCMU, beside('jpeg'), INSECURE)
    expect(choice).toMatchObject({ renderer: 'media-source' })
    expect(choice.reason).toContain('needs a page that was opened by HTTPS')
  })

  it('is the Web Audio API where the media element has no FLAC', async () => {
    expect(await chooseSound(PCMU, beside('media-source'), browser(['avc1'], []))).toMatchObject({
      renderer: 'audio-worklet',
    })
  })
})
