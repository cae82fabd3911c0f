import { isFirefox } from '../choice/engine.ts'

/** How an engine is held at the live edge. Times are in seconds. */
export interface LiveEdgeSettings {
  /** What is added to one frame of surplus, so that no picture comes just too late: at least, and at most. */
  readonly videoMargin: number
  readonly mostMargin: number
  /** Surplus with sound in the media element. */
  readonly audioSurplus: number
  /** Surplus beyond the target from which one seek replaces catching up. */
  readonly seekBeyond: number
  /** Change of rate for a second of surplus too much. */
  readonly gain: number
  /** Surplus around the target that is left alone. */
  readonly deadBand: number
  readonly slowest: number
  readonly fastest: number
  /**
   * Rates without sound when it is far from the target, as after a start that had a long way to decode: nobody hears it, and
   * it is soon over.
   */
  readonly catchUp: number
  readonly slowDown: number
  /** How far that is. */
  readonly farBeyond: number
  /** Rates are set in steps of one part of so many: each change costs the browser a little. */
  readonly rateSteps: number
}

/** From half a refresh of a 60 Hz display to one: more costs what it adds, and one is enough. Chromium decodes 200 ms of sound ahead. */
const CHROMIUM: LiveEdgeSettings = {
  videoMargin: 0.008,
  mostMargin: 0.016,
  audioSurplus: 0.25,
  seekBeyond: 1,
  gain: 1,
  deadBand: 0.005,
  slowest: 0.97,
  fastest: 1.05,
  catchUp: 2,
  slowDown: 0.9,
  farBeyond: 0.012,
  rateSteps: 200,
}

/** Wants more in hand: with less its clock stands still at each picture. */
const FIREFOX: LiveEdgeSettings = {
  ...CHROMIUM,
  videoMargin: 0.03,
  mostMargin: 0.03,
  deadBand: 0.012,
  farBeyond: 0.08,
  catchUp: 1.25,
}

/**
 * Each change of the rate makes its pipeline begin anew, from the keyframe on, which costs more pictures than a few milliseconds
 * are worth. So it is left alone within a wide band; far beyond, a seek costs the same and is at the edge at once.
 */
const WEBKIT: LiveEdgeSettings = {
  ...CHROMIUM,
  videoMargin: 0.06,
  mostMargin: 0.06,
  audioSurplus: 0.12,
  seekBeyond: 0.2,
  deadBand: 0.08,
  rateSteps: 20,
  farBeyond: 0.25,
  catchUp: 1.1,
}

export const LIVE_EDGE_SETTINGS = { chromium: CHROMIUM, firefox: FIREFOX, webkit: WEBKIT } as const

export type LiveEdgeEngine = keyof typeof LIVE_EDGE_SETTINGS

/** To be asked in the page. */
export const liveEdgeEngine = (): LiveEdgeEngine => {
  if (isFirefox()) return 'firefox'
  return /AppleWebKit(?!.*Chrom)/.test(navigator.userAgent) ? 'webkit' : 'chromium'
}
