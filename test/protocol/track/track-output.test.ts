import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { AudioConfiguration, VideoConfiguration } from '../../../protocol/codec/configuration.ts'
import { flacTranscoder } from '../../../protocol/track/flac-transcoder.ts'
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

const PCM: AudioConfiguration = {
  kind: 'audio',
  codec: 'pcm-s16',
  description: new Uint8Array(0),
  sampleRate: 8000,
  channels: 1,
}

describe('the output of decoded sound', () => {
  function soundThat(answer?: OutputForm | 'undecided') {
    const told: string[] = []
    const configuration = vi.fn<NonNullable<TrackOutputEvents['configuration']>>(() => answer)
    const output = new TrackOutput(
      { trackId: 2, kind: 'audio', encoding: 'PCMU', clockRate: 8000, createTranscoder: flacTranscoder },
      {
        configuration,
        initializationSegment: ({ mimeType }) => told.push(mimeType),
        mediaSegment: ({ start, duration }) => told.push(`segment ${start.toFixed(2)} ${duration.toFixed(2)}`),
        accessUnit: ({ start, data }) => told.push(`unit ${start.toFixed(2)} ${data.length}`),
      },
    )
    let time = 0
    const push = (samples: number, change?: AudioConfiguration) => {
      const data = new Uint8Array(samples * 2)
      const unit = { data, timestamp: Ticks(time), randomAccess: true, discontinuity: false, duration: Ticks(samples) }
      output.push({ ...unit, configuration: change }, Ticks(time), Milliseconds(0), undefined)
      time += samples
    }
    return { output, push, told, configuration }
  }
  const FLAC = 'audio/mp4; codecs="flac"'

  it('is FLAC in segments, and that is what the page is told', () => {
    const { push, told, configuration } = soundThat()
    push(160, PCM)
    push(160)
    expect(configuration.mock.calls).toMatchObject([[{ mimeType: FLAC, configuration: { codec: 'pcm-s16' } }]])
    expect(told).toEqual([FLAC, 'segment 0.00 0.02', 'segment 0.02 0.02'])
  })

  it('is samples in access units, as they came', () => {
    const { push, told } = soundThat('units')
    push(8, PCM)
    push(160)
    expect(told).toEqual(['unit 0.00 16', 'unit 0.00 320'])
  })

  it('is in access units where FLAC does not hold it', () => {
    const { push, told, configuration } = soundThat()
    push(160, { ...PCM, sampleRate: 700_000 })
    expect(configuration.mock.calls[0]?.[0].mimeType).toBeNull()
    expect(told).toEqual(['unit 0.00 320'])
  })

  it('gives out what was joined before another form, other parameters, and at the end', () => {
    const { output, push, told } = soundThat()
    push(80, PCM)
    output.choose('units')
    push(80)
    output.choose('segments')
    push(80)
    push(80, { ...PCM, channels: 2 })
    output.flush()
    expect(told).toEqual([
      FLAC,
      'segment 0.00 0.01',
      'unit 0.01 160',
      FLAC,
      'segment 0.02 0.01',
      FLAC,
      'segment 0.03 0.01',
    ])
  })

  it('is kept while it is undecided', () => {
    const { output, push, told } = soundThat('undecided')
    push(160, PCM)
    push(160)
    output.choose('segments')
    expect(told).toEqual([FLAC, 'segment 0.00 0.02', 'segment 0.02 0.02'])
  })
})
