import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import type { RecordedFile } from '../../web/recording/player-recorder.ts'
import { ARRANGEMENTS, arrangementOf } from '../support/arrangements.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { Cable } from '../support/cable.ts'
import { complaints, pictures, probe } from '../support/ffmpeg.ts'
import { startGstServer } from '../support/gst-server.ts'

const CLIP = new URL('../../bridge/simulated-camera/clip.mp4', import.meta.url).pathname

const stage = browserStage({ camera: startCamera, gstreamer: startGstServer }, ({ camera }) => ({
  allow: ['127.0.0.1:*'],
  streams: { lobby: { url: camera.url }, mjpeg: { url: camera.url.replace(/[^/]*$/, 'mjpeg') } },
}))

/** Of the files that pages have recorded. */
const directory = mkdtempSync(join(tmpdir(), 'record-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A file that a page has recorded, on the disk. */
interface Saved extends Pick<RecordedFile, 'type' | 'duration' | 'bytes' | 'reason'> {
  readonly path: string
  readonly begins: string
  readonly error: string | null
}

/** Puts the file that the page left in `window.recorded` onto the disk. */
async function fetchRecorded(page: Page, name: string): Promise<Saved> {
  const { base64, ...facts } = await page.evaluate(async () => {
    const { blob, type, duration, bytes, begins, reason, error } = (window as unknown as { recorded: RecordedFile })
      .recorded
    const url = await new Promise<string>((resolve) => {
      const reader = new FileReader()
      reader.onload = () => resolve(String(reader.result))
      reader.readAsDataURL(blob ?? new Blob())
    })
    const base64 = url.slice(url.lastIndexOf(',') + 1)
    return { base64, type, duration, bytes, begins: begins.toISOString(), reason, error: error?.code ?? null }
  })
  const path = join(directory, `${name}.mp4`)
  writeFileSync(path, Buffer.from(base64, 'base64'))
  return { ...facts, path }
}

let clip: readonly string[] = []

/** The pictures of a file are those of the clip that the camera sends, one after the other, from a keyframe on. */
function expectPicturesOfClip(path: string, atLeast: number): void {
  if (clip.length === 0) clip = pictures(CLIP)
  const found = pictures(path)
  expect(found.length).toBeGreaterThanOrEqual(atLeast)
  const places = found.map((md5) => clip.indexOf(md5))
  expect(places[0]).toBeGreaterThanOrEqual(0)
  // The clip has pictures that are the same: each has to be what follows the first.
  const [first = 0] = places
  expect(found).toEqual(found.map((_, index) => clip[(first + index) % clip.length]))
}

/** What a video element of the browser says of a file, and whether it plays to its end. */
const playedIn = (page: Page): Promise<{ duration: number; seeksTo: number; width: number; ended: boolean }> =>
  page.evaluate(async () => {
    const { blob } = (window as unknown as { recorded: RecordedFile }).recorded
    const video = document.createElement('video')
    video.muted = true
    video.src = URL.createObjectURL(blob ?? new Blob())
    const told = (type: string) =>
      new Promise<void>((resolve, reject) => {
        video.addEventListener(type, () => resolve(), { once: true })
        video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true })
      })
    await told('loadedmetadata')
    const { duration, videoWidth: width } = video
    video.currentTime = duration / 2
    await told('seeked')
    const seeksTo = video.currentTime
    video.currentTime = Math.max(0, duration - 0.5)
    await told('seeked')
    const ended = told('ended')
    await video.play()
    await ended
    return { duration, seeksTo, width, ended: video.ended }
  })

const statistics = (page: Page, count: number): Promise<void> =>
  page.evaluate(async (count) => {
    for (let told = 0; told < count; told++) {
      await new Promise((resolve) =>
        document.querySelector('rtsp-player')?.addEventListener('statisticschange', resolve, { once: true }),
      )
    }
  }, count)

describe.each(ARRANGEMENTS)('$name', ({ name, prepare, workers, source }) => {
  it('records what comes without loss, sound too though it is muted', async () => {
    const { page, errors } = await stage.open('?src=lobby', prepare)
    await playerIs(page, 'playing')
    expect(await arrangementOf(page)).toEqual({ workers, source })
    const began = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      const told: string[] = []
      Object.assign(window, { told })
      player.addEventListener('recordingstart', ({ detail }) => told.push(`start ${detail.begins.getTime() > 0}`))
      player.addEventListener('recordingstop', ({ detail }) => told.push(`stop ${detail.reason}`))
      await player.startRecording()
      return { muted: player.muted, recording: player.recording }
    })
    expect(began).toEqual({ muted: true, recording: true })
    await statistics(page, 5)
    const told = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const recorded = await player?.stopRecording()
      Object.assign(window, { recorded })
      return [...(window as unknown as { told: string[] }).told, player?.recording]
    })
    expect(told).toEqual(['start true', 'stop stopped', false])
    const saved = await fetchRecorded(page, name.replaceAll(' ', '-'))
    expect(saved.type).toMatch(/^video\/mp4; codecs="avc1\.[0-9A-F]{6},mp4a\.40\.2"$/)
    expect(saved.bytes).toBe(readFileSync(saved.path).length)
    expect(complaints(saved.path)).toBe('')
    const { streams, format } = probe(saved.path)
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac'])
    expect(Number(format.duration)).toBeCloseTo(saved.duration, 1)
    expect(saved.duration).toBeGreaterThan(3)
    expectPicturesOfClip(saved.path, 75)
    // 25 pictures, and 48,000 samples in frames of 1024, a second.
    expect(Number(streams[0]?.nb_read_packets) / saved.duration).toBeCloseTo(25, -1)
    expect(Number(streams[1]?.nb_read_packets) / saved.duration).toBeCloseTo(46.9, -1)
    expect(Math.abs(Date.now() - Date.parse(saved.begins))).toBeLessThan(60_000)

    const played = await playedIn(page)
    expect(played.duration).toBeCloseTo(saved.duration, 1)
    expect(played.seeksTo).toBeCloseTo(saved.duration / 2, 1)
    expect(played).toMatchObject({ width: 640, ended: true })
    expect(errors).toEqual([])
  })
})

/** Opens the demo page with a player that plays. */
async function playing(query: string, prepare?: () => void): Promise<{ page: Page; errors: string[] }> {
  const tab = await stage.open(`?${query}`, prepare)
  await playerIs(tab.page, 'playing')
  return tab
}

describe('the last seconds', () => {
  it.each(ARRANGEMENTS)('are saved after the fact, from a keyframe on, $name', async ({ prepare }) => {
    const { page, errors } = await playing('src=lobby', prepare)
    await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('keep', '30'))
    await statistics(page, 5)
    await page.evaluate(async () => {
      Object.assign(window, { recorded: await document.querySelector('rtsp-player')?.saveLast(2) })
    })
    const saved = await fetchRecorded(page, 'last')
    expect(saved.reason).toBe('stopped')
    expect(saved.duration).toBeGreaterThan(1.9)
    // The group of pictures that it begins in, which lasts a second in this clip, is a part of it.
    expect(saved.duration).toBeLessThan(3.5)
    expect(complaints(saved.path)).toBe('')
    expectPicturesOfClip(saved.path, 45)
    expect(probe(saved.path).streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac'])
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.recording)).toBe(false)
    expect(errors).toEqual([])
  })

  it('can still be saved when the player was paused, and not where nothing was to be kept', async () => {
    const { page } = await playing('src=lobby')
    const refused = await page.evaluate(() =>
      document
        .querySelector('rtsp-player')
        ?.saveLast(2)
        .catch(({ code }) => code),
    )
    expect(refused).toBe('nothing-recorded')
    await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('keep', '30'))
    await statistics(page, 4)
    const duration = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      player?.pause()
      return (await player?.saveLast(30))?.duration
    })
    expect(duration).toBeGreaterThan(1.5)
  })
})

describe('a recording', () => {
  /** Into a file of the origin private file system, as one of `showSaveFilePicker` is written. */
  const recordIntoFile = (page: Page, name: string, kind: string): Promise<void> =>
    page.evaluate(
      async ({ name, kind }) => {
        const root = await navigator.storage.getDirectory()
        const handle = await root.getFileHandle(name, { create: true })
        const options = kind === 'file' ? { file: handle } : { writable: await handle.createWritable() }
        await document.querySelector('rtsp-player')?.startRecording(options)
      },
      { name, kind },
    )

  const readFile = (page: Page, name: string, recorded: Partial<RecordedFile>): Promise<void> =>
    page.evaluate(
      async ({ name, recorded }) => {
        const root = await navigator.storage.getDirectory()
        const blob = await (await root.getFileHandle(name)).getFile()
        Object.assign(window, { recorded: { begins: new Date(), ...recorded, blob } })
      },
      { name, recorded },
    )

  it.each(['file', 'writable'])(
    'goes to disk as it comes, and its durations are written at the end, as %s',
    async (kind) => {
      const { page, errors } = await playing('src=lobby')
      await recordIntoFile(page, 'disk.mp4', kind)
      await statistics(page, 4)
      const stopped = await page.evaluate(async () => {
        const file = await document.querySelector('rtsp-player')?.stopRecording()
        return { duration: file?.duration ?? 0, blob: file?.blob, bytes: file?.bytes ?? 0 }
      })
      expect(stopped.blob).toBeUndefined()
      await readFile(page, 'disk.mp4', { reason: 'stopped', error: null })
      const saved = await fetchRecorded(page, 'disk')
      expect(readFileSync(saved.path).length).toBe(stopped.bytes)
      expect(complaints(saved.path)).toBe('')
      expect(Number(probe(saved.path).format.duration)).toBeCloseTo(stopped.duration, 1)
      expectPicturesOfClip(saved.path, 50)
      expect(errors).toEqual([])
    },
  )

  it('ends with an error when the disk takes no more, and the player plays on', async () => {
    const { page } = await playing('src=lobby')
    const taken = await page.evaluate(async () => {
      const parts: Uint8Array<ArrayBuffer>[] = []
      let bytes = 0
      const writable = new WritableStream<Uint8Array<ArrayBuffer>>({
        write(chunk) {
          bytes += chunk.length
          if (bytes > 100_000) throw new DOMException('The disk is full', 'QuotaExceededError')
          parts.push(chunk)
        },
      })
      const player = document.querySelector('rtsp-player')
      const ended = new Promise<RecordedFile>((resolve) =>
        player?.addEventListener('recordingstop', ({ detail }) => resolve(detail), { once: true }),
      )
      await player?.startRecording({ writable })
      const recorded = await ended
      // What the disk has taken by then.
      Object.assign(window, { recorded: { ...recorded, blob: new Blob(parts) } })
      return {
        reason: recorded.reason,
        code: recorded.error?.code,
        message: recorded.error?.message,
        state: player?.state,
      }
    })
    expect(taken).toEqual({
      reason: 'failed',
      code: 'recording-failed',
      message: 'The recording could not be written: The disk is full',
      state: 'playing',
    })
    const saved = await fetchRecorded(page, 'full-disk')
    expect(complaints(saved.path)).toBe('')
    expectPicturesOfClip(saved.path, 25)
    // Another one can be begun.
    await page.evaluate(() => document.querySelector('rtsp-player')?.startRecording())
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.recording)).toBe(true)
  })

  it('into a file keeps what the disk took before it was full, and that can be played', async () => {
    const { page } = await playing(`src=${encodeURIComponent(stage.gstreamer.url('/h264-1080'))}`)
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Storage.overrideQuotaForOrigin', {
      origin: new URL(stage.bridge.url).origin,
      quotaSize: 2_500_000,
    })
    const ended = page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const { reason, error, bytes } = await new Promise<RecordedFile>((resolve) =>
        player?.addEventListener('recordingstop', ({ detail }) => resolve(detail), { once: true }),
      )
      return { reason, code: error?.code ?? '', bytes, state: player?.state }
    })
    await recordIntoFile(page, 'full.mp4', 'file')
    expect(await ended).toMatchObject({ reason: 'failed', code: 'recording-failed', state: 'playing' })
    await readFile(page, 'full.mp4', { reason: 'failed' })
    const saved = await fetchRecorded(page, 'full')
    expect(readFileSync(saved.path).length).toBeGreaterThan(1_000_000)
    expect(complaints(saved.path)).toBe('')
    expect(pictures(saved.path).length).toBeGreaterThan(20)
  })

  it('ends by itself at its bound, and is there for who asks later', async () => {
    const { page } = await playing('src=lobby')
    const reason = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const ended = new Promise((resolve) => player?.addEventListener('recordingstop', resolve, { once: true }))
      await player?.startRecording({ maxSeconds: 1.5 })
      await ended
      const recorded = await player?.stopRecording()
      Object.assign(window, { recorded })
      return [recorded?.reason, await player?.stopRecording().catch(({ code }) => code)]
    })
    expect(reason).toEqual(['time-over', 'invalid-state'])
    expectPicturesOfClip((await fetchRecorded(page, 'bound')).path, 37)
  })

  it('goes on in the same file when the connection broke', async () => {
    const cable = new Cable(stage.camera.port)
    onTestFinished(() => cable.close())
    const source = `rtsp://127.0.0.1:${await cable.listen()}/lobby`
    const { page } = await playing(`src=${encodeURIComponent(source)}`)
    await page.evaluate(() => document.querySelector('rtsp-player')?.startRecording())
    await statistics(page, 3)
    // It listens before the connection breaks.
    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      const again = new Promise<void>((resolve) => {
        let broken = false
        player?.addEventListener('statechange', ({ detail }) => {
          broken ||= detail.name === 'reconnecting'
          if (broken && detail.name === 'playing') resolve()
        })
      })
      Object.assign(window, { again })
    })
    cable.cut()
    await page.evaluate(() => (window as unknown as { again: Promise<void> }).again)
    await statistics(page, 3)
    await page.evaluate(async () => {
      Object.assign(window, { recorded: await document.querySelector('rtsp-player')?.stopRecording() })
    })
    const saved = await fetchRecorded(page, 'reconnected')
    expect(saved.reason).toBe('stopped')
    expect(complaints(saved.path)).toBe('')
    const { streams, format } = probe(saved.path)
    expect(Number(format.duration)).toBeCloseTo(saved.duration, 1)
    // The time without pictures is a part of it.
    expect(saved.duration).toBeGreaterThan(Number(streams[0]?.nb_read_packets) / 25 + 0.2)
  })

  it('ends when the player is taken from the document, and is told', async () => {
    const { page } = await playing('src=lobby')
    const ended = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      await player?.startRecording()
      const told = new Promise<RecordedFile>((resolve) =>
        player?.addEventListener('recordingstop', ({ detail }) => resolve(detail)),
      )
      await new Promise((resolve) => setTimeout(resolve, 500))
      player?.remove()
      const { reason, bytes, blob } = await told
      return { reason, isWhole: bytes === blob?.size }
    })
    expect(ended).toEqual({ reason: 'stream-ended', isWhole: true })
  })

  it('of images that MP4 does not hold is refused in words', async () => {
    const { page } = await playing('src=mjpeg')
    const code = await page.evaluate(() =>
      document
        .querySelector('rtsp-player')
        ?.startRecording()
        .catch(({ code }) => code),
    )
    expect(code).toBe('not-recordable')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.recording)).toBe(false)
  })

  it.each(['h265', 'av1', 'pcmu'])('of %s, shown by whoever can, has picture and sound', async (mount) => {
    const url = encodeURIComponent(stage.camera.url.replace(/[^/]*$/, mount))
    const { page } = await stage.open(`?src=${url}&renderer=webcodecs`)
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      // This browser may not decode it; what comes is recorded all the same.
      while (!player?.statistics?.video) await new Promise((resolve) => setTimeout(resolve, 50))
      await player.startRecording({ maxSeconds: 2 })
      await new Promise((resolve) => player.addEventListener('recordingstop', resolve, { once: true }))
      Object.assign(window, { recorded: await player.stopRecording() })
    })
    const saved = await fetchRecorded(page, mount)
    expect(complaints(saved.path)).toBe('')
    const names = { h265: ['hevc', 'aac'], av1: ['av1', 'opus'], pcmu: ['h264', 'flac'] }
    expect(probe(saved.path).streams.map(({ codec_name }) => codec_name)).toEqual(names[mount as keyof typeof names])
  })
})
