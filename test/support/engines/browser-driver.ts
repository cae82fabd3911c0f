/** What can be handed to a function of the page, and back. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

export type EngineName = 'chromium' | 'firefox' | 'webkit'

/** A browser that a test drives, whichever its engine. */
export interface BrowserDriver {
  readonly engine: EngineName
  /** `Firefox 140.3.0esr` */
  readonly version: string
  /** A page by itself, one at a time: one that was not closed, because its test failed, is closed first. */
  open(url: string): Promise<BrowserPage>
  /** Ends the browser with all its processes. Safe to call twice. */
  close(): Promise<void>
}

export interface BrowserPage {
  /**
   * Runs a function in the page. It is handed over as its source text, so it sees its arguments and the page alone.
   *
   * @returns what it returns or resolves to; it rejects with what it throws
   */
  evaluate<A extends readonly Json[], R>(work: (...args: A) => R | Promise<R>, ...args: A): Promise<R>
  /** A click as a person would do it, which the browser takes for a wish: sound may be played after it. */
  click(selector: string): Promise<void>
  /** The same at a place of the window, for what lies in a shadow: CSS pixels from its upper left corner. */
  clickAt(x: number, y: number): Promise<void>
  /** A key as a person would press it, by its name in `KeyboardEvent.key`. */
  press(key: string): Promise<void>
  /** What the window shows, as PNG. */
  screenshot(): Promise<Uint8Array>
  /** Every error that the page has met so far: what was thrown and not caught, and what it wrote as one. */
  errors(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Milliseconds that a browser may take for one thing that is asked of it. */
const PATIENCE = 30_000

/**
 * The same page and browser, each wait of which has an end: a browser that hangs is killed, and the test fails with what
 * it was asked last.
 */
export const impatient = (driver: BrowserDriver, kill: () => Promise<void>, patience = PATIENCE): BrowserDriver => {
  const within = async <T>(what: string, work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${driver.version} did not answer within ${patience / 1000} s: ${what}`))
        kill().catch(() => undefined)
      }, patience)
    })
    // What is asked of a browser that was killed fails too, later and for nobody.
    work.catch(() => undefined)
    return Promise.race([work, late]).finally(() => clearTimeout(timer))
  }
  let current: BrowserPage | undefined
  const page = (inner: BrowserPage): BrowserPage => ({
    evaluate: (work, ...args) => within(`run ${String(work).slice(0, 200)}`, inner.evaluate(work, ...args)),
    click: (selector) => within(`click ${selector}`, inner.click(selector)),
    clickAt: (x, y) => within(`click at ${x}, ${y}`, inner.clickAt(x, y)),
    press: (key) => within(`press ${key}`, inner.press(key)),
    screenshot: () => within('show itself', inner.screenshot()),
    errors: () => within('tell its errors', inner.errors()),
    close: () => {
      if (current === inner) current = undefined
      return within('close the page', inner.close())
    },
  })
  return {
    engine: driver.engine,
    version: driver.version,
    open: async (url) => {
      if (current) await page(current).close()
      current = await within(`open ${url}`, driver.open(url))
      return page(current)
    },
    close: () => within('close', driver.close()).finally(kill),
  }
}

/** The call of a function, as text for a page that gets it. */
export const callOf = (work: (...args: never) => unknown, args: readonly Json[]): string =>
  `(${String(work)})(${args.map((argument) => JSON.stringify(argument)).join(', ')})`
