import type { BrowserDriver, EngineName } from '../../support/engines/browser-driver.ts'
import { startEngine } from '../../support/engines/engines.ts'
import type { InvisibleDesktop } from '../../support/engines/invisible-desktop.ts'

/** Milliseconds that a browser may take for one thing. */
const PATIENCE = 60_000

/** The browsers of a benchmark. One that dies or hangs costs a figure, and not the benchmark. */
export class Browsers {
  readonly #drivers = new Map<EngineName, BrowserDriver>()
  readonly #desktop: InvisibleDesktop | undefined

  /** @param desktop where they open their windows; by default Chromium and Firefox have none */
  constructor(desktop?: InvisibleDesktop) {
    this.#desktop = desktop
  }

  /** @throws Error where one cannot be started */
  async start(engines: readonly EngineName[]): Promise<void> {
    for (const engine of engines) this.#drivers.set(engine, await startEngine(engine, PATIENCE, this.#desktop))
  }

  /** Of those that are there, by the name of the browser. */
  versions(): Record<string, string> {
    return Object.fromEntries(
      [...this.#drivers.values()].map(({ version }) => {
        const at = version.lastIndexOf(' ')
        return [version.slice(0, at), version.slice(at + 1)]
      }),
    )
  }

  /** @returns what the work resolves to, or as a sentence what it failed of: then the browser is another one */
  async ask<T extends object>(engine: EngineName, work: (browser: BrowserDriver) => Promise<T>): Promise<T | string> {
    const driver = this.#drivers.get(engine)
    if (!driver) return `${engine} was not started.`
    try {
      return await work(driver)
    } catch (error) {
      await driver.close().catch(() => undefined)
      this.#drivers.set(engine, await startEngine(engine, PATIENCE, this.#desktop))
      return `ended. ${error instanceof Error ? error.message : error}`.split('\n', 1)[0] ?? ''
    }
  }

  async close(): Promise<void> {
    for (const driver of this.#drivers.values()) await driver.close().catch(() => undefined)
  }
}
