import { arrowDirection, type Direction } from './focus.ts'

/** What a key asks of a wall. */
export type WallAction =
  /** To the tile beside the one that has the focus. */
  | { readonly name: 'go'; readonly direction: Direction }
  /** The tile itself changes places with the one beside it. */
  | { readonly name: 'move'; readonly direction: Direction }
  /** To a tile by its place, counted from 0; negative from the end. */
  | { readonly name: 'go-to'; readonly place: number }
  | { readonly name: 'page'; readonly by: 1 | -1 }
  | { readonly name: 'enlarge' }
  | { readonly name: 'back' }
  | { readonly name: 'sound' }

export type PressedKey = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>

/** The keys of a wall, while the focus is in it. @param isRightToLeft the first column is at the right */
export function wallAction(pressed: PressedKey, isRightToLeft: boolean): WallAction | undefined {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = pressed
  // These belong to browsers and systems.
  if (ctrlKey || metaKey || shiftKey) return undefined
  const direction = arrowDirection(key, isRightToLeft)
  if (direction) return { name: altKey ? 'move' : 'go', direction }
  if (altKey) return undefined
  if (/^\d$/.test(key)) return { name: 'go-to', place: key === '0' ? 9 : Number(key) - 1 }
  switch (key) {
    case 'Enter':
      return { name: 'enlarge' }
    case 'Escape':
      return { name: 'back' }
    case 'm':
    case 'M':
      return { name: 'sound' }
    case 'Home':
      return { name: 'go-to', place: 0 }
    case 'End':
      return { name: 'go-to', place: -1 }
    case 'PageDown':
      return { name: 'page', by: 1 }
    case 'PageUp':
      return { name: 'page', by: -1 }
    default:
      return undefined
  }
}
