import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/** So many fields across and down: fine enough for a button, too coarse for the letters of a font. */
const [COLUMNS, ROWS] = [32, 18]
/** Of 255: how much lighter or darker a field may be than it was, it or one beside it. */
const TOLERANCE = 16
/** In the letters of another machine lines end elsewhere: so many fields of a hundred may differ then. */
const LENIENCE = 4
/** Beside the looks: how wide a sentence is in the letters that they were taken in, in pixels. */
const LETTERS = 'letters'
/** `SCREENSHOTS=folder` keeps what is seen, for eyes. */
const { SCREENSHOTS } = process.env
const LOOKS = fileURLToPath(new URL('../fixtures/looks.json', import.meta.url))

/**
 * How what is seen differs from how it looked: a sentence a field, none where it is the same. Fields may be where their
 * neighbours were, since the words of another font are longer or shorter; what is missing, moved or new is told.
 *
 * `UPDATE_LOOKS=1` keeps what is seen now as what is right.
 *
 * @param name of what is seen, which no other test has
 * @param shot what is seen, as PNG; taken of the page without its pictures by default
 */
export async function differencesInLook(page: Page, name: string, shot?: Buffer): Promise<string[]> {
  const seen = shot ?? (await shotWithoutPictures(page))
  if (SCREENSHOTS !== undefined) {
    mkdirSync(SCREENSHOTS, { recursive: true })
    writeFileSync(join(SCREENSHOTS, `look of ${name}.png`), seen)
  }
  const now = await lightOf(page, seen)
  const looks = existsSync(LOOKS) ? (JSON.parse(readFileSync(LOOKS, 'utf8')) as Record<string, string>) : {}
  const letters = await widthOfLetters(page)
  if (process.env['UPDATE_LOOKS']) {
    mkdirSync(dirname(LOOKS), { recursive: true })
    const all = Object.entries({ ...looks, [LETTERS]: letters, [name]: Buffer.from(now).toString('base64') })
    writeFileSync(LOOKS, `${JSON.stringify(Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`)
    return []
  }
  const then = looks[name]
  if (then === undefined) return [`nobody has seen it before: UPDATE_LOOKS=1 keeps it`]
  const found = differences(now, Buffer.from(then, 'base64'))
  const isLittle = found.length <= (COLUMNS * ROWS * LENIENCE) / 100
  return isLittle && letters !== looks[LETTERS] ? [] : found
}

const widthOfLetters = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const context = new OffscreenCanvas(1, 1).getContext('2d')
    if (!context) return ''
    context.font = '100px system-ui'
    return String(Math.round(context.measureText('What is seen of players').width))
  })

/** Both ways: what is seen now was there before, and what was there is seen now. */
function differences(now: Uint8Array, then: Uint8Array): string[] {
  return Array.from(now, (light, at) => {
    const [before, after] = [around(then, at), around(now, at)]
    const isNew = light < Math.min(...before) - TOLERANCE || light > Math.max(...before) + TOLERANCE
    const was = then[at] ?? 0
    const isGone = was < Math.min(...after) - TOLERANCE || was > Math.max(...after) + TOLERANCE
    const place = `column ${(at % COLUMNS) + 1} of ${COLUMNS}, row ${Math.floor(at / COLUMNS) + 1} of ${ROWS}`
    return isNew || isGone ? `${place}: ${light}, was ${was}` : ''
  }).filter(Boolean)
}

/** A field and those that touch it. */
function around(fields: Uint8Array, at: number): number[] {
  const [column, row] = [at % COLUMNS, Math.floor(at / COLUMNS)]
  return [-1, 0, 1].flatMap((down) =>
    [-1, 0, 1].flatMap((across) => {
      const [x, y] = [column + across, row + down]
      return x < 0 || y < 0 || x >= COLUMNS || y >= ROWS ? [] : [fields[y * COLUMNS + x] ?? 0]
    }),
  )
}

/** What players show of cameras is another each time: it is taken away while the look is taken. */
export async function shotWithoutPictures(page: Page): Promise<Buffer> {
  const show = (isShown: boolean) =>
    page.evaluate((isShown) => {
      for (const player of document.querySelectorAll('rtsp-player')) {
        const pictures = player.shadowRoot?.querySelectorAll<HTMLElement>('video, canvas') ?? []
        for (const { style } of pictures) style.visibility = isShown ? '' : 'hidden'
      }
    }, isShown)
  await show(false)
  try {
    return await page.screenshot({ animations: 'disabled', caret: 'hide' })
  } finally {
    await show(true)
  }
}

/** How light each field is, from 0 to 255. The page reads the PNG: browsers can. */
async function lightOf(page: Page, shot: Buffer): Promise<Uint8Array> {
  const light = await page.evaluate(
    async ({ picture, columns, rows }) => {
      const image = new Image()
      image.src = `data:image/png;base64,${picture}`
      await image.decode()
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
      if (!context) return []
      context.drawImage(image, 0, 0)
      return Array.from({ length: columns * rows }, (_, at) => {
        const [column, row] = [at % columns, Math.floor(at / columns)]
        const [left, top] = [Math.floor((column * image.width) / columns), Math.floor((row * image.height) / rows)]
        const right = Math.floor(((column + 1) * image.width) / columns)
        const bottom = Math.floor(((row + 1) * image.height) / rows)
        const { data } = context.getImageData(left, top, right - left, bottom - top)
        let sum = 0
        for (let i = 0; i < data.length; i += 4) sum += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)
        return Math.round(sum / (data.length / 4) / 3)
      })
    },
    { picture: shot.toString('base64'), columns: COLUMNS, rows: ROWS },
  )
  return Uint8Array.from(light)
}
