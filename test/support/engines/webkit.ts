import { Builder, By, Key, type WebDriver } from 'selenium-webdriver'
import { freePort } from '../free-port.ts'
import { startProcess } from '../processes.ts'
import { type BrowserDriver, callOf, impatient } from './browser-driver.ts'
import { type InvisibleDesktop, startInvisibleDesktop } from './invisible-desktop.ts'
import { ProcessTree } from './process-tree.ts'

const MINI_BROWSER = process.env['MINI_BROWSER'] ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
/** Debian's WebKitGTK in its MiniBrowser, by WebKitWebDriver, on a screen that nobody sees. */
export const startWebKit = async (patience?: number, window?: InvisibleDesktop): Promise<BrowserDriver> => {
  const desktop = window ?? (await startInvisibleDesktop({ screen: true }))
  const port = await freePort()
  const server = await startProcess('/bin/sh', ['-c', `echo ready; exec WebKitWebDriver --port=${port}`], {
    // Plugins that were not seen before are looked at in a process of their own; a home of its own keeps no state.
    env: { ...desktop.env, GSETTINGS_BACKEND: 'memory', NO_AT_BRIDGE: '1' },
  })
  const processes = new ProcessTree(server.child.pid)
  const kill = async () => {
    processes.kill()
    await server.stop()
    if (!window) await desktop.stop()
  }
  try {
    const session = await newSession(port)
    processes.look()
    const driver: BrowserDriver = {
      engine: 'webkit',
      version: `WebKitGTK ${(await session.getCapabilities()).getBrowserVersion()}`,
      open: async (url) => {
        await session.get(url)
        await run(session, callOf(collectErrors, []))
        processes.look()
        return {
          evaluate: (work, ...args) => run(session, callOf(work, args)),
          click: (selector) => session.findElement(By.css(selector)).click(),
          clickAt: (x, y) => session.actions().move({ x, y, duration: 0 }).click().perform(),
          press: (key) =>
            session
              .actions()
              .sendKeys(KEYS[key] ?? key)
              .perform(),
          screenshot: async () => {
            await run(session, callOf(painted, []))
            return Buffer.from(await session.takeScreenshot(), 'base64')
          },
          errors: () => run(session, callOf(metErrors, [])),
          close: () => session.get('about:blank'),
        }
      },
      close: () => session.quit(),
    }
    return impatient(driver, kill, patience)
  } catch (error) {
    await kill()
    throw error
  }
}

/** What is taken is what was painted last: the page may be ahead of it. */
const painted = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
}

/** The classic WebDriver has code points for keys that write nothing. */
const KEYS: Readonly<Record<string, string>> = {
  ArrowDown: Key.ARROW_DOWN,
  ArrowLeft: Key.ARROW_LEFT,
  ArrowRight: Key.ARROW_RIGHT,
  ArrowUp: Key.ARROW_UP,
  End: Key.END,
  Enter: Key.ENTER,
  Escape: Key.ESCAPE,
  Home: Key.HOME,
  Tab: Key.TAB,
}

interface Collecting {
  errorsMet: string[]
}

/** The classic WebDriver tells of no errors, so the page keeps them itself: from its load on, which is when this runs. */
const collectErrors = (): void => {
  const met: string[] = []
  const scope = globalThis as typeof globalThis & Collecting
  scope.errorsMet = met
  addEventListener('error', (event) => met.push(event.message))
  addEventListener('unhandledrejection', (event) => met.push(String(event.reason)))
  const { error } = console
  console.error = (...written: unknown[]) => {
    met.push(written.map(String).join(' '))
    error(...written)
  }
}

const metErrors = (): string[] => (globalThis as typeof globalThis & Collecting).errorsMet

/** The driver takes a moment until it listens. */
const newSession = async (port: number): Promise<WebDriver> => {
  const end = performance.now() + 15_000
  for (;;) {
    try {
      const session = await new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities({
          browserName: 'MiniBrowser',
          'webkitgtk:browserOptions': {
            binary: MINI_BROWSER,
            args: ['--automation', '--autoplay-policy=allow'],
          },
        })
        .build()
      await session.manage().setTimeouts({ script: 60_000, pageLoad: 30_000 })
      return session
    } catch (error) {
      if (performance.now() > end || !/ECONNREFUSED/.test(String(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** The classic WebDriver has no promises: the result comes by a callback, and what was thrown beside it. */
const run = async <R>(session: WebDriver, call: string): Promise<R> => {
  const answer = await session.executeAsyncScript<string>(`
    const done = arguments[arguments.length - 1]
    Promise.resolve().then(() => ${call}).then(
      (value) => done(JSON.stringify({ value })),
      (error) => done(JSON.stringify({ error: String(error) })),
    )`)
  const { value, error } = JSON.parse(answer) as { value: R; error?: string }
  if (error !== undefined) throw new Error(error)
  return value
}
