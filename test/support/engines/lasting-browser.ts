import type { BrowserDriver, EngineName } from './browser-driver.ts'
import { startEngine } from './engines.ts'

/** Browsers that may hang or die over one piece of work, before it is said that they do. */
const MOST_DEATHS = 1

/**
 * A browser for a whole file of tests. One that hangs or dies is no word of the player's: the work is asked of another
 * one, from its start. What was seen to be wrong stays wrong.
 */
export class LastingBrowser {
  readonly #engine: EngineName
  #driver: BrowserDriver

  private constructor(engine: EngineName, driver: BrowserDriver) {
    this.#engine = engine
    this.#driver = driver
  }

  static async start(engine: EngineName): Promise<LastingBrowser> {
    return new LastingBrowser(engine, await startEngine(engine))
  }

  get version(): string {
    return this.#driver.version
  }

  /** @returns what the work resolves to; rejects with an assertion that failed, or with what two browsers died of */
  async ask<T>(work: (browser: BrowserDriver) => Promise<T>): Promise<T> {
    for (let deaths = 0; ; deaths++) {
      try {
        return await work(this.#driver)
      } catch (error) {
        const isSeen = error instanceof Error && error.name === 'AssertionError'
        if (isSeen || deaths === MOST_DEATHS) throw error
        console.warn(`${this.version} is asked again, another one: ${error}`)
        await this.close()
        this.#driver = await startEngine(this.#engine)
      }
    }
  }

  /** Safe to call of one that is dead. */
  async close(): Promise<void> {
    await this.#driver.close().catch(() => undefined)
  }
}
