import { describe, expect, it } from 'vitest'
import { distinctNames, restoredOrder, swapped } from '../../../web/wall/order.ts'

describe('the order of tiles', () => {
  it('has a name for each, even where a stream is there twice', () => {
    expect(distinctNames(['lobby', 'door', 'lobby', 'lobby'])).toEqual(['lobby', 'door', 'lobby~2', 'lobby~3'])
  })

  it('has a name for each, even where one is called like the second of another', () => {
    expect(distinctNames(['lobby', 'lobby', 'lobby~2'])).toEqual(['lobby', 'lobby~2', 'lobby~2~2'])
    expect(distinctNames(['lobby~2', 'lobby', 'lobby'])).toEqual(['lobby~2', 'lobby', 'lobby~3'])
  })

  it('is what was kept, with what is new behind it and without what is gone', () => {
    expect(restoredOrder(['a', 'b', 'c', 'd'], ['c', 'gone', 'a'])).toEqual(['c', 'a', 'b', 'd'])
    expect(restoredOrder(['a', 'b'], [])).toEqual(['a', 'b'])
    expect(restoredOrder(['a', 'b'], ['b', 'b', 'a', 'b'])).toEqual(['b', 'a'])
  })

  it('changes by two that change places', () => {
    expect(swapped(['a', 'b', 'c'], 'a', 'c')).toEqual(['c', 'b', 'a'])
    expect(swapped(['a', 'b'], 'a', 'a')).toEqual(['a', 'b'])
  })
})
