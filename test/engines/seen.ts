import type { EngineName } from '../support/engines/browser-driver.ts'

/** `media-source`: it played by that renderer, to the pixels or to the tone. `no: …`: it did not, and the player said why. */
export type Seen = string

/** Of one stream in one engine: by what the player was told to use. */
export type SeenInEngine = { readonly [wanted in 'auto' | 'webcodecs' | 'media-source']?: Seen }

/** What the tests saw: `seen.json`, which is written by them alone. */
export interface SeenInAll {
  /** The versions that the table was written with. */
  readonly engines: { readonly [engine in EngineName]?: string }
  readonly cases: Readonly<Record<string, { readonly [engine in EngineName]?: SeenInEngine }>>
}

/** The file as it would be after this run: what ran is replaced, and the versions change only with what was seen. */
export const merge = (known: SeenInAll, now: SeenInAll, order: readonly string[]): SeenInAll => {
  const cases = Object.fromEntries(
    order.flatMap((id) => {
      const { chromium, firefox, webkit } = { ...known.cases[id], ...now.cases[id] }
      const seen = { ...(chromium && { chromium }), ...(firefox && { firefox }), ...(webkit && { webkit }) }
      return Object.keys(seen).length > 0 ? [[id, seen]] : []
    }),
  )
  const changed = JSON.stringify(cases) !== JSON.stringify(known.cases)
  return { engines: changed ? { ...known.engines, ...now.engines } : known.engines, cases }
}
