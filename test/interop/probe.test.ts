import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ProbeOptions, probe } from '../../bridge/probe/probe.ts'
import type { TrackReport } from '../../bridge/probe/report.ts'
import { formatReport } from '../../bridge/probe/text-report.ts'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { type GstMount, type GstServer, type GstServerOptions, startGstServer } from '../support/gst-server.ts'

const FAST: ProbeOptions = { seconds: 0.3, timeout: 5_000 }

type Named = readonly [media: string, codec: string, clockRate: number, channels: number | null]

const H264: Named = ['video', 'H264', 90_000, null]
const AAC: Named = ['audio', 'MPEG4-GENERIC', 48_000, 1]

/** Every mount of GStreamer's server, and its tracks in the order of the SDP. */
const MOUNTS: Readonly<Record<GstMount, readonly Named[]>> = {
  '/audio-only': [AAC],
  '/clock': [H264],
  '/clock-15': [H264],
  '/clock-4s': [H264],
  '/clock-aac': [H264, AAC],
  '/clock-aac-direct': [H264, AAC],
  '/clock-aac-unheld': [H264, AAC],
  '/clock-direct': [H264],
  '/h264': [H264],
  '/h264-1080': [H264],
  '/h264-aac': [H264, AAC],
  '/h264-b': [H264],
  '/h264-g722': [H264, ['audio', 'G722', 8000, 1]],
  '/h264-g726': [H264, ['audio', 'G726-32', 8000, 1]],
  '/h264-high': [H264],
  '/h264-l16': [H264, ['audio', 'L16', 16_000, 1]],
  '/h264-latm': [H264, ['audio', 'MP4A-LATM', 48_000, 1]],
  '/h264-main': [H264],
  // Its SDP does not tell the channels; the stream does.
  '/h264-mp3': [H264, ['audio', 'MPA', 90_000, 2]],
  '/h264-opus': [H264, ['audio', 'OPUS', 48_000, 2]],
  '/h264-pcma': [H264, ['audio', 'PCMA', 8000, 1]],
  '/h264-pcmu': [H264, ['audio', 'PCMU', 8000, 1]],
  '/h265': [['video', 'H265', 90_000, null]],
  '/h265-aac': [['video', 'H265', 90_000, null], AAC],
  '/mjpeg': [['video', 'JPEG', 90_000, null]],
  '/mpeg4': [['video', 'MP4V-ES', 90_000, null]],
  '/recording': [H264, AAC],
  '/vp8': [['video', 'VP8', 90_000, null]],
  '/vp9': [['video', 'VP9', 90_000, null]],
}

describe("a probe of GStreamer's server", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  it('is tried on all that the server has', () => {
    expect(Object.keys(MOUNTS).sort()).toEqual([...server.mounts].sort())
  })

  it.each(Object.entries(MOUNTS))('names every track of %s', async (mount, expected) => {
    const report = await probe(server.url(mount), FAST)
    const named = ({ media, codec, clockRate, channels }: TrackReport) => [media, codec, clockRate, channels]
    expect(report.tracks.map(named)).toEqual(expected)
    for (const [index, track] of report.tracks.entries()) {
      expect(track.control).toBe(`${server.url(mount)}/stream=${index}`)
      expect(track.direction).toBe('recvonly')
      // No browser shows it; and this server sends nothing of it, to nobody.
      expect(track.playable).toBe(track.codec !== 'MP4V-ES')
      expect(track.measured === null).toBe(track.codec === 'MP4V-ES')
    }
    const plays = report.tracks.some((track) => track.playable)
    expect(report.playable).toBe(plays)
    expect(report.error?.code).toBe(plays ? undefined : 'no-media')
    expect(formatReport(report, { colours: false })).toContain(plays ? 'plays' : 'It does not play')
  })

  it('measures the picture and the sound', async () => {
    // Long enough for a sender report of each track: GStreamer sends the first after some seconds.
    const report = await probe(server.url('/h264-aac'), { seconds: 6 })
    expect(report).toMatchObject({
      server: { software: 'GStreamer RTSP server', sessionTimeoutSeconds: 60 },
      authentication: { offered: [], used: null },
    })
    expect(report.server.methods).toContain('PLAY')
    const [video, audio] = report.tracks
    expect(video).toMatchObject({ profile: 'Constrained Baseline', width: 640, height: 360, statedFrameRate: 25 })
    expect(video?.measured).toMatchObject({ lost: 0, reordered: 0, duplicates: 0, timestampJumps: 0, malformed: 0 })
    expect(video?.measured?.pictures?.frameRate).toBeCloseTo(25, 0)
    expect(video?.measured?.pictures).toMatchObject({
      keyframeIntervalSeconds: 1,
      keyframeIntervalPictures: 25,
      bFrames: false,
    })
    expect(audio).toMatchObject({ profile: 'AAC LC', sampleRate: 48_000, codecString: 'mp4a.40.2' })
    for (const track of [video, audio]) {
      expect(track?.measured?.seconds).toBeGreaterThan(5)
      expect(track?.measured?.bitrate).toBeGreaterThan(1_000)
      expect(track?.measured?.clock.senderReports).toBeGreaterThan(0)
      expect(Math.abs(track?.measured?.clock.offsetMilliseconds ?? Number.NaN)).toBeLessThan(200)
    }
    expect(report.advice).toEqual([])
  })

  it('sees B-frames', async () => {
    const report = await probe(server.url('/h264-b'), { seconds: 1 })
    expect(report.tracks[0]).toMatchObject({ profile: 'Main', measured: { pictures: { bFrames: true } } })
    expect(report.advice.map((advice) => advice.id)).toEqual(['b-frames'])
  })

  it('says that a path does not exist', async () => {
    expect(await probe(server.url('/nothing'), FAST)).toMatchObject({
      playable: false,
      error: { code: 'not-found', place: { status: 404 } },
      tracks: [],
    })
  })
})

describe("a probe of GStreamer's server, started otherwise,", () => {
  const withServer = async (options: GstServerOptions, use: (server: GstServer) => Promise<void>) => {
    const server = await startGstServer(options)
    await use(server).finally(() => server.stop())
  }
  const PASSWORD = 's3cret@/:'

  it.each([
    ['basic', 'Basic'],
    ['digest', 'Digest MD5'],
  ] as const)('tells that %s authentication is used, and never the password', (auth, scheme) =>
    withServer({ user: 'viewer', password: PASSWORD, auth }, async (server) => {
      const good = await probe(server.url('/h264').replace('//', `//viewer:${encodeURIComponent(PASSWORD)}@`), FAST)
      expect(good).toMatchObject({ playable: true, authentication: { used: scheme } })
      expect(good.authentication.offered).toContain(scheme)
      const wrong = await probe(server.url('/h264'), {
        ...FAST,
        credentials: { username: 'viewer', password: 'wr0ng' },
      })
      expect(wrong).toMatchObject({ playable: false, error: { code: 'unauthorized' }, tracks: [] })
      const none = await probe(server.url('/h264'), FAST)
      expect(none).toMatchObject({ playable: false, error: { code: 'unauthorized' }, authentication: { used: null } })
      for (const report of [good, wrong, none]) {
        expect(JSON.stringify(report) + formatReport(report, { colours: true })).not.toMatch(/s3cret|wr0ng/)
      }
    }),
  )

  it('names the tracks of a server that carries nothing over TCP, and says so', () =>
    withServer({ udpOnly: true }, async (server) => {
      const report = await probe(server.url('/h264-aac'), FAST)
      expect(report).toMatchObject({
        playable: false,
        error: { code: 'unsupported-transport', place: { status: 461 } },
      })
      expect(report.tracks.map((track) => track.codec)).toEqual(['H264', 'MPEG4-GENERIC'])
    }))
})

it('a probe of the simulated camera finds nothing to complain of', async () => {
  const camera = await startCamera()
  try {
    const report = await probe(camera.url, { seconds: 3 })
    expect(report).toMatchObject({ playable: true, deviations: [], advice: [] })
    expect(report.tracks.map(({ media, codec, control }) => [media, codec, control])).toEqual([
      ['video', 'H264', `${camera.url}/video`],
      ['audio', 'MPEG4-GENERIC', `${camera.url}/audio`],
    ])
    expect(report.tracks[0]?.measured?.pictures).toMatchObject({ frameRate: 25, keyframeIntervalSeconds: 1 })
  } finally {
    await camera.close()
  }
})
