import { CONTROLS } from './controls.ts'
import type { Feature } from './feature.ts'
import { FILES } from './files.ts'
import { MEDIA_ELEMENT } from './media-element.ts'
import { RECORDED } from './recorded.ts'
import { SESSIONS } from './sessions.ts'
import { STATES } from './states.ts'
import { SURROUNDINGS } from './surroundings.ts'
import { WALL } from './wall.ts'

/** In the order of docs/browsers.md. */
export const FEATURES: readonly Feature[] = [
  ...MEDIA_ELEMENT,
  ...CONTROLS,
  ...STATES,
  ...SESSIONS,
  ...RECORDED,
  ...FILES,
  ...WALL,
  ...SURROUNDINGS,
]
