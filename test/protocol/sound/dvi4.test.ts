import { describe, expect, it } from 'vitest'
import { Dvi4Decoder } from '../../../protocol/sound/dvi4.ts'
import { decode } from './decode.ts'
import { samplesOf } from './ffmpeg.ts'

const heard = (...bytes: number[]) => [...samplesOf(decode(new Dvi4Decoder(), Uint8Array.from(bytes)))]

describe('DVI4', () => {
  it('begins with what the packet states, and adds steps: the first code is in the upper bits', () => {
    // Step 7: 7 + 3 + 1, and 7 / 8; then step 16 (index 8), downwards, an eighth of it.
    expect(heard(0, 0, 0, 0, 0x78)).toEqual([11, 9])
    expect(heard(0x10, 0x00, 0, 0, 0x78)).toEqual([4096 + 11, 4096 + 9])
    expect(heard(0xff, 0xff, 0, 0, 0x0f)).toEqual([-1, -12])
  })

  it('stays within 16 bits, and within the table', () => {
    const loud = heard(0x7f, 0xff, 88, 0, ...new Array<number>(20).fill(0x77), ...new Array<number>(20).fill(0xff))
    expect(Math.max(...loud)).toBe(32_767)
    expect(Math.min(...loud)).toBe(-32_768)
    expect(heard(0, 0, 255, 0, 0x70)).toEqual(heard(0, 0, 88, 0, 0x70))
  })

  it('holds no sound in a header alone, or in less', () => {
    const decoder = new Dvi4Decoder()
    for (const length of [0, 1, 4]) {
      expect(decoder.samplesIn(length)).toBe(0)
      decoder.decode(new Uint8Array(length), 0, length, new Uint8Array(0))
    }
    expect(decoder.samplesIn(84)).toBe(160)
  })
})
