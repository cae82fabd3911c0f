import puppeteer, { type CDPSession, type KeyInput, type Page } from 'puppeteer-core'
import { type BrowserPage, callOf } from '../../support/engines/browser-driver.ts'
import { residentBytes } from '../processes/usage.ts'

/** Chromium with what only its own tools tell. Not by Playwright, which holds each page for visible. */
export interface Chromium {
  readonly version: string
  /** @param prepare runs in the page before its own scripts */
  open(url: string, prepare?: () => void): Promise<ChromiumPage>
  close(): Promise<void>
}

export interface ChromiumPage extends BrowserPage {
  /** What is left after a collection of garbage, in bytes. */
  memory(): Promise<PageMemory>
  /** Seconds that the main thread has worked. */
  taskSeconds(): Promise<number>
  /** Another tab is brought in front of it. */
  hide(): Promise<void>
  show(): Promise<void>
}

export interface PageMemory {
  /** Objects and the memory of buffers, of the page and its workers. */
  readonly used: number
  /** Of the process that renders the page. */
  readonly resident: number
}

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--autoplay-policy=no-user-gesture-required']
/** A tab that nobody sees is to be treated as browsers do in life. */
const UNWANTED = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]

/** Debian's Chromium; `CHROMIUM` names another. */
export async function startChromiumWithTools(): Promise<Chromium> {
  const browser = await puppeteer.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: FLAGS,
    ignoreDefaultArgs: UNWANTED,
    defaultViewport: { width: 1280, height: 800 },
    protocolTimeout: 120_000,
  })
  const tools = await browser.target().createCDPSession()
  return {
    version: (await browser.version()).replace(/^\D*/, ''),
    open: async (url, prepare) => {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text())
      })
      if (prepare) await page.evaluateOnNewDocument(prepare)
      await page.goto(url)
      await page.bringToFront()
      const session = await page.createCDPSession()
      await session.send('Performance.enable')
      let inFront: Page | undefined
      return {
        evaluate: (work, ...args) => page.evaluate(callOf(work, args)) as Promise<Awaited<ReturnType<typeof work>>>,
        click: (selector) => page.click(selector),
        clickAt: (x, y) => page.mouse.click(x, y),
        press: (key) => page.keyboard.press(key as KeyInput),
        screenshot: () => page.screenshot(),
        errors: async () => errors,
        memory: async () => ({ used: await usedBytes(page, session), resident: await rendererBytes(tools) }),
        taskSeconds: async () => {
          const { metrics } = await session.send('Performance.getMetrics')
          return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
        },
        hide: async () => {
          inFront ??= await browser.newPage()
          await inFront.bringToFront()
        },
        show: () => page.bringToFront(),
        close: async () => {
          await inFront?.close()
          await page.close()
        },
      }
    },
    close: () => browser.close(),
  }
}

async function usedBytes(page: Page, session: CDPSession): Promise<number> {
  let used = 0
  for (const one of [session, ...page.workers().map(({ client }) => client)]) {
    // What the first has found, the second may have been waiting for.
    for (let times = 0; times < 2; times++) await one.send('HeapProfiler.collectGarbage')
    const {
      usedSize,
      embedderHeapUsedSize = 0,
      backingStorageSize = 0,
    } = (await one.send('Runtime.getHeapUsage')) as HeapUsage
    used += usedSize + embedderHeapUsedSize + backingStorageSize
  }
  return used
}

/** Newer than some of its descriptions. */
interface HeapUsage {
  readonly usedSize: number
  readonly embedderHeapUsedSize?: number
  readonly backingStorageSize?: number
}

/** There are others for empty tabs: the one that has worked most. */
async function rendererBytes(tools: CDPSession): Promise<number> {
  const { processInfo } = await tools.send('SystemInfo.getProcessInfo')
  const [most] = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime)
  return most ? residentBytes(most.id) : Number.NaN
}
