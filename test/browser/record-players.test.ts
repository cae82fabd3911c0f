import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMp4 } from '../../bridge/simulated-camera/mp4-reader.ts'
import { concatenate } from '../../protocol/fmp4/box.ts'
import { RecordingWriter } from '../../protocol/fmp4/recording-writer.ts'
import { Ticks } from '../../protocol/units.ts'
import { ENGINES, startEngine } from '../support/engines/engines.ts'
import { probe } from '../support/ffmpeg.ts'

const CLIP = new URL('../../bridge/simulated-camera/clip.mp4', import.meta.url)
const SECONDS = 10
/** Seconds after which a camera has been running: times in the file begin at zero all the same. */
const UPTIME = 100_000

let directory: string
let path: string
let server: Server

/** Ten seconds of the clip, as a recorder gets its units and as it writes them. */
function recorded(): Uint8Array<ArrayBuffer> {
  const { video, audio } = readMp4(readFileSync(CLIP))
  if (!video || !audio) throw new Error('The clip has lost a track')
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const { width, height, configuration: description } = video
  const writer = new RecordingWriter({
    tracks: [
      {
        trackId: 1,
        timescale: video.timescale,
        configuration: {
          kind: 'video',
          codec: 'avc1',
          description,
          width,
          height,
          pixelAspectRatio: 1,
          reorderDepth: 0,
        },
      },
      {
        trackId: 2,
        timescale: audio.timescale,
        configuration: {
          kind: 'audio',
          codec: 'mp4a.40.2',
          description: audio.configuration,
          sampleRate: 48_000,
          channels: 1,
        },
      },
    ],
    begins: new Date(),
    maxSeconds: SECONDS,
    write: (chunk) => chunks.push(chunk),
  })
  const units = [video, audio].flatMap(({ kind, timescale, samples }) =>
    samples.map(({ data, time, sync }) => ({
      at: time / timescale,
      trackId: kind === 'video' ? 1 : 2,
      data,
      time: Ticks(time + UPTIME * timescale),
      duration: kind === 'video' ? undefined : Ticks(1024),
      randomAccess: kind === 'audio' || sync,
      reorderDepth: 0,
    })),
  )
  for (const unit of units.toSorted((a, b) => a.at - b.at)) writer.push(unit)
  const { header } = writer.finish()
  const file = concatenate(chunks)
  file.set(header)
  return file
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'record-players-'))
  path = join(directory, 'recorded.mp4')
  const file = recorded()
  writeFileSync(path, file)
  server = createServer((request, response) => {
    const isFile = request.url === '/recorded.mp4'
    response.setHeader('content-type', isFile ? 'video/mp4' : 'text/html')
    response.end(isFile ? file : '<!doctype html><video muted playsinline></video>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  rmSync(directory, { recursive: true, force: true })
})

/** Pictures and frames of sound in a file. */
const packetsOf = (file: string): number[] => probe(file).streams.map(({ nb_read_packets }) => Number(nb_read_packets))

describe('a recorded file', () => {
  it.each(ENGINES)('has its duration, is sought in and plays to its end in %s', async (engine) => {
    const driver = await startEngine(engine)
    try {
      const page = await driver.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      const played = await page.evaluate(async () => {
        const video = document.querySelector('video')
        if (!video) throw new Error('There is no video')
        const told = (type: string) =>
          new Promise<void>((resolve, reject) => {
            video.addEventListener(type, () => resolve(), { once: true })
            video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true })
          })
        video.src = URL.createObjectURL(await (await fetch('/recorded.mp4')).blob())
        await told('loadedmetadata')
        const { duration, videoWidth } = video
        video.currentTime = 5
        await told('seeked')
        const soughtTo = video.currentTime
        video.currentTime = 9.3
        await told('seeked')
        const ended = told('ended')
        await video.play()
        await ended
        return { duration, videoWidth, soughtTo, end: video.currentTime }
      })
      expect(played.duration).toBeCloseTo(SECONDS, 1)
      expect(played.soughtTo).toBeCloseTo(5, 1)
      expect(played.end).toBeCloseTo(SECONDS, 1)
      expect(played.videoWidth).toBe(640)
    } finally {
      await driver.close()
    }
  })

  it('is read without a complaint by ffplay’s libraries, and its times begin at zero', () => {
    const { stdout, stderr } = spawnSync(
      'ffprobe',
      [
        '-v',
        'warning',
        '-count_packets',
        '-show_entries',
        'stream=start_time,duration,nb_read_packets',
        '-of',
        'csv=p=0',
        path,
      ],
      { encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    const [picture = [], sound = []] = stdout.split('\n').map((line) => line.split(',').map(Number))
    expect(picture).toEqual([0, SECONDS, SECONDS * 25])
    expect(sound[0]).toBeLessThan(0.022)
    expect(sound[1]).toBeCloseTo(SECONDS, 1)
  })

  it('is read to its end by VLC, picture and sound', () => {
    const copy = join(directory, 'copy.mkv')
    // VLC refuses to run as root: another user has to come by the file.
    chmodSync(directory, 0o777)
    const user = process.getuid?.() === 0 ? 'exec runuser -u nobody -- "$@"' : 'exec "$@"'
    const output = `#std{access=file,mux=mkv,dst=${copy}}`
    const args = ['cvlc', '-I', 'dummy', '--no-plugins-cache', '--sout-all', '--sout', output, path, 'vlc://quit']
    spawnSync('sh', ['-c', user, 'sh', ...args], { timeout: 30_000 })
    const whole = packetsOf(path)
    expect(whole).toHaveLength(2)
    // Sound before the first picture is left out, and its muxer keeps back the last of each: it does not know its length.
    for (const [track, count] of packetsOf(copy).entries())
      expect(count).toBeGreaterThanOrEqual((whole[track] ?? 0) - 2)
    expect(packetsOf(copy)).toHaveLength(2)
  })
})
