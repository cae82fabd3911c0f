import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { FRAME_NUMBER } from '../support/painted-frames.ts'

const stage = browserStage({ camera: startCamera }, ({ camera }) => ({
  streams: { lobby: { url: camera.url }, mjpeg: { url: camera.url.replace(/[^/]*$/, 'mjpeg') } },
}))

describe.each([
  { query: 'src=lobby', shows: 'the video element', size: [640, 360], isNumbered: true },
  { query: 'src=lobby&renderer=webcodecs', shows: 'a canvas', size: [640, 360], isNumbered: true },
  { query: 'src=mjpeg', shows: 'a canvas of images', size: [320, 176], isNumbered: false },
])('a snapshot of what $shows shows', ({ query, size, isNumbered }) => {
  it('is the picture in full size, with the moment of its capture', async () => {
    const { page, errors } = await stage.open(`?${query}`)
    await playerIs(page, 'playing')
    // The first sender report comes a little later than the first picture.
    await page.waitForFunction(() => document.querySelector('rtsp-player')?.statistics?.captureDelay !== undefined)
    const taken = await page.evaluate(async (place) => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      // Shown small: the snapshot is not.
      player.style.width = '80px'
      const numberIn = async (image: ImageBitmapSource): Promise<number> => {
        const bitmap = await createImageBitmap(image)
        const canvas = new OffscreenCanvas(640, 1)
        const context = canvas.getContext('2d')
        context?.drawImage(bitmap, 0, -place.row)
        const { data } = context?.getImageData(0, 0, 640, 1) ?? { data: [] }
        let value = 0
        for (let bit = 0; bit < place.bits; bit++) {
          value = value * 2 + ((data[(place.left + bit * place.pitch) * 4] ?? 0) > 128 ? 1 : 0)
        }
        return value
      }
      const [png, jpeg, { bitmap, width, height }] = await Promise.all([
        player.captureFrame(),
        player.captureFrame({ type: 'image/jpeg', quality: 0.9 }),
        player.captureFrame({ bitmap: true }),
      ])
      const facts = {
        types: [png.blob.type, jpeg.blob.type],
        size: [width, height, bitmap.width, bitmap.height],
        numbers: [await numberIn(png.blob), await numberIn(jpeg.blob), await numberIn(bitmap)],
        age: Date.now() - (png.wallClock?.getTime() ?? 0),
        mediaTime: png.mediaTime,
      }
      return { ...facts, shown: await numberIn(player.picture) }
    }, FRAME_NUMBER)
    expect(taken.types).toEqual(['image/png', 'image/jpeg'])
    expect(taken.size).toEqual([...size, ...size])
    const [first = 0] = taken.numbers
    for (const number of [...taken.numbers, taken.shown]) {
      const step = Math.abs(number - first)
      if (isNumbered) expect(Math.min(step, 1500 - step)).toBeLessThan(50)
    }
    if (isNumbered) expect(first).toBeLessThan(1500)
    expect(taken.age).toBeGreaterThan(-1_000)
    expect(taken.age).toBeLessThan(10_000)
    expect(taken.mediaTime).toBeGreaterThan(0)
    expect(errors).toEqual([])
  })
})

it('waits for a picture that the browser shows and does not hand out yet', async () => {
  const { page } = await stage.open('?src=lobby')
  await playerIs(page, 'playing')
  const alpha = await page.evaluate(async () => {
    const drawn = CanvasRenderingContext2D.prototype
    const { drawImage } = drawn
    let left = 2
    drawn.drawImage = function (...args: unknown[]) {
      if (left-- <= 0) Reflect.apply(drawImage, this, args)
    }
    const frame = await document.querySelector('rtsp-player')?.captureFrame({ bitmap: true })
    const context = document.createElement('canvas').getContext('2d')
    if (frame) context?.drawImage(frame.bitmap, 0, 0)
    return context?.getImageData(0, 0, 1, 1).data[3]
  })
  expect(alpha).toBe(255)
})

it('there is no snapshot of a player without a picture', async () => {
  const { page } = await stage.open('?src=lobby')
  const codes = await page.evaluate(async () => {
    const player = document.createElement('rtsp-player')
    const before = await player.captureFrame().catch(({ code }) => code)
    document.body.append(player)
    return [before, await player.captureFrame().catch(({ code }) => code)]
  })
  expect(codes).toEqual(['no-picture', 'no-picture'])
})
