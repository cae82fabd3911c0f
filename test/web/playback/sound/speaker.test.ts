import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Milliseconds, Seconds } from '../../../../protocol/units.ts'
import type { SoundChunk } from '../../../../web/playback/sound/speaker.ts'
import { Speaker } from '../../../../web/playback/sound/speaker.ts'

const RATE = 48_000
const FRAMES = 1024
const UNIT = FRAMES / RATE

/** As Chromium's decoder of AAC: the time of the first unit, and from there on by what it gives out. */
class CountingDecoder {
  state = 'unconfigured'
  decodeQueueSize = 0
  readonly #output: (samples: unknown) => void
  #base: number | undefined
  #frames = 0

  constructor({ output }: { output: (samples: unknown) => void }) {
    this.#output = output
  }

  configure(): void {
    this.state = 'configured'
  }

  decode({ timestamp }: { readonly timestamp: number }): void {
    this.#base ??= timestamp
    this.#output({
      numberOfChannels: 1,
      numberOfFrames: FRAMES,
      sampleRate: RATE,
      timestamp: this.#base + Math.round((this.#frames / RATE) * 1e6),
      copyTo: () => undefined,
      close: () => undefined,
    })
    this.#frames += FRAMES
  }

  close(): void {
    this.state = 'closed'
  }
}

let heard: (SoundChunk | null)[] = []
let speaker: Speaker

beforeEach(() => {
  vi.stubGlobal('AudioDecoder', CountingDecoder)
  vi.stubGlobal(
    'EncodedAudioChunk',
    class {
      timestamp: number
      constructor({ timestamp }: { timestamp: number }) {
        this.timestamp = timestamp
      }
    },
  )
  heard = []
  const port = { postMessage: (chunk: SoundChunk | null) => heard.push(chunk), close: () => undefined }
  speaker = new Speaker(port as unknown as MessagePort, () => undefined)
  speaker.configure({
    trackId: 2,
    kind: 'audio',
    encoding: 'MPEG4-GENERIC',
    mimeType: null,
    configuration: {
      kind: 'audio',
      codec: 'mp4a.40.2',
      description: Uint8Array.of(0x11, 0x88),
      sampleRate: RATE,
      channels: 1,
    },
  })
})

afterEach(() => {
  speaker.close()
  vi.unstubAllGlobals()
})

const push = (...starts: number[]): void => {
  for (const start of starts) {
    speaker.push({
      trackId: 2,
      kind: 'audio',
      data: Uint8Array.of(1),
      start: Seconds(start),
      duration: Seconds(UNIT),
      randomAccess: true,
      arrival: Milliseconds(0),
    })
  }
}

const times = (): number[] => heard.map((chunk) => chunk?.mediaTime ?? Number.NaN)

it('tells the time of the stream with each piece of sound', () => {
  push(10, 10 + UNIT, 10 + 2 * UNIT)
  for (const [at, time] of times().entries()) expect(time).toBeCloseTo(10 + at * UNIT, 5)
})

it('does not play what follows a lost unit a unit too early', () => {
  push(10, 10 + 2 * UNIT)
  expect(times()[1]).toBeCloseTo(10 + 2 * UNIT, 5)
})

it('follows the reports of the camera, which put sound in another place beside the picture', () => {
  push(10, 10 + UNIT, 10.16 + 2 * UNIT, 10.16 + 3 * UNIT, 9.9 + 4 * UNIT)
  expect(times()[2]).toBeCloseTo(10.16 + 2 * UNIT, 5)
  expect(times()[3]).toBeCloseTo(10.16 + 3 * UNIT, 5)
  expect(times()[4]).toBeCloseTo(9.9 + 4 * UNIT, 5)
})

it('is still in its place after an hour', () => {
  for (let unit = 0; unit < 3600 / UNIT; unit++) push(10 + unit * UNIT)
  expect(times().at(-1)).toBeCloseTo(10 + (heard.length - 1) * UNIT, 4)
})

it('begins anew with another stream', () => {
  push(10, 10 + UNIT)
  speaker.reset()
  push(500)
  expect(heard.at(-2)).toBeNull()
  expect(times().at(-1)).toBeCloseTo(500, 5)
})
