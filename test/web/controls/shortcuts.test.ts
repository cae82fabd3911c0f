import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type PressedKey, SHORTCUTS, shortcutOf } from '../../../web/controls/shortcuts.ts'

const press = (key: string, more: Partial<PressedKey> = {}) =>
  shortcutOf({ key, ctrlKey: false, altKey: false, metaKey: false, on: 'div', ...more })

describe('a key of the player', () => {
  it.each([
    ['k', 'play'],
    [' ', 'play'],
    ['M', 'mute'],
    ['f', 'full-screen'],
    ['+', 'zoom-in'],
    ['0', 'reset-view'],
    ['ArrowLeft', 'left'],
    ['Home', 'start'],
  ])('%j is %s', (key, shortcut) => {
    expect(press(key)).toBe(shortcut)
  })

  it('is none of those of the browser', () => {
    expect(press('f', { ctrlKey: true })).toBeUndefined()
    expect(press('ArrowLeft', { altKey: true })).toBeUndefined()
    expect(press('r', { metaKey: true })).toBeUndefined()
    expect(press('Tab')).toBeUndefined()
    expect(press('constructor')).toBeUndefined()
  })

  it('is not taken from what has the focus', () => {
    expect(press(' ', { on: 'button' })).toBeUndefined()
    expect(press('m', { on: 'button' })).toBe('mute')
    expect(press('ArrowUp', { on: 'input', inputType: 'range' })).toBeUndefined()
    expect(press('m', { on: 'input', inputType: 'range' })).toBe('mute')
    expect(press('m', { on: 'input', inputType: 'text' })).toBeUndefined()
    expect(press('ArrowDown', { on: 'pre' })).toBeUndefined()
  })
})

it('docs/controls.md lists every key', () => {
  const page = readFileSync(new URL('../../../docs/controls.md', import.meta.url), 'utf8')
  const missing = Object.keys(SHORTCUTS).filter(
    (key) => !page.includes(`<kbd>${NAMES[key] ?? key.toUpperCase()}</kbd>`),
  )
  expect(missing).toEqual([])
})

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Home: 'Home',
  End: 'End',
  '<': '&lt;',
  '>': '&gt;',
}
