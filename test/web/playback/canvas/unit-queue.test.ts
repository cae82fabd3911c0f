import { expect, it } from 'vitest'
import { UnitQueue } from '../../../../web/playback/canvas/unit-queue.ts'

/** Keyframes are written as capitals; each letter is a unit of ten bytes, a second apart. */
const fill = (
  queue: UnitQueue<{ data: Uint8Array; start: number; randomAccess: boolean; name: string }>,
  text: string,
) => {
  for (const [start, name] of [...text].entries()) {
    const randomAccess = name === name.toUpperCase()
    if (queue.accepts(randomAccess)) queue.push({ data: new Uint8Array(10), start, randomAccess, name })
  }
}
const make = (maxBytes = 1000) =>
  new UnitQueue<{ data: Uint8Array; start: number; randomAccess: boolean; name: string }>(maxBytes)
const drain = (queue: ReturnType<typeof make>): string => {
  let text = ''
  for (let unit = queue.shift(); unit; unit = queue.shift()) text += unit.name
  return text
}

it('keeps nothing before the first random access point', () => {
  const queue = make()
  fill(queue, 'abCd')
  expect(queue.takeDropped()).toBe(2)
  expect(drain(queue)).toBe('Cd')
})

it('skips to the newest random access point that is due, and no further', () => {
  const queue = make()
  fill(queue, 'AbCdEf')
  queue.skipTo(3)
  expect(queue.takeDropped()).toBe(2)
  expect(drain(queue)).toBe('CdEf')
})

it('at its bound lets go of all before the newest random access point', () => {
  const queue = make(40)
  fill(queue, 'AbCde')
  expect(drain(queue)).toBe('Cde')
  expect(queue.takeDropped()).toBe(2)
})

it('lets go of a group of pictures that is larger than the bound, and waits for the next', () => {
  const queue = make(40)
  fill(queue, 'AbcdefgHi')
  expect(drain(queue)).toBe('Hi')
  expect(queue.takeDropped()).toBe(7)
})

it('after a decoder has failed begins at the next random access point, which may be there already', () => {
  const queue = make()
  fill(queue, 'AbCd')
  queue.shift()
  queue.restart()
  expect(drain(queue)).toBe('Cd')
  queue.restart()
  fill(queue, 'eFg')
  expect(drain(queue)).toBe('Fg')
})
