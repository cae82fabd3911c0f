import { describe, expect, it } from 'vitest'
import { NumberingWatch } from '../../../protocol/rtp/numbering-watch.ts'

const isMeaningless = (numbers: Iterable<number>): boolean => {
  const watch = new NumberingWatch()
  for (const number of numbers) watch.note(number & 0xffff)
  return watch.meaningless
}
const counted = (length: number, number: (at: number) => number) => Array.from({ length }, (_, at) => number(at))

describe('whether sequence numbers number the packets', () => {
  it.each<[what: string, number: (at: number) => number]>([
    ['are counted on', (at) => 65_500 + at],
    ['come three times each', (at) => Math.floor(at / 3)],
    ['lack nine of ten, in bursts of two', (at) => Math.floor(at / 2) * 20 + (at % 2)],
    ['come in threes that are turned round', (at) => at + (at % 3 === 2 ? -2 : 1)],
  ])('believes those that %s', (_, number) => {
    expect(isMeaningless(counted(256, number))).toBe(false)
  })

  it('does not judge by less than 64', () => {
    expect(isMeaningless(counted(63, () => 0))).toBe(false)
    expect(isMeaningless(counted(64, () => 0))).toBe(true)
  })

  it('believes them again when most of them are counted on', () => {
    const zeros = counted(64, () => 0)
    expect(isMeaningless([...zeros, ...counted(64, (at) => (at % 3 ? at : 0))])).toBe(true)
    expect(isMeaningless([...zeros, ...counted(64, (at) => at)])).toBe(false)
  })

  it('says when its judgement changes', () => {
    const watch = new NumberingWatch()
    expect(counted(192, (at) => at).filter((at) => watch.note(at < 64 ? 0 : at))).toEqual([63, 127])
  })
})
