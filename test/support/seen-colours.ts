import type { Page } from 'playwright-core'

/** Red, green and blue, 0 to 255. */
export type Colour = readonly number[]

/** Colours of what is seen of a page, in the middle of so many by so many fields, row by row. */
export async function seenColours(page: Page, columns: number, rows: number): Promise<Colour[]> {
  const picture = (await page.screenshot()).toString('base64')
  return page.evaluate(
    async ({ picture, columns, rows }) => {
      const image = new Image()
      image.src = `data:image/png;base64,${picture}`
      await image.decode()
      const context = new OffscreenCanvas(columns, rows).getContext('2d')
      if (!context) return []
      context.drawImage(image, 0, 0, columns, rows)
      const { data } = context.getImageData(0, 0, columns, rows)
      return Array.from({ length: columns * rows }, (_, at) => [...data.subarray(at * 4, at * 4 + 3)])
    },
    { picture, columns, rows },
  )
}
