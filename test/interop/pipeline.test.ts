import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProtocolError } from '../../protocol/index.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { probeFrames, type Recording, record } from '../support/recording.ts'

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: ProtocolError) => error,
  )

const deltas = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0))

describe("our client at GStreamer's RTSP server", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  describe('playing H.264 and AAC', () => {
    let recording: Recording
    beforeAll(async () => {
      recording = await record(server.url('/h264-aac'), { units: 90 })
    })

    it('sets up both tracks, the picture first', () => {
      expect(recording.tracks.map(({ kind, encoding }) => [kind, encoding])).toEqual([
        ['video', 'H264'],
        ['audio', 'MPEG4-GENERIC'],
      ])
      expect(recording.skipped).toEqual([])
    })

    it('gives an initialization segment of each track in front of its media', () => {
      expect(recording.initialization.map((one) => one.mimeType)).toEqual([
        expect.stringMatching(/^video\/mp4; codecs="avc1\.[0-9A-F]{6}"$/i),
        'audio/mp4; codecs="mp4a.40.2"',
      ])
      expect(recording.initialization[0]?.configuration).toMatchObject({ kind: 'video', width: 640, height: 360 })
      expect(recording.initialization[1]?.configuration).toMatchObject({ kind: 'audio', sampleRate: 48_000 })
    })

    it('begins at zero with a picture that can be decoded alone', () => {
      expect(recording.segments.find((segment) => segment.kind === 'video')).toMatchObject({
        start: 0,
        randomAccess: true,
      })
    })

    it('loses nothing', () => {
      expect(recording.statistics).toMatchObject({
        bytesSkipped: 0,
        framesIgnored: 0,
        tracks: [
          { kind: 'video', lost: 0, malformed: 0, jumps: 0 },
          { kind: 'audio', lost: 0, malformed: 0, jumps: 0, dropped: 0 },
        ],
      })
    })

    it('makes a file of the picture that ffmpeg decodes without complaint, frame by frame', async () => {
      const frames = await probeFrames(recording.files.get(1) ?? new Uint8Array())
      const segments = recording.segments.filter((segment) => segment.kind === 'video')
      expect(frames).toHaveLength(segments.length)
      for (const [index, frame] of frames.entries()) {
        expect(frame.time).toBeCloseTo(segments[index]?.start ?? Number.NaN, 4)
        expect(frame.key).toBe(segments[index]?.randomAccess)
      }
      for (const delta of deltas(frames.map((frame) => frame.time))) expect(delta).toBeCloseTo(1 / 25, 2)
    })

    it('makes a file of the sound that ffmpeg decodes without complaint, without gaps', async () => {
      const frames = await probeFrames(recording.files.get(2) ?? new Uint8Array())
      expect(frames.length).toBeGreaterThan(100)
      for (const delta of deltas(frames.map((frame) => frame.time))) expect(delta).toBeCloseTo(1024 / 48_000, 4)
    })
  })

  it('plays sound that no browser decodes beside the picture', async () => {
    const recording = await record(server.url('/h264-pcmu'), { units: 5 })
    expect(recording.tracks.map((track) => track.encoding)).toEqual(['H264', 'PCMU'])
    expect(recording.skipped).toEqual([])
  })

  it('plays sound alone', async () => {
    const recording = await record(server.url('/audio-only'), { units: 30 })
    expect(recording.tracks.map((track) => track.kind)).toEqual(['audio'])
    expect(recording.segments[0]?.start).toBe(0)
  })

  it('plays 1080p', async () => {
    const recording = await record(server.url('/h264-1080'), { units: 40 })
    expect(recording.initialization[0]?.configuration).toMatchObject({ width: 1920, height: 1080 })
    expect(await probeFrames(recording.files.get(1) ?? new Uint8Array())).toHaveLength(
      recording.segments.filter((segment) => segment.kind === 'video').length,
    )
  })

  it('says that a path does not exist', async () => {
    expect(await failure(record(server.url('/nowhere'), { units: 1 }))).toMatchObject({
      code: 'not-found',
      place: { method: 'DESCRIBE', status: 404 },
    })
  })
})

describe.each(['basic', 'digest'] as const)("our client at GStreamer's server with %s authentication", (auth) => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer({ user: 'operator', password: 's3cret@/:', auth })
  })
  afterAll(() => server.stop())

  it('plays with the right password, in the address or beside it', async () => {
    const inAddress = server.url('/h264').replace('rtsp://', 'rtsp://operator:s3cret%40%2F%3A@')
    expect((await record(inAddress, { units: 3 })).segments.length).toBeGreaterThanOrEqual(3)
    const credentials = { username: 'operator', password: 's3cret@/:' }
    expect((await record(server.url('/h264'), { units: 3, credentials })).segments.length).toBeGreaterThanOrEqual(3)
  })

  it('says that the password is wrong, without repeating it', async () => {
    const credentials = { username: 'operator', password: 'wr0ng' }
    const error = await failure(record(server.url('/h264'), { units: 1, credentials }))
    expect(error.code).toBe('unauthorized')
    expect(JSON.stringify(error)).not.toContain('wr0ng')
  })

  it('says that a password is wanted', async () => {
    expect(await failure(record(server.url('/h264'), { units: 1 }))).toMatchObject({
      code: 'unauthorized',
      message: 'The camera asks for a user name and a password',
    })
  })
})

it('our client says that a server carries nothing over TCP', async () => {
  const server = await startGstServer({ udpOnly: true })
  try {
    expect((await failure(record(server.url('/h264'), { units: 1 }))).code).toBe('unsupported-transport')
  } finally {
    await server.stop()
  }
})
