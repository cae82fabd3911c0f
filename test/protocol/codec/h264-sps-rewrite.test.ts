import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rbspOf } from '../../../protocol/codec/h264.ts'
import { locateSequenceParameterSet, parseSequenceParameterSet } from '../../../protocol/codec/h264-sps.ts'
import { withoutReordering } from '../../../protocol/codec/h264-sps-rewrite.ts'
import { BitWriter, buildSps, type SpsFields } from './sps-builder.ts'

const rewrite = (nal: Uint8Array) => withoutReordering(locateSequenceParameterSet(nal))
const bitsOf = (nal: Uint8Array) =>
  Array.from(rbspOf(nal), (byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .replace(/10*$/, '')

const vui = fc.record(
  {
    sar: fc.oneof(fc.integer({ min: 0, max: 16 }), fc.tuple(fc.nat(0xffff), fc.nat(0xffff))),
    timing: fc.tuple(fc.constantFrom(1, 1001), fc.constantFrom(2, 50, 60_000, 180_000)),
    hrd: fc.boolean(),
  },
  { requiredKeys: [] },
)
const sps: fc.Arbitrary<SpsFields> = fc.record(
  {
    id: fc.nat(31),
    levelIdc: fc.constantFrom(10, 30, 31, 40, 51),
    maxNumRefFrames: fc.nat(16),
    widthInMacroblocks: fc.integer({ min: 1, max: 240 }),
    heightInMapUnits: fc.integer({ min: 1, max: 135 }),
    crop: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    vui,
  },
  { requiredKeys: [] },
)
const unordered: fc.Arbitrary<SpsFields> = fc.constantFrom<SpsFields>(
  { profileIdc: 66 },
  { profileIdc: 66, constraintFlags: 0x40 },
  { profileIdc: 77, constraintFlags: 0x80 },
  { profileIdc: 100, constraintFlags: 0x0c },
  { profileIdc: 77, picOrderCntType: 2 },
  { profileIdc: 100, picOrderCntType: 2, scalingLists: true },
  { profileIdc: 110, constraintFlags: 0x10 },
)

describe('an SPS of a stream that is not reordered', () => {
  it('says so after the rewrite, and else what it said before', () => {
    fc.assert(
      fc.property(sps, unordered, (fields, kind) => {
        const nal = buildSps({ ...fields, ...kind })
        const rewritten = rewrite(nal)
        if (!rewritten) throw new Error('not rewritten')
        const before = parseSequenceParameterSet(nal)
        const { pixelAspectRatio = 1, fieldSeconds } = before.vui ?? {}
        expect(parseSequenceParameterSet(rewritten)).toEqual({
          ...before,
          vui: { pixelAspectRatio, fieldSeconds, maxNumReorderFrames: 0 },
        })
        // Bit for bit the same up to the last flag, which was 0.
        expect(bitsOf(rewritten).startsWith(bitsOf(nal).slice(0, -1))).toBe(true)
        // Once is enough.
        expect(rewrite(rewritten)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('has room for its reference frames after the rewrite', () => {
    const rewritten = rewrite(buildSps({ profileIdc: 66, maxNumRefFrames: 3 })) ?? new Uint8Array(0)
    // bitstream_restriction with the inferred values, max_num_reorder_frames 0 and max_dec_frame_buffering 3.
    const added = new BitWriter().u(1, 1).u(8, 0).u(1, 1).u(1, 1).ue(2).ue(1).ue(15).ue(15).ue(0).ue(3)
    const bits = bitsOf(added.nal(0x67))
    expect(bitsOf(rewritten).endsWith(bits)).toBe(true)
  })

  it('stays where it says already how far it is reordered', () => {
    for (const maxNumReorderFrames of [0, 2]) {
      expect(rewrite(buildSps({ profileIdc: 66, vui: { maxNumReorderFrames } }))).toBeUndefined()
    }
  })

  it('stays where its VUI cannot be read, or is followed by something unknown', () => {
    const whole = buildSps({ profileIdc: 66, vui: { timing: [1, 50], sar: [40, 33] } })
    expect(rewrite(whole)).toBeDefined()
    expect(rewrite(whole.subarray(0, whole.length - 3))).toBeUndefined()
    expect(rewrite(Uint8Array.of(...whole, 0x55))).toBeUndefined()
    expect(rewrite(Uint8Array.of(...buildSps({ profileIdc: 66 }), 0x80))).toBeUndefined()
  })
})

it('an SPS of a stream that may be reordered stays as it is', () => {
  for (const fields of [{ profileIdc: 77 }, { profileIdc: 100 }, { profileIdc: 77, picOrderCntType: 1 }] as const) {
    expect(rewrite(buildSps(fields))).toBeUndefined()
    expect(rewrite(buildSps({ ...fields, vui: { timing: [1, 50] } }))).toBeUndefined()
  }
})
