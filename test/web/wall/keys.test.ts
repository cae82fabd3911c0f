import { describe, expect, it } from 'vitest'
import { type PressedKey, wallAction } from '../../../web/wall/keys.ts'

const press = (key: string, held: Partial<PressedKey> = {}, isRightToLeft = false) =>
  wallAction({ key, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...held }, isRightToLeft)

describe('the keys of a wall', () => {
  it.each([
    ['ArrowLeft', { name: 'go', direction: 'left' }],
    ['1', { name: 'go-to', place: 0 }],
    ['9', { name: 'go-to', place: 8 }],
    ['0', { name: 'go-to', place: 9 }],
    ['Home', { name: 'go-to', place: 0 }],
    ['End', { name: 'go-to', place: -1 }],
    ['PageDown', { name: 'page', by: 1 }],
    ['PageUp', { name: 'page', by: -1 }],
    ['Enter', { name: 'enlarge' }],
    ['Escape', { name: 'back' }],
    ['m', { name: 'sound' }],
    ['M', { name: 'sound' }],
    ['x', undefined],
    ['10', undefined],
    [' ', undefined],
  ])('%s', (key, action) => {
    expect(press(key)).toEqual(action)
  })

  it('move the tile with Alt and an arrow, and do nothing else with it', () => {
    expect(press('ArrowUp', { altKey: true })).toEqual({ name: 'move', direction: 'up' })
    expect(press('ArrowLeft', { altKey: true }, true)).toEqual({ name: 'move', direction: 'right' })
    expect(press('1', { altKey: true })).toBeUndefined()
  })

  it.each(['ctrlKey', 'metaKey', 'shiftKey'] as const)('are those of the browser with %s', (held) => {
    for (const key of ['ArrowLeft', '1', 'PageDown', 'm', 'Enter']) expect(press(key, { [held]: true })).toBeUndefined()
  })
})
