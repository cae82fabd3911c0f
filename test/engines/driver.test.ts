import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserDriver, EngineName } from '../support/engines/browser-driver.ts'
import { ENGINES, startEngine } from '../support/engines/engines.ts'
import { ProcessTree } from '../support/engines/process-tree.ts'

const server = createServer((_, response) => {
  response.setHeader('Content-Type', 'text/html')
  response.end('<title>A page</title><button onclick="document.title = String(event.isTrusted)">Click</button>')
})
let address = ''
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

/** Is the measuring instrument straight, and does it leave nothing lying about? */
describe.each(ENGINES)('the driver of %s', (engine) => {
  const withEngine = async (use: (browser: BrowserDriver) => Promise<void>, patience?: number) => {
    const mine = new ProcessTree(process.pid)
    mine.look()
    const before = new Set(mine.alive)
    const browser = await startEngine(engine, patience)
    try {
      mine.look()
      expect(mine.alive.length).toBeGreaterThan(before.size)
      await use(browser)
      mine.look()
    } finally {
      await browser.close().catch(() => undefined)
    }
    await expect.poll(() => mine.alive.filter((pid) => !before.has(pid)), { timeout: 10_000 }).toEqual([])
  }

  it('runs functions in the page, clicks, tells its errors, and leaves no process behind', () =>
    withEngine(async (browser) => {
      expect(browser.engine).toBe(engine)
      expect(browser.version).toMatch(/^(Chromium|Firefox|WebKitGTK) \d+\.\d+/)
      const page = await browser.open(address)
      expect(await page.evaluate((a: number, text: string) => [a + 1, text, document.title], 1, 'it’s')).toEqual([
        ...[2, 'it’s', 'A page'],
      ])
      await expect(page.evaluate(() => Promise.reject(new TypeError('not so')))).rejects.toThrow('not so')
      await page.click('button')
      expect(await page.evaluate(() => document.title)).toBe('true')
      expect(await page.errors()).toEqual([])
      await page.evaluate(() => {
        console.error('written')
        setTimeout(() => {
          throw new Error('thrown')
        })
      })
      await expect.poll(async () => (await page.errors()).join()).toMatch(/written.*thrown/)
      await page.close()
    }))

  it('ends a browser that hangs, and says what it was asked', () =>
    withEngine(async (browser) => {
      const page = await browser.open(address)
      const forever = page.evaluate(() => {
        for (;;);
      })
      await expect(forever).rejects.toThrow(
        new RegExp(`${NAMES[engine]} [\\d.]+ did not answer within 10 s: run \\(\\) =>`),
      )
    }, 10_000))
})

const NAMES: Readonly<Record<EngineName, string>> = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' }
