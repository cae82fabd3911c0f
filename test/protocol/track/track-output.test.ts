import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { VideoConfiguration } from '../../../protocol/codec/configuration.ts'
import { type OutputForm, TrackOutput, type TrackOutputEvents } from '../../../protocol/track/track-output.ts'
import { Milliseconds, Ticks } from '../../../protocol/units.ts'

const H264: VideoConfiguration = {
  kind: 'video',
  codec: 'avc1.42C00C',
  description: Uint8Array.of(1, 0x42, 0xc0, 0x0c),
  width: 320,
  height: 240,
  pixelAspectRatio: 1,
  reorderDepth: 0,
}
const JPEG: VideoConfiguration = { ...H264, codec: 'jpeg', description: new Uint8Array(0) }

let next = 0
beforeEach(() => {
  next = 0
})

function outputThat(answer?: OutputForm | 'undecided') {
  const told: string[] = []
  const configuration = vi.fn<NonNullable<TrackOutputEvents['configuration']>>(() => answer)
  const output = new TrackOutput(
    { trackId: 1, kind: 'video', encoding: 'H264', clockRate: 90_000 },
    {
      configuration,
      initializationSegment: () => told.push('initialization'),
      mediaSegment: ({ start, wallClock }) =>
        told.push(`segment ${start.toFixed(1)}${wallClock === undefined ? '' : ` at ${wallClock}`}`),
      accessUnit: ({ start, data, wallClock }) =>
        told.push(`unit ${start.toFixed(1)} [${data}]${wallClock === undefined ? '' : ` at ${wallClock}`}`),
    },
  )
  const data = new Uint8Array(1)
  const push = (randomAccess: boolean, change?: VideoConfiguration, wallClock?: number) => {
    const time = Ticks(9_000 * next)
    // The same buffer each time, as depacketizers have it.
    data[0] = next++
    const unit = { data, timestamp: time, randomAccess, discontinuity: false, configuration: change }
    output.push(unit, time, Milliseconds(0), wallClock === undefined ? undefined : Milliseconds(wallClock))
  }
  return { output, push, told, configuration }
}

describe('the output of a track', () => {
  it('is segments where nobody chooses and MP4 can hold the codec, else access units', () => {
    const h264 = outputThat()
    h264.push(true, H264)
    expect(h264.told).toEqual(['initialization', 'segment 0.0'])
    expect(h264.configuration.mock.calls[0]?.[0]).toMatchObject({
      trackId: 1,
      encoding: 'H264',
      mimeType: 'video/mp4; codecs="avc1.42C00C"',
    })
    const jpeg = outputThat()
    jpeg.push(true, JPEG)
    expect(jpeg.told).toEqual(['unit 0.1 [1]'])
    expect(jpeg.configuration.mock.calls[0]?.[0].mimeType).toBeNull()
  })

  it('is what was answered, with the time of capture', () => {
    for (const [form, expected] of [
      ['segments', ['initialization', 'segment 0.0 at 7']],
      ['units', ['unit 0.0 [0] at 7']],
      ['nothing', []],
    ] as const) {
      next = 0
      const { push, told } = outputThat(form)
      push(true, H264, 7)
      expect(told).toEqual(expected)
    }
  })

  it('keeps what comes while it is undecided, each unit with bytes of its own', () => {
    const { output, push, told } = outputThat('undecided')
    push(true, H264)
    push(false)
    push(false)
    expect(told).toEqual([])
    output.choose('units')
    expect(told).toEqual(['unit 0.0 [0]', 'unit 0.1 [1]', 'unit 0.2 [2]'])
    push(false)
    expect(told.at(-1)).toBe('unit 0.3 [3]')
  })

  it('changes its form at a random access point, and begins with an initialization segment', () => {
    const { output, push, told } = outputThat('units')
    push(true, H264)
    output.choose('segments')
    push(false)
    push(true)
    push(false)
    expect(told).toEqual(['unit 0.0 [0]', 'initialization', 'segment 0.2', 'segment 0.3'])
    output.choose('segments')
    push(false)
    expect(told.at(-1)).toBe('segment 0.4')
  })

  it('asks again when the parameters change', () => {
    const { push, told, configuration } = outputThat()
    push(true, H264)
    push(true, JPEG)
    push(true, H264)
    expect(configuration).toHaveBeenCalledTimes(3)
    expect(told).toEqual(['initialization', 'segment 0.0', 'unit 0.1 [1]', 'initialization', 'segment 0.2'])
  })

  it('gives nothing before a configuration is known', () => {
    const { push, told } = outputThat()
    push(true)
    expect(told).toEqual([])
  })
})
