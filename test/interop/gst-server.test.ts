import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GstMount, type GstServer, type GstServerOptions, startGstServer } from '../support/gst-server.ts'
import { runProcess } from '../support/processes.ts'

/**
 * Is the measuring instrument straight? What the other tests take for granted of GStreamer's server, seen by ffprobe.
 */
const probe = async (url: string, transport: 'tcp' | 'udp' = 'tcp') => {
  const entries = 'stream=codec_name,profile,width,height,has_b_frames,sample_rate'
  const args = ['-v', 'error', '-rtsp_transport', transport, '-show_entries', entries, '-of', 'json', url]
  const { code, stdout, stderr } = await runProcess('ffprobe', args)
  return { code, stderr, streams: code === 0 ? JSON.parse(stdout).streams : [] }
}

const h264 = { codec_name: 'h264', profile: 'Constrained Baseline', width: 640, height: 360, has_b_frames: 0 }
const aac = { codec_name: 'aac', profile: 'LC', sample_rate: '48000' }

describe("GStreamer's server", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  test.each<[GstMount, object[]]>([
    ['/clock', [h264]],
    ['/clock-aac', [h264, aac]],
    ['/h264', [h264]],
    ['/h264-aac', [h264, aac]],
    ['/h264-b', [{ codec_name: 'h264', profile: 'Main', has_b_frames: 2 }]],
    ['/h264-1080', [{ codec_name: 'h264', width: 1920, height: 1080 }]],
    ['/h264-pcmu', [h264, { codec_name: 'pcm_mulaw' }]],
    ['/audio-only', [aac]],
    ['/mjpeg', [{ codec_name: 'mjpeg' }]],
  ])('offers %s', async (mount, streams) => {
    const found = await probe(server.url(mount))
    expect(found.stderr).toBe('')
    expect(found.streams).toMatchObject(streams)
  })

  test('answers 404 for any other path', async () => {
    expect((await probe(server.url('/nothing'))).stderr).toContain('404 Not Found')
  })
})

describe("GStreamer's server, started otherwise,", () => {
  const withServer = async (options: GstServerOptions, use: (server: GstServer) => Promise<void>) => {
    const server = await startGstServer(options)
    await use(server).finally(() => server.stop())
  }

  test.each(['basic', 'digest'] as const)('wants a password (%s)', (auth) =>
    withServer({ user: 'viewer', password: 'se:cret', auth }, async (server) => {
      expect((await probe(server.url('/h264'))).stderr).toContain('401 Unauthorized')
      const url = server.url('/h264').replace('//', '//viewer:se%3Acret@')
      expect((await probe(url)).streams).toMatchObject([h264])
    }),
  )

  test('refuses TCP interleaved, and serves over UDP', () =>
    withServer({ udpOnly: true }, async (server) => {
      expect((await probe(server.url('/h264'))).stderr).toContain('461 Unsupported transport')
      expect((await probe(server.url('/h264'), 'udp')).streams).toMatchObject([h264])
    }))

  test('says why it cannot start', () =>
    withServer({}, async ({ port }) => {
      await expect(startGstServer({ port })).rejects.toThrow(/is the port taken/)
    }))
})
