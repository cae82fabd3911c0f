import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RecordedFile } from '../../../web/recording/player-recorder.ts'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { eventually } from '../../support/engines/looking.ts'
import { watchNumbers } from '../../support/engines/sight.ts'
import { complaints, probePackets } from '../../support/golden.ts'
import { FRAME_NUMBER } from '../../support/painted-frames.ts'
import { playerIs } from '../stage.ts'
import type { Feature } from './feature.ts'

const snapshots: Feature = {
  name: '`captureFrame()`: what is seen, as PNG, JPEG and bitmap, of a video element and of a canvas',
  async test({ open }) {
    for (const renderer of ['media-source', 'webcodecs']) {
      const page = await open(`<rtsp-player src="lobby" autoplay muted renderer="${renderer}"></rtsp-player>`)
      await playerIs(page, ['playing'])
      // The first picture of all is black in WebKitGTK, whoever asks for it.
      expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
      const report = () => page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.captureDelay ?? 0)
      await eventually(report).not.toBe(0)
      const taken = await page.evaluate(
        async (bits: number, left: number, pitch: number, row: number) => {
          const player = document.querySelector('rtsp-player')
          if (!player) throw new Error('There is no player')
          const numberIn = async (image: ImageBitmapSource): Promise<number> => {
            const canvas = document.createElement('canvas')
            canvas.width = 640
            const context = canvas.getContext('2d')
            context?.drawImage(await createImageBitmap(image), 0, -row)
            const { data } = context?.getImageData(0, 0, 640, 1) ?? { data: [] }
            let value = 0
            for (let bit = 0; bit < bits; bit++) {
              value = value * 2 + ((data[(left + bit * pitch) * 4] ?? 0) > 128 ? 1 : 0)
            }
            return value
          }
          const [png, jpeg, { bitmap }] = await Promise.all([
            player.captureFrame(),
            player.captureFrame({ type: 'image/jpeg', quality: 0.9 }),
            player.captureFrame({ bitmap: true }),
          ])
          return {
            surface: player.picture.localName,
            types: [png.blob.type, jpeg.blob.type],
            size: [png.width, png.height, bitmap.width, bitmap.height],
            numbers: [await numberIn(png.blob), await numberIn(jpeg.blob), await numberIn(bitmap)],
            age: png.wallClock ? Date.now() - png.wallClock.getTime() : 'unknown',
          }
        },
        ...[FRAME_NUMBER.bits, FRAME_NUMBER.left, FRAME_NUMBER.pitch, FRAME_NUMBER.row],
      )
      expect(taken).toMatchObject({
        surface: renderer === 'webcodecs' ? 'canvas' : 'video',
        types: ['image/png', 'image/jpeg'],
        size: [640, 360, 640, 360],
      })
      const [first = Number.NaN] = taken.numbers
      for (const number of taken.numbers) {
        expect(number).toBeLessThan(1500)
        expect((number - first + 1500) % 1500, `in ${taken.surface}: ${taken.numbers.join(', ')}`).toBeLessThan(50)
      }
      // A black picture would read as 0, and so does one of the pictures.
      expect(Math.max(...taken.numbers)).toBeGreaterThan(0)
      expect(taken.age, `of ${taken.surface}`).not.toBe('unknown')
      expect(Math.abs(Number(taken.age))).toBeLessThan(10_000)
      expect(await page.errors()).toEqual([])
    }
  },
}

interface Made {
  readonly base64: string
  readonly type: string
  readonly duration: number
  readonly reason: string
  /** By a `<video>` of this engine. */
  readonly played: { readonly duration: number; readonly width: number; readonly ended: boolean }
}

/** In the page: what was recorded, and how the engine itself plays it from the middle on. */
const made = (page: BrowserPage): Promise<Made> =>
  page.evaluate(async () => {
    const { blob, type, duration, reason } = (globalThis as unknown as { recorded: RecordedFile }).recorded
    if (!blob) throw new Error('There is no file')
    const bytes = new Uint8Array(await blob.arrayBuffer())
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    const video = document.createElement('video')
    video.muted = true
    video.src = URL.createObjectURL(blob)
    const told = (name: string) =>
      new Promise<void>((resolve, reject) => {
        video.addEventListener(name, () => resolve(), { once: true })
        video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true })
      })
    await told('loadedmetadata')
    const seeked = told('seeked')
    video.currentTime = video.duration / 2
    await seeked
    const ended = told('ended')
    await video.play()
    await ended
    const played = { duration: video.duration, width: video.videoWidth, ended: video.ended }
    return { base64: btoa(text), type, duration, reason, played }
  })

/** Nothing is wrong with the file, for ffmpeg and for the engine that made it. */
const expectWhole = async ({ base64, type, duration, reason, played }: Made, seconds: number): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'rtsp-player-'))
  try {
    const path = join(folder, 'recorded.mp4')
    await writeFile(path, Buffer.from(base64, 'base64'))
    expect(await complaints(path)).toBe('')
    const packets = await probePackets(path)
    expect(packets[0]?.key).toBe(true)
    // 25 pictures and 47 units of sound a second.
    expect(packets.length / duration).toBeGreaterThan(60)
    expect(packets.length / duration).toBeLessThan(85)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  expect(type).toMatch(/^video\/mp4; codecs="avc1\.[0-9A-F]{6},mp4a\.40\.2"$/)
  expect(reason).toBe('stopped')
  expect(duration).toBeGreaterThan(seconds)
  expect(played).toMatchObject({ width: 640, ended: true })
  expect(Math.abs(played.duration - duration)).toBeLessThan(0.2)
}

const recording: Feature = {
  name: '`startRecording()` and `stopRecording()`: a file with both tracks, which the browser itself plays',
  async test({ open }) {
    const page = await open('<rtsp-player src="lobby" autoplay muted></rtsp-player>')
    await playerIs(page, ['playing'])
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      await player?.startRecording()
      for (let told = 0; told < 3; told++) {
        await new Promise((resolve) => player?.addEventListener('statisticschange', resolve, { once: true }))
      }
      Object.assign(globalThis, { recorded: await player?.stopRecording() })
    })
    await expectWhole(await made(page), 1.5)
    expect(await page.errors()).toEqual([])
  },
}

const last: Feature = {
  name: '`keep` and `saveLast()`: the last seconds, after the fact',
  async test({ open }) {
    const page = await open('<rtsp-player src="lobby" autoplay muted keep="20"></rtsp-player>')
    await playerIs(page, ['playing'])
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      for (let told = 0; told < 4; told++) {
        await new Promise((resolve) => player?.addEventListener('statisticschange', resolve, { once: true }))
      }
      Object.assign(globalThis, { recorded: await player?.saveLast(2) })
    })
    await expectWhole(await made(page), 1.9)
    expect(await page.errors()).toEqual([])
  },
}

/** Records for three seconds, into what is made in the page. */
const recordInto = async (page: BrowserPage, kind: 'file' | 'writable'): Promise<void> => {
  await page.evaluate(async (kind: 'file' | 'writable') => {
    const player = document.querySelector('rtsp-player')
    const parts: Uint8Array<ArrayBuffer>[] = []
    const disk = async () => {
      const root = await navigator.storage.getDirectory()
      return root.getFileHandle('recorded.mp4', { create: true })
    }
    const file = kind === 'file' ? await disk() : null
    const writable = new WritableStream<Uint8Array<ArrayBuffer>>({ write: (part) => void parts.push(part.slice()) })
    await player?.startRecording(file ? { file } : { writable })
    for (let told = 0; told < 3; told++) {
      await new Promise((resolve) => player?.addEventListener('statisticschange', resolve, { once: true }))
    }
    const recorded = await player?.stopRecording()
    Object.assign(globalThis, { recorded: { ...recorded, blob: file ? await file.getFile() : new Blob(parts) } })
  }, kind)
}

const stream: Feature = {
  name: '`startRecording({ writable })`: as it comes, into any stream of the page',
  async test({ open }) {
    const page = await open('<rtsp-player src="lobby" autoplay muted></rtsp-player>')
    await playerIs(page, ['playing'])
    await recordInto(page, 'writable')
    await expectWhole(await made(page), 1.5)
    expect(await page.errors()).toEqual([])
  },
}

const toDisk: Feature = {
  name: '`startRecording({ file })`: into a file of the origin private file system',
  async test({ open }) {
    const page = await open('<rtsp-player src="lobby" autoplay muted></rtsp-player>')
    await playerIs(page, ['playing'])
    await recordInto(page, 'file')
    await expectWhole(await made(page), 1.5)
    expect(await page.errors()).toEqual([])
  },
  lacks: {
    webkit: {
      why: 'WebKitGTK has no files for pages (`navigator.storage`): record into memory, or into a stream of your own.',
      async instead({ open }) {
        const page = await open('')
        expect(await page.evaluate(() => 'storage' in navigator)).toBe(false)
      },
    },
  },
}

export const FILES: readonly Feature[] = [snapshots, recording, last, stream, toDisk]
