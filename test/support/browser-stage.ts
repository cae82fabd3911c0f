import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge } from '../../bridge/index.ts'
import { builtPage, launchChromium, openTab, type Tab } from './browser.ts'

/** What a stage starts beside the bridge, such as a camera. */
type Server = { close(): unknown } | { stop(): unknown }

export interface BrowserStage {
  readonly browser: Browser
  readonly bridge: Bridge
  /** Of the built page. */
  readonly directory: string
  /** Of the bridge, which serves the page. */
  readonly url: string
  /** A tab with a page of the bridge, such as `?src=lobby`. */
  open(path?: string, prepare?: () => void): Promise<Tab>
}

/**
 * Chromium, a bridge that serves the built page, and servers that it carries, for the tests of a file. Pages are closed
 * after each test, all else after the last. Nothing is there before the first test.
 *
 * @param start what is there under its name, such as `{ camera: startCamera }`
 * @param options of the bridge
 */
export function browserStage<S extends Readonly<Record<string, Server>>>(
  start: { readonly [K in keyof S]: () => Promise<S[K]> },
  options: (servers: S) => BridgeOptions,
): BrowserStage & S {
  const started: Server[] = []
  const stage = {
    open: (path = '', prepare?: () => void) => openTab(stage.browser, stage.url + path, prepare),
  } as BrowserStage & S

  beforeAll(async () => {
    const directory = await builtPage()
    const servers = Object.entries(start).map(async ([name, startServer]) => {
      const server = await startServer()
      started.push(server)
      return [name, server] as const
    })
    const [browser, ...entries] = await Promise.all([launchChromium(), ...servers])
    Object.assign(stage, { browser, directory })
    const named = Object.fromEntries(entries) as S
    const bridge = await createBridge({ pageDirectory: directory, ...options(named) })
    Object.assign(stage, named, { bridge, url: bridge.url })
  })

  afterEach(async () => {
    for (const context of stage.browser?.contexts() ?? []) await context.close()
  })

  afterAll(async () => {
    await stage.browser?.close()
    await stage.bridge?.close()
    await Promise.all(started.map((server) => ('stop' in server ? server.stop() : server.close())))
  })

  return stage
}
