import { stat } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { ShippedClips } from '../../../bridge/simulated-camera/clip-file.ts'
import { MOUNTS, type MountPath } from '../../../bridge/simulated-camera/mount-list.ts'
import { type Mount, type Mounts, mountedStreams } from '../../../bridge/simulated-camera/mounts.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { RtspRefusal } from '../../../protocol/rtsp/server-stream.ts'
import { mediaFormats } from '../../../protocol/sdp/media-format.ts'
import { attribute, parseSessionDescription } from '../../../protocol/sdp/session-description.ts'

const clips = new ShippedClips()
const LOADERS: Record<MountPath, Mount['clip']> = {
  '/lobby': () => clips.lobby(),
  '/recording': () => clips.lobby(),
  '/h265': () => clips.codec('h265'),
  '/av1': () => clips.codec('av1'),
  '/mjpeg': () => clips.codec('mjpeg'),
  '/opus': () => clips.opus(),
  '/pcmu': () => clips.g711('mu'),
  '/pcma': () => clips.g711('a'),
}
const mounts = (other: Partial<Record<MountPath, Mount['clip']>> = {}): Mounts => {
  const entries = MOUNTS.map(({ path }) => {
    const form = path === '/recording' ? 'recording' : 'live'
    return [path, { name: path, form, clip: other[path] ?? LOADERS[path] }] as const
  })
  return Object.fromEntries(entries) as unknown as Mounts
}
const described = async (path: MountPath) => {
  const stream = await mountedStreams(mounts(), 1_700_000_000_000).find(path, '')
  return parseSessionDescription((await stream?.describe()) ?? new Uint8Array(0)).media
}
const refusalOf = (promise: unknown): Promise<RtspRefusal> =>
  Promise.resolve(promise).then(
    () => expect.fail('it should have been refused'),
    (error: RtspRefusal) => error,
  )

describe('the mounts', () => {
  it.each<[MountPath, (readonly [string, number, Record<string, RegExp>])[]]>([
    [
      '/h265',
      [
        [
          'H265',
          90_000,
          { 'profile-id': /^1$/, 'level-id': /^\d+$/, 'sprop-vps': /^QAE/, 'sprop-sps': /^QgE/, 'sprop-pps': /^RA/ },
        ],
        ['MPEG4-GENERIC', 48_000, { config: /^1188/ }],
      ],
    ],
    [
      '/av1',
      [
        ['AV1', 90_000, { profile: /^0$/, 'level-idx': /^\d+$/, tier: /^0$/ }],
        ['OPUS', 48_000, { 'sprop-stereo': /^0$/ }],
      ],
    ],
    ['/mjpeg', [['JPEG', 90_000, {}]]],
    [
      '/opus',
      [
        ['H264', 90_000, { 'sprop-parameter-sets': /^Z/ }],
        ['OPUS', 48_000, { 'sprop-stereo': /^0$/ }],
      ],
    ],
    [
      '/pcmu',
      [
        ['H264', 90_000, { 'packetization-mode': /^1$/ }],
        ['PCMU', 8000, {}],
      ],
    ],
    [
      '/pcma',
      [
        ['H264', 90_000, { 'packetization-mode': /^1$/ }],
        ['PCMA', 8000, {}],
      ],
    ],
  ])('%s describes itself so that a player needs nothing else', async (path, expected) => {
    const media = await described(path)
    const formats = media.flatMap((one) => mediaFormats(one))
    expect(formats.map(({ encoding, clockRate }) => [encoding, clockRate])).toEqual(
      expected.map(([encoding, clockRate]) => [encoding, clockRate]),
    )
    for (const [index, [, , parameters]] of expected.entries()) {
      for (const [name, value] of Object.entries(parameters)) {
        expect(formats[index]?.parameters.get(name)).toMatch(value)
      }
    }
  })

  it('state the size of Motion JPEG, and its static payload type', async () => {
    const [video] = await described('/mjpeg')
    expect(video?.payloadTypes).toEqual([26])
    expect(attribute(video?.attributes ?? [], 'framesize')).toBe('26 320-176')
    expect(attribute(video?.attributes ?? [], 'x-dimensions')).toBe('320,176')
    expect(attribute(video?.attributes ?? [], 'framerate')).toBe('12.5')
  })

  it('load what they show when somebody asks, and only once', async () => {
    const load = vi.fn(LOADERS['/h265'])
    const streams = mountedStreams(mounts({ '/h265': load }), 0)
    expect(load).not.toHaveBeenCalled()
    const [one, two] = await Promise.all([streams.find('/h265', ''), streams.find('/h265', '')])
    expect(one).toBe(two)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('of which a clip is missing are refused, the others are not, and it may be there later', async () => {
    const load = vi.fn(LOADERS['/av1']).mockRejectedValueOnce(new ProtocolError('file-invalid', 'The clip is gone'))
    const streams = mountedStreams(mounts({ '/av1': load }), 0)
    const refusal = await refusalOf(streams.find('/av1', ''))
    expect(refusal).toBeInstanceOf(RtspRefusal)
    expect(refusal).toMatchObject({ status: 503, reason: 'Service Unavailable: The clip is gone' })
    expect((await streams.find('/mjpeg', ''))?.controls).toEqual(['video'])
    expect((await streams.find('/av1', ''))?.controls).toEqual(['video', 'audio'])
  })
})

describe('the clips that are shipped', () => {
  it.each([
    ['h265', 100, 25, 320, 180],
    ['av1', 100, 25, 320, 180],
    ['mjpeg', 50, 1, 320, 176],
  ] as const)(
    'in %s have %i pictures in four seconds, and can be started at each %i',
    async (codec, count, step, w, h) => {
      const { period, tracks } = await clips.codec(codec)
      const [video] = tracks
      expect(period).toBe(4)
      expect(video?.frames).toHaveLength(count)
      expect(video?.frames.every((frame, index) => !(index % step === 0) || frame.randomAccess)).toBe(true)
      expect(video?.attributes).toContain(`x-dimensions:${w},${h}`)
    },
  )

  it('are small together', async () => {
    const names = ['h265', 'av1', 'mjpeg', 'opus'].map((name) => `clip-${name}.mp4`)
    const sizes = await Promise.all(
      names.map((name) => stat(new URL(`../../../bridge/simulated-camera/${name}`, import.meta.url))),
    )
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(600_000)
  })

  it.each([
    ['Opus', () => clips.opus(), 960],
    ['G.711', () => clips.g711('mu'), 160],
  ] as const)('have sound in %s for the whole minute, without a gap where it begins again', async (_, load, ticks) => {
    const { period, tracks } = await load()
    const [video, audio] = tracks
    expect(period).toBe(60)
    expect(video?.frames).toHaveLength(1500)
    expect(audio?.frameTicks).toBe(ticks)
    const times = audio?.frames.map((frame) => frame.sendTime) ?? []
    for (const [index, time] of times.entries()) if (index > 0) expect(time - (times[index - 1] ?? 0)).toBe(ticks)
    expect(times).toHaveLength((60 * (audio?.clockRate ?? 0)) / ticks)
  })

  it('tick in G.711 at each full second, higher at each full ten', async () => {
    const [, audio] = (await clips.g711('a')).tracks
    const loud = (audio?.frames ?? []).flatMap(({ data, sendTime }) => {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
      const samples = Array.from({ length: data.length / 2 }, (_, index) => view.getInt16(index * 2, true))
      const crossings = samples.filter((sample, index) => index > 0 && sample >= 0 !== (samples[index - 1] ?? 0) >= 0)
      return Math.max(...samples) > 3000 ? [[sendTime / 8000, crossings.length * 25]] : []
    })
    const starts = loud.filter(([time = 0]) => time % 1 === 0)
    expect(starts.map(([time]) => time)).toEqual([...new Array(60).keys()])
    for (const [time = 0, frequency = 0] of starts) {
      expect(Math.abs(frequency - (time % 10 === 0 ? 1320 : 880))).toBeLessThan(60)
    }
  })
})
