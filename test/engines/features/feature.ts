import type { BrowserPage, EngineName } from '../../support/engines/browser-driver.ts'
import type { EnginePageOptions } from '../../support/engines/engine-pages.ts'
import type { FeatureStage } from './feature-stage.ts'

/** Something that people find in docs/player.md and its neighbours, tried in an engine: a row of docs/browsers.md. */
export interface Feature {
  /** The row. */
  readonly name: string
  readonly test: (scene: Scene) => Promise<void>
  /** Engines that cannot, and what is the case there instead. */
  readonly lacks?: { readonly [engine in EngineName]?: Lack }
}

export interface Lack {
  /** A sentence of docs/browsers.md. */
  readonly why: string
  /** Shows that it is so still, and what the player does about it. */
  readonly instead: (scene: Scene) => Promise<void>
}

/** An engine, and what it can be shown. */
export interface Scene {
  readonly engine: EngineName
  readonly stage: FeatureStage
  /** A page with this markup alone; `<rtsp-player` finds the bridge by itself. */
  open(body: string, options?: EnginePageOptions): Promise<BrowserPage>
  /** A page of the bridge, such as `wall.html`. */
  openOfBridge(path: string): Promise<BrowserPage>
  /** Keeps what is seen, for eyes, where `SCREENSHOTS` names a folder. */
  see(page: BrowserPage, name: string): Promise<void>
}
