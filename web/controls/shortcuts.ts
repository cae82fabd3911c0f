/** What a key of the player does. `docs/controls.md` lists them for people. */
export type Shortcut =
  | 'play'
  | 'mute'
  | 'full-screen'
  | 'picture-in-picture'
  | 'snapshot'
  | 'record'
  | 'live'
  | 'statistics'
  | 'details'
  | 'rotate'
  | 'fit'
  | 'zoom-in'
  | 'zoom-out'
  | 'reset-view'
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'start'
  | 'end'
  | 'slower'
  | 'faster'

export const SHORTCUTS: Readonly<Record<string, Shortcut>> = {
  ' ': 'play',
  k: 'play',
  m: 'mute',
  f: 'full-screen',
  p: 'picture-in-picture',
  s: 'snapshot',
  r: 'record',
  l: 'live',
  i: 'statistics',
  d: 'details',
  t: 'rotate',
  o: 'fit',
  '+': 'zoom-in',
  '=': 'zoom-in',
  '-': 'zoom-out',
  '0': 'reset-view',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'start',
  End: 'end',
  '<': 'slower',
  '>': 'faster',
}

/** Keys that buttons and sliders have for themselves. */
const OF_BUTTONS = new Set([' ', 'Enter'])
const OF_SLIDERS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'])

export interface PressedKey {
  readonly key: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  /** The element that has the focus, by its name: `button`, `input`, `textarea` … */
  readonly on: string
  /** Of an `input`. */
  readonly inputType?: string
}

/** Undefined where the key is none of the player's, or belongs to what has the focus. */
export function shortcutOf({ key, ctrlKey, altKey, metaKey, on, inputType }: PressedKey): Shortcut | undefined {
  if (ctrlKey || altKey || metaKey) return undefined
  if ((on === 'button' || on === 'summary' || on === 'a') && OF_BUTTONS.has(key)) return undefined
  if (on === 'textarea' || on === 'pre' || on === 'select') return undefined
  if (on === 'input' && (inputType !== 'range' || OF_SLIDERS.has(key))) return undefined
  const name = key.length === 1 ? key.toLowerCase() : key
  return Object.hasOwn(SHORTCUTS, name) ? SHORTCUTS[name] : undefined
}
