import { expect, it } from 'vitest'
import { needsOnlySubstream } from '../../../web/wall/picture-quality.ts'

it('A small picture needs no more than the smaller stream, and one that grows a little keeps it', () => {
  expect(needsOnlySubstream(320, 480, undefined)).toBe(true)
  expect(needsOnlySubstream(640, 480, undefined)).toBe(false)
  expect(needsOnlySubstream(500, 480, true)).toBe(true)
  expect(needsOnlySubstream(500, 480, false)).toBe(false)
  expect(needsOnlySubstream(560, 480, true)).toBe(false)
  expect(needsOnlySubstream(479, 480, false)).toBe(true)
})
