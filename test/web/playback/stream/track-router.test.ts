import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { OutputForm, TimedAccessUnit, TrackConfiguration } from '../../../../protocol/index.ts'
import { Milliseconds, Seconds } from '../../../../protocol/units.ts'
import type { BrowserAbilities } from '../../../../web/playback/choice/browser-abilities.ts'
import type { WantedRenderer } from '../../../../web/playback/choice/renderer-choice.ts'
import type { Outlet } from '../../../../web/playback/stream/outlet.ts'
import { TrackRouter } from '../../../../web/playback/stream/track-router.ts'

const track = (kind: 'video' | 'audio', codec: string): TrackConfiguration => {
  const shared = { trackId: kind === 'video' ? 1 : 2, kind, encoding: codec.toUpperCase() }
  const description = new Uint8Array()
  return kind === 'video'
    ? {
        ...shared,
        mimeType: codec === 'jpeg' ? null : `video/mp4; codecs="${codec}"`,
        configuration: { kind, codec, description, width: 640, height: 360, pixelAspectRatio: 1, reorderDepth: 0 },
      }
    : {
        ...shared,
        mimeType: `audio/mp4; codecs="${codec}"`,
        configuration: { kind, codec, description, sampleRate: 48_000, channels: 1 },
      }
}
const H264 = track('video', 'avc1.64001F')
const H265 = track('video', 'hvc1.1.6.L93.B0')
const AAC = track('audio', 'mp4a.40.2')

const browser: BrowserAbilities = {
  hasMediaSource: true,
  isTypeSupported: (mimeType) => /avc1|mp4a/.test(mimeType),
  webCodecs: 'available',
  audioWorklet: 'available',
  isVideoConfigSupported: async () => true,
  isAudioConfigSupported: async () => true,
}

const unit = (trackId: number): TimedAccessUnit => ({
  trackId,
  kind: trackId === 1 ? 'video' : 'audio',
  data: new Uint8Array(1),
  start: Seconds(0),
  duration: Seconds(0),
  randomAccess: true,
  arrival: Milliseconds(0),
})

let told: string[]
let forms: [trackId: number, form: OutputForm][]
let logged: string[]
const outlet: Outlet = {
  configure: ({ configuration }, renderer) => logged.push(`${renderer} ${configuration.codec}`),
  push: () => logged.push('unit'),
  reset: () => logged.push('reset'),
  resume: () => logged.push('resume'),
  command: () => undefined,
  close: () => undefined,
}
const router = (wanted: WantedRenderer = 'auto', abilities = browser) =>
  new TrackRouter(wanted, abilities, {
    renderer: ({ track: { kind }, choice }) => told.push(`${kind} ${choice.renderer}`),
    chooseOutput: (trackId, form) => forms.push([trackId, form]),
  })
/** All promises that are settled by now are heard, and what was asked for is loaded. */
async function turn(): Promise<void> {
  await vi.dynamicImportSettled()
  await new Promise((resolve) => setTimeout(resolve))
}

beforeEach(() => {
  told = []
  forms = []
  logged = []
})

describe('the units of a track', () => {
  it('become segments at once where Media Source Extensions play it', () => {
    expect(router().configuration(H264)).toBe('segments')
    expect(told).toEqual(['video media-source'])
  })

  it('wait until the browser has answered and there is a canvas, and then go there', async () => {
    const tracks = router()
    expect(tracks.configuration(H265)).toBe('undecided')
    await turn()
    expect(told).toEqual(['video webcodecs'])
    expect(forms).toEqual([])
    tracks.setOutlet(1, outlet)
    expect(forms).toEqual([[1, 'units']])
    // The page leads it there each time it is told of it.
    tracks.setOutlet(1, outlet)
    tracks.accessUnit(unit(1))
    expect(logged).toEqual(['reset', 'webcodecs hvc1.1.6.L93.B0', 'unit'])
  })

  it('of the same codec with other parameters go on where they went, and it is told there first', async () => {
    const tracks = router('webcodecs')
    tracks.configuration(H264)
    await turn()
    tracks.setOutlet(1, outlet)
    logged = []
    expect(tracks.configuration(H264)).toBe('units')
    expect(logged).toEqual(['webcodecs avc1.64001F'])
  })

  it('go another way when the codec changes in mid-stream', async () => {
    const tracks = router()
    expect(tracks.configuration(H264)).toBe('segments')
    expect(tracks.configuration(H265)).toBe('undecided')
    await turn()
    tracks.setOutlet(1, outlet)
    expect(forms).toEqual([[1, 'units']])
    expect(tracks.configuration(H264)).toBe('segments')
    expect(told).toEqual(['video media-source', 'video webcodecs', 'video media-source'])
  })

  it('follow the newest codec, where it changes again while the browser is being asked', async () => {
    const tracks = router()
    tracks.configuration(H265)
    expect(tracks.configuration(H264)).toBe('segments')
    await turn()
    expect(told).toEqual(['video media-source'])
    expect(forms).toEqual([])
  })

  it('of a codec that nothing plays go nowhere, and the words for it are kept', () => {
    const nothing = { ...browser, isVideoConfigSupported: async () => false }
    const tracks = router('auto', nothing)
    tracks.configuration(H265)
    return turn().then(() => {
      expect(forms).toEqual([[1, 'nothing']])
      expect(tracks.refused[0]?.reason).toContain('cannot play')
    })
  })
})

describe('sound', () => {
  it('beside a canvas is for an audio worklet, and nothing is made of it before it is heard', async () => {
    const tracks = router('webcodecs')
    tracks.configuration(H264)
    expect(tracks.configuration(AAC)).toBe('undecided')
    await turn()
    expect(told).toEqual(['video webcodecs', 'audio audio-worklet'])
    expect(forms).toEqual([[2, 'nothing']])
    tracks.setOutlet(2, outlet)
    tracks.setOutlet(2, undefined)
    expect(forms.slice(1)).toEqual([
      [2, 'units'],
      [2, 'nothing'],
    ])
  })

  it('follows when the picture moves from a media element to a canvas', async () => {
    const tracks = router()
    tracks.configuration(H264)
    expect(tracks.configuration(AAC)).toBe('segments')
    await turn()
    tracks.configuration(H265)
    await turn()
    expect(told).toEqual(['video media-source', 'audio media-source', 'video webcodecs', 'audio audio-worklet'])
    expect(forms).toEqual([[2, 'nothing']])
  })

  it('is for the media element where the audio worklet turns out not to work', async () => {
    const tracks = router('webcodecs')
    tracks.configuration(H264)
    tracks.configuration(AAC)
    await turn()
    tracks.withoutAudioWorklet('Its processor stopped')
    await turn()
    expect(told.at(-1)).toBe('audio media-source')
    expect(forms.at(-1)).toEqual([2, 'segments'])
  })

  it('at the live edge goes apart from a picture that stays in the media element, and comes back where there is time', async () => {
    const tracks = router()
    tracks.isAtEdge = true
    expect(tracks.configuration(H264)).toBe('segments')
    expect(tracks.configuration(AAC)).toBe('undecided')
    await turn()
    expect(told).toEqual(['video media-source', 'audio audio-worklet'])
    expect(forms).toEqual([[2, 'nothing']])
    tracks.isAtEdge = false
    await turn()
    expect(told.slice(2)).toEqual(['audio media-source'])
    expect(forms.slice(1)).toEqual([[2, 'segments']])
  })

  it('goes where it was wanted last, also while the browser is being asked', async () => {
    const tracks = router()
    tracks.isAtEdge = true
    tracks.configuration(H264)
    tracks.configuration(AAC)
    tracks.isAtEdge = false
    await turn()
    expect(told.at(-1)).toBe('audio media-source')
    expect(forms.at(-1)).toEqual([2, 'segments'])
  })

  it('is for the media element from the start where an audio worklet failed in the session before', async () => {
    const tracks = router('auto', { ...browser, audioWorkletFailure: 'Its processor stopped' })
    tracks.isAtEdge = true
    tracks.configuration(H264)
    tracks.configuration(AAC)
    await turn()
    expect(told).toEqual(['video media-source', 'audio media-source'])
  })
})

it('another place empties the outlets, and more of the same does not', async () => {
  const tracks = router('webcodecs')
  tracks.configuration(H264)
  await turn()
  tracks.setOutlet(1, outlet)
  logged = []
  tracks.discontinuity(true)
  tracks.discontinuity(false)
  expect(logged).toEqual(['resume', 'reset'])
})
