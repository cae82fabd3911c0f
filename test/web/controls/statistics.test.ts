import { describe, expect, it } from 'vitest'
import { ageInWords } from '../../../web/controls/age.ts'
import { History, pathOf, scaleOf } from '../../../web/controls/history.ts'

describe('the age of a picture in words', () => {
  it.each([
    [1_000, '1 second'],
    [1_999, '1 second'],
    [7_400, '7 seconds'],
    [59_999, '59 seconds'],
    [60_000, '1 minute'],
    [3_599_000, '59 minutes'],
    [7_200_000, '2 hours'],
    [90_000_000, '1 day'],
    [300, '1 second'],
  ])('%d ms', (age, words) => {
    expect(ageInWords(age)).toBe(words)
  })
})

describe('a graph', () => {
  it('remembers a minute', () => {
    const history = new History()
    for (let second = 0; second < 100; second++) history.push(second)
    expect(history.values).toHaveLength(60)
    expect(history.range).toEqual([40, 99])
  })

  it('has no range where nothing was known', () => {
    const history = new History()
    history.push(undefined)
    expect(history.range).toBeUndefined()
  })

  it.each([
    [0, 100, 100],
    [101, 100, 200],
    [200, 100, 200],
    [201, 100, 500],
    [730, 100, 1000],
    [29.97, 10, 50],
    [4_300_000, 100_000, 5_000_000],
  ])('of values up to %d has a round scale', (greatest, least, scale) => {
    expect(scaleOf(greatest, least)).toBe(scale)
  })

  it('ends at the right, with a gap where nothing was known, and never above its edge', () => {
    expect(pathOf([50, 100, undefined, 200, 0], 100)).toBe('M55 0.5h.01L56 0M58 0h.01L59 1')
  })
})
