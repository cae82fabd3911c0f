import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { TrackConfiguration } from '../../../../protocol/index.ts'
import { Milliseconds, Seconds } from '../../../../protocol/units.ts'
import { Screen } from '../../../../web/playback/canvas/screen.ts'
import type { ScreenMessage } from '../../../../web/playback/canvas/screen-messages.ts'
import { FakeChunk, FakeVideoDecoder, FakeVideoFrame } from './fake-decoder.ts'

const FRAME = 0.04
let drawn: number[]
let told: ScreenMessage[]
let frames: FrameRequestCallback[]
let canvas: { width: number; height: number; getContext: () => unknown }
let screen: Screen

const H264: TrackConfiguration = {
  trackId: 1,
  kind: 'video',
  encoding: 'H264',
  mimeType: 'video/mp4; codecs="avc1.64001F"',
  configuration: {
    kind: 'video',
    codec: 'avc1.64001F',
    description: Uint8Array.of(1),
    width: 640,
    height: 360,
    pixelAspectRatio: 1,
    reorderDepth: 0,
  },
}
const withCodec = (codec: string, pixelAspectRatio = 1): TrackConfiguration =>
  ({ ...H264, configuration: { ...H264.configuration, codec, pixelAspectRatio } }) as TrackConfiguration

const push = (number: number, randomAccess = false) =>
  screen.push({
    trackId: 1,
    kind: 'video',
    data: Uint8Array.of(number),
    start: Seconds(number * FRAME),
    duration: Seconds(0),
    randomAccess,
    arrival: Milliseconds(performance.now()),
    wallClock: Milliseconds(1_700_000_000_000 + number),
  })

/** The display takes what was painted. */
const refresh = () => {
  for (const callback of frames.splice(0)) callback(performance.now())
}
/** Decoders are loaded in some turns. */
const turn = () => vi.advanceTimersByTimeAsync(1).then(() => vi.dynamicImportSettled())
const types = () => told.map(({ type }) => type)
const numbers = (times: readonly number[]) => times.map((timestamp) => Math.round(timestamp / 1e6 / FRAME))

/** A screen whose decoder has shown the first picture. */
const playing = async (track = H264) => {
  screen.configure(track, 'webcodecs')
  push(0, true)
  await turn()
  FakeVideoDecoder.last.give()
  refresh()
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  FakeVideoDecoder.all = []
  FakeVideoFrame.open = 0
  drawn = []
  told = []
  frames = []
  vi.stubGlobal('VideoDecoder', FakeVideoDecoder)
  vi.stubGlobal('EncodedVideoChunk', FakeChunk)
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback))
  const drawImage = (frame: FakeVideoFrame) => drawn.push(frame.timestamp)
  canvas = { width: 0, height: 0, getContext: () => ({ drawImage }) }
  screen = new Screen(canvas as unknown as OffscreenCanvas, (message) => told.push(message))
})

afterEach(() => {
  screen.close()
  expect(FakeVideoFrame.open).toBe(0)
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('paints each picture as soon as it is decoded, and tells of it when the display has taken it', async () => {
  await playing()
  expect(canvas).toMatchObject({ width: 640, height: 360 })
  expect(types()).toEqual(['painted'])
  push(1)
  FakeVideoDecoder.last.give()
  expect(numbers(drawn)).toEqual([0, 1])
  expect(types()).toEqual(['painted'])
  refresh()
  const picture = told[1]?.type === 'painted' ? told[1].picture : undefined
  expect(picture).toMatchObject({ mediaTime: 0.04, width: 640, height: 360, painted: 2, wallClock: 1_700_000_000_001 })
  expect(picture?.shownAt).toBeGreaterThan(picture?.arrival ?? Number.NaN)
})

it('paints one picture for each frame of the display, the newest', async () => {
  await playing()
  for (const number of [1, 2, 3]) push(number)
  FakeVideoDecoder.last.give(3)
  expect(numbers(drawn)).toEqual([0, 1])
  refresh()
  expect(numbers(drawn)).toEqual([0, 1, 3])
})

it('goes on in a hidden page, and tells of no picture there but the first', async () => {
  screen.configure(H264, 'webcodecs')
  push(0, true)
  await turn()
  FakeVideoDecoder.last.give()
  await vi.advanceTimersByTimeAsync(300)
  expect(types()).toEqual(['painted'])
  for (let number = 1; number <= 20; number++) {
    push(number)
    FakeVideoDecoder.last.give()
    await vi.advanceTimersByTimeAsync(40)
  }
  expect(types()).toEqual(['painted'])
  expect(drawn.length).toBeLessThan(6)
  refresh()
})

it('lets a slow decoder skip to the newest keyframe, and says what was dropped', async () => {
  await playing()
  for (let number = 1; number <= 12; number++) push(number, number === 10)
  expect(FakeVideoDecoder.last.chunks).toHaveLength(6)
  expect(told.at(-1)).toEqual({ type: 'dropped', pictures: 3 })
  for (let i = 0; i < 12; i++) FakeVideoDecoder.last.give()
  refresh()
  expect(numbers(drawn).at(-1)).toBe(12)
})

it('begins anew with the next keyframe when a decoder gives up', async () => {
  await playing()
  push(1)
  FakeVideoDecoder.last.fail()
  expect(types()).toContain('decoder-restarted')
  push(2)
  await turn()
  expect(FakeVideoDecoder.all).toHaveLength(1)
  push(3, true)
  await turn()
  expect(FakeVideoDecoder.all).toHaveLength(2)
  expect(FakeVideoDecoder.last.chunks).toEqual([{ type: 'key', timestamp: 120_000 }])
})

it('comes to an end where no decoder shows anything', async () => {
  screen.configure(H264, 'webcodecs')
  for (let number = 0; number < 4; number++) {
    push(number, true)
    await turn()
    FakeVideoDecoder.last.fail()
  }
  expect(types()).toEqual(['decoder-restarted', 'decoder-restarted', 'decoder-restarted', 'failed'])
  push(9, true)
  await turn()
  expect(FakeVideoDecoder.all).toHaveLength(4)
})

it('tells the decoder of other parameters before the first picture of them, and of the same not at all', async () => {
  await playing()
  screen.configure({ ...H264 }, 'webcodecs')
  push(1)
  screen.configure(withCodec('avc1.4D401E'), 'webcodecs')
  push(2, true)
  expect(FakeVideoDecoder.last.codecs).toEqual(['avc1.64001F', 'avc1.4D401E'])
  expect(FakeVideoDecoder.all).toHaveLength(1)
  FakeVideoDecoder.last.give(2)
  refresh()
})

it('widens pixels that are not square', async () => {
  await playing(withCodec('avc1.64001F', 1.5))
  expect(canvas).toMatchObject({ width: 960, height: 360 })
})

it('with a pace shows each picture in its time, and decodes no further ahead than it has to', async () => {
  const epoch = () => performance.timeOrigin + performance.now()
  screen.command({ name: 'pace', pace: { mediaTime: 0, at: epoch(), rate: 0 } })
  await playing()
  for (let number = 1; number <= 8; number++) push(number)
  for (let i = 0; i < 3; i++) FakeVideoDecoder.last.give(6)
  expect(numbers(drawn)).toEqual([0])
  // Some wait decoded, and the decoder is asked for no more.
  expect(FakeVideoFrame.open).toBeLessThan(6)
  expect(FakeVideoDecoder.last.chunks).toHaveLength(0)
  screen.command({ name: 'pace', pace: { mediaTime: 0, at: epoch(), rate: 1 } })
  for (let i = 0; i < 9; i++) {
    await vi.advanceTimersByTimeAsync(40)
    refresh()
    FakeVideoDecoder.last.give(6)
  }
  expect(numbers(drawn)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(types().filter((type) => type === 'received')).toHaveLength(9)
})

it('after a pause of the server leaves out what comes again', async () => {
  await playing()
  push(1)
  screen.resume()
  for (const number of [0, 1, 2]) push(number, number === 0)
  expect(numbers(FakeVideoDecoder.last.chunks.map(({ timestamp }) => timestamp))).toEqual([1, 2])
  FakeVideoDecoder.last.give(2)
  refresh()
})

it('of another place shows nothing of the old one', async () => {
  await playing()
  push(1)
  const old = FakeVideoDecoder.last
  screen.reset()
  expect(old.state).toBe('closed')
  push(50)
  push(75, true)
  await turn()
  expect(FakeVideoDecoder.last.chunks).toEqual([{ type: 'key', timestamp: 3_000_000 }])
})

it('sends pictures to the page where the canvas could not be had, one at a time', async () => {
  screen.close()
  screen = new Screen(null, (message) => told.push(message))
  await playing()
  push(1)
  FakeVideoDecoder.last.give()
  const sent = () =>
    told.flatMap((message) => (message.type === 'draw' ? [message.image as unknown as FakeVideoFrame] : []))
  expect(sent()).toHaveLength(1)
  screen.command({ name: 'drawn' })
  expect(sent()).toHaveLength(2)
  expect(types()).toEqual(['draw', 'painted', 'draw'])
  for (const image of sent()) image.close()
})

it('keeps pictures of a live stream as long as is wanted, and shows each as late as the others', async () => {
  screen.command({ name: 'latency', latency: { name: 'seconds', seconds: 0.2 } })
  await playing()
  // The first is not kept back.
  expect(numbers(drawn)).toEqual([0])
  const begin = performance.now()
  const shown = new Map<number, number>()
  const arrivals = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map((number) => ({
    number,
    at: number * FRAME * 1000 + (number % 4 === 0 ? 30 : 0),
  }))
  for (let at = 0; at < 1_500; at += 10) {
    for (const { number } of arrivals.filter((arrival) => arrival.at === at)) push(number)
    const before = drawn.length
    FakeVideoDecoder.last.give(3)
    refresh()
    for (const number of numbers(drawn.slice(before)))
      shown.set(number, performance.now() - begin - number * FRAME * 1000)
    await vi.advanceTimersByTimeAsync(10)
  }
  expect([...shown.keys()]).toEqual(arrivals.map(({ number }) => number))
  for (const delay of [...shown.values()].slice(1)) {
    expect(delay).toBeGreaterThanOrEqual(190)
    expect(delay).toBeLessThanOrEqual(230)
  }
  expect(types()).not.toContain('received')
})

it('shows the newest at once when they are wanted near the edge again', async () => {
  screen.command({ name: 'latency', latency: { name: 'seconds', seconds: 2 } })
  await playing()
  for (let number = 1; number < 4; number++) push(number)
  FakeVideoDecoder.last.give(3)
  refresh()
  expect(numbers(drawn)).toEqual([0])
  screen.command({ name: 'latency', latency: { name: 'low' } })
  refresh()
  expect(numbers(drawn)).toEqual([0, 3])
})
