import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { runGstreamer } from '../support/gstreamer.ts'
import { runProcess } from '../support/processes.ts'
import { probeFrames, record } from '../support/recording.ts'

/* The mounts with other codecs, played by clients that we did not write, as far as they know them, and by our own. */

let camera: SimulatedCamera
let folder: string
let files = 0
beforeAll(async () => {
  camera = await startCamera()
  folder = await mkdtemp(join(tmpdir(), 'camera-codecs-'))
})
afterAll(async () => {
  await camera.close()
  await rm(folder, { recursive: true, force: true })
})

const url = (path: string): string =>
  camera.mounts.find((mount) => mount.path === path)?.url ?? expect.fail(`no mount ${path}`)
const TCP = ['-v', 'error', '-rtsp_transport', 'tcp']

/** The number of each frame, as make-clip.sh writes it into the pictures of the small clips. */
async function frameNumbers(input: readonly string[], height = 180): Promise<number[]> {
  const file = join(folder, `luma-${files++}.raw`)
  const { stderr } = await runProcess('ffmpeg', [...input, '-f', 'rawvideo', '-pix_fmt', 'gray', '-y', file])
  expect(stderr).toBe('')
  const luma = await readFile(file)
  const size = 320 * height
  return Array.from({ length: luma.length / size }, (_, index) => {
    let number = 0
    for (let block = 0; block < 16; block++) {
      const value = luma[index * size + 172 * 320 + 96 + block * 8 + 4] ?? 128
      if (value > 80 && value < 176) throw new Error(`block ${block} of frame ${index} has ${value}`)
      number = number * 2 + (value >= 176 ? 1 : 0)
    }
    return number
  })
}
/** Frames follow each other over the seam of the loop, too. */
function expectSequence(numbers: readonly number[], step: number, length: number): void {
  expect(numbers).toHaveLength(length)
  for (const [index, number] of numbers.entries()) {
    if (index > 0) expect(number).toBe(((numbers[index - 1] ?? 0) + step) % 100)
  }
  // Four seconds of the wall clock, and ffmpeg is no more than some seconds behind.
  expect(numbers.every((number) => number >= 0 && number < 100)).toBe(true)
}

/** ffmpeg 5.1 has no depacketizer for AV1. */
describe.concurrent('ffmpeg', () => {
  it.each([
    ['/h265', ['hevc', 'aac']],
    ['/mjpeg', ['mjpeg']],
    ['/opus', ['h264', 'opus']],
    ['/pcmu', ['h264', 'pcm_mulaw']],
    ['/pcma', ['h264', 'pcm_alaw']],
  ])('plays %s without a complaint', async (path, codecs) => {
    const decoded = await runProcess('ffmpeg', [...TCP, '-xerror', '-i', url(path), '-t', '3', '-f', 'null', '-'])
    expect(decoded).toMatchObject({ code: 0, stderr: '' })
    const probed = await runProcess('ffprobe', [...TCP, '-show_entries', 'stream=codec_name', '-of', 'json', url(path)])
    expect(probed.stderr).toBe('')
    const { streams } = JSON.parse(probed.stdout) as { streams: { codec_name: string }[] }
    expect(streams.map((stream) => stream.codec_name)).toEqual(codecs)
  })

  it.each([
    ['/h265', 180, 1, 110],
    ['/mjpeg', 176, 2, 55],
  ])('sees every picture of %s, over the seam', async (path, height, step, count) => {
    expectSequence(await frameNumbers([...TCP, '-i', url(path), '-frames:v', String(count)], height), step, count)
  })

  it.each(['/opus', '/pcmu', '/pcma'])('hears the ticks of %s a second apart', async (path) => {
    const args = ['-rtsp_transport', 'tcp', '-i', url(path), '-t', '5', '-vn']
    const silence = 'silencedetect=noise=-35dB:duration=0.2'
    const { stderr } = await runProcess('ffmpeg', ['-v', 'info', ...args, '-af', silence, '-f', 'null', '-'])
    const ticks = [...stderr.matchAll(/silence_end: ([\d.]+)/g)].map((match) => Number(match[1]))
    expect(ticks.length).toBeGreaterThanOrEqual(3)
    for (const [index, tick] of ticks.entries()) {
      if (index > 0) expect(tick - (ticks[index - 1] ?? 0)).toBeCloseTo(1, 1)
    }
  })
})

/** GStreamer 1.22 has no depacketizer for AV1 here. */
describe.concurrent('GStreamer', () => {
  const H264 = 'media=video ! rtph264depay ! h264parse ! avdec_h264'
  it.each([
    [
      '/h265',
      ['media=video ! rtph265depay ! h265parse ! avdec_h265', 'media=audio ! rtpmp4gdepay ! aacparse ! avdec_aac'],
    ],
    ['/mjpeg', ['media=video ! rtpjpegdepay ! jpegdec']],
    ['/opus', [H264, 'media=audio ! rtpopusdepay ! opusdec']],
    ['/pcmu', [H264, 'media=audio ! rtppcmudepay ! mulawdec']],
    ['/pcma', [H264, 'media=audio ! rtppcmadepay ! alawdec']],
  ])('decodes %s', async (path, tracks) => {
    const pipeline = [
      `rtspsrc name=camera protocols=tcp location=${url(path)}`,
      ...tracks.map((track) => `camera. ! application/x-rtp,${track} ! fakesink num-buffers=40`),
    ]
    const { code, stderr } = await runGstreamer(pipeline.join(' '))
    expect(stderr).not.toMatch(/ERROR|WARNING/)
    expect(code).toBe(0)
  })
})

describe.concurrent('our client', () => {
  it.each([
    ['/h265', ['H265', 'MPEG4-GENERIC'], /codecs="hvc1\./],
    ['/av1', ['AV1', 'OPUS'], /codecs="av01\.0\./],
  ])(
    'makes a file of %s that ffmpeg decodes without a complaint, frame by frame',
    async (path, encodings, mimeType) => {
      const recording = await record(url(path), { units: 110 })
      expect(recording.tracks.map((track) => track.encoding)).toEqual(encodings)
      expect(recording.initialization[0]?.mimeType).toMatch(mimeType)
      expect(recording.initialization[0]?.configuration).toMatchObject({ width: 320, height: 180 })
      expect(recording.statistics.tracks).toMatchObject([
        { lost: 0, dropped: 0, malformed: 0 },
        { lost: 0, malformed: 0 },
      ])
      const file = recording.files.get(1) ?? new Uint8Array(0)
      expect((await probeFrames(file)).length).toBeGreaterThanOrEqual(110)
      const name = join(folder, `recorded-${files++}.mp4`)
      await writeFile(name, file)
      expectSequence(await frameNumbers(['-v', 'error', '-i', name, '-frames:v', '110']), 1, 110)
      const sound = await probeFrames(recording.files.get(2) ?? new Uint8Array(0))
      expect(sound.length).toBeGreaterThan(150)
    },
  )
})
