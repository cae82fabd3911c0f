import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { avcCodecString, findStartCode, nalUnitOf, rbspOf, splitAnnexB } from '../../../protocol/codec/h264.ts'
import { H264ParameterSets } from '../../../protocol/codec/h264-parameter-sets.ts'
import { isIntraSlice, recoveryFrameCount, startsPicture } from '../../../protocol/codec/h264-slice.ts'
import { parseSequenceParameterSet, statedReorderDepth } from '../../../protocol/codec/h264-sps.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { BitWriter, buildPps, buildSps } from './sps-builder.ts'

const parse = parseSequenceParameterSet

/** Fails where anything but a ProtocolError is thrown. */
const onlyProtocolErrors = (run: () => unknown): void => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
  }
}

describe('a sequence parameter set', () => {
  it('gives the size in pixels from macroblocks and cropping', () => {
    expect(
      parse(buildSps({ widthInMacroblocks: 120, heightInMapUnits: 68, crop: [0, 0, 0, 4], levelIdc: 40 })),
    ).toMatchObject({ width: 1920, height: 1080, frameMbsOnly: true })
    expect(parse(buildSps({ crop: [1, 2, 3, 4] }))).toMatchObject({ width: 640 - 6, height: 368 - 14 })
  })

  it('counts field lines double where pictures may be interlaced', () => {
    const sps = parse(
      buildSps({ widthInMacroblocks: 120, heightInMapUnits: 34, frameMbsOnly: false, crop: [0, 0, 0, 2] }),
    )
    expect(sps).toMatchObject({ width: 1920, height: 1080, frameMbsOnly: false })
  })

  it.each([
    [0, 1, 1],
    [1, 2, 2],
    [2, 2, 1],
    [3, 1, 1],
  ])('crops in units of the chroma format %i', (chromaFormatIdc, unitX, unitY) => {
    const sps = parse(buildSps({ profileIdc: 244, chromaFormatIdc, crop: [0, 1, 0, 1] }))
    expect(sps).toMatchObject({ chromaFormatIdc, width: 640 - unitX, height: 368 - unitY, bitDepthLuma: 10 })
  })

  it.each([1, 3])('is read behind scaling lists with chroma format %i', (chromaFormatIdc) => {
    expect(parse(buildSps({ profileIdc: 100, chromaFormatIdc, scalingLists: true }))).toMatchObject({
      width: 640,
      height: 368,
    })
  })

  it.each([0, 1, 2] as const)('is read with pic_order_cnt_type %i', (picOrderCntType) => {
    expect(parse(buildSps({ picOrderCntType }))).toMatchObject({ picOrderCnt: { type: picOrderCntType }, width: 640 })
  })

  it('states shape, timing and reordering in its VUI', () => {
    const vui = { sar: [40, 33], timing: [1, 50], hrd: true, maxNumReorderFrames: 2 } as const
    expect(parse(buildSps({ vui })).vui).toEqual({
      pixelAspectRatio: 40 / 33,
      fieldSeconds: 0.02,
      maxNumReorderFrames: 2,
    })
    expect(parse(buildSps({ vui: { sar: 3 } })).vui?.pixelAspectRatio).toBeCloseTo(10 / 11)
    expect(parse(buildSps({ vui: { sar: [0, 5] } })).vui?.pixelAspectRatio).toBe(1)
  })

  it('is used without its VUI where that ends early, as cameras write it', () => {
    const whole = buildSps({ vui: { timing: [1, 50], maxNumReorderFrames: 2 } })
    expect(parse(whole.subarray(0, whole.length - 3))).toMatchObject({ width: 640, vui: undefined })
  })

  it('is refused where it ends early or states what no level allows', () => {
    const sps = buildSps({ profileIdc: 100, scalingLists: true })
    for (const broken of [
      sps.subarray(0, 5),
      buildSps({ id: 32 }),
      buildSps({ widthInMacroblocks: 2000 }),
      buildSps({ widthInMacroblocks: 1000, heightInMapUnits: 1000 }),
      buildSps({ crop: [200, 200, 0, 0] }),
      buildPps(),
      new Uint8Array(0),
    ]) {
      expect(() => parse(broken)).toThrow(ProtocolError)
      onlyProtocolErrors(() => parse(broken))
    }
  })

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) =>
        onlyProtocolErrors(() => parse(Uint8Array.of(0x67, ...bytes))),
      ),
    )
    const sps = buildSps({ profileIdc: 100, scalingLists: true, vui: { sar: 1, hrd: true, maxNumReorderFrames: 1 } })
    fc.assert(
      fc.property(fc.nat(sps.length - 1), fc.nat(255), (at, byte) => {
        const changed = sps.slice()
        changed[at] = byte
        onlyProtocolErrors(() => parse(changed))
      }),
    )
  })
})

describe('the reorder depth', () => {
  it('is 0 where no picture can be reordered', () => {
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 66 })))).toBe(0)
    expect(statedReorderDepth(parse(buildSps({ picOrderCntType: 2 })))).toBe(0)
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 110, constraintFlags: 0x10 })))).toBe(0)
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 77, constraintFlags: 0x80 })))).toBe(0)
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 100, constraintFlags: 0x0c })))).toBe(0)
    // In High 10 the bit of constraint_set5_flag is reserved, in High that of constraint_set0_flag says nothing.
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 110, constraintFlags: 0x04 })))).toBeUndefined()
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 100, constraintFlags: 0x80 })))).toBeUndefined()
  })

  it('is what bitstream_restriction says, and open where nothing says it', () => {
    expect(statedReorderDepth(parse(buildSps({ vui: { maxNumReorderFrames: 0 } })))).toBe(0)
    expect(statedReorderDepth(parse(buildSps({ vui: { maxNumReorderFrames: 3 } })))).toBe(3)
    expect(statedReorderDepth(parse(buildSps({ profileIdc: 100 })))).toBeUndefined()
  })
})

describe('parameter sets', () => {
  it('make codec string, avcC and size', () => {
    const sets = new H264ParameterSets()
    const sps = buildSps({ profileIdc: 77, constraintFlags: 0x40, levelIdc: 31 })
    expect(sets.configuration()).toBeNull()
    expect(sets.add(sps)).toBe(true)
    expect(sets.configuration()).toBeNull()
    const pps = buildPps()
    expect(sets.add(pps)).toBe(true)
    const configuration = sets.configuration()
    expect(configuration).toMatchObject({ codec: 'avc1.4D401F', width: 640, height: 368, reorderDepth: 0 })
    expect([...(configuration?.description ?? [])]).toEqual([
      ...[1, 0x4d, 0x40, 0x1f, 0xff, 0xe1, 0, sps.length, ...sps],
      ...[1, 0, pps.length, ...pps],
    ])
    expect(avcCodecString(sps)).toBe('avc1.4D401F')
  })

  it('of high profiles state chroma format and bit depth in avcC', () => {
    const sets = new H264ParameterSets()
    sets.add(buildSps({ profileIdc: 122, chromaFormatIdc: 2 }))
    sets.add(buildPps())
    expect([...(sets.configuration()?.description.slice(-4) ?? [])]).toEqual([0xfe, 0xfa, 0xfa, 0])
  })

  it('change nothing when repeated, with zero bytes behind them or not', () => {
    const sets = new H264ParameterSets()
    sets.add(buildSps())
    sets.add(buildPps())
    expect(sets.add(buildSps())).toBe(false)
    expect(sets.add(Uint8Array.of(...buildPps(), 0, 0))).toBe(false)
    expect(sets.add(buildSps({ widthInMacroblocks: 20 }))).toBe(true)
    expect(sets.configuration()?.width).toBe(320)
    expect(sets.add(buildPps(1))).toBe(true)
    expect(sets.add(buildPps(0))).toBe(false)
  })

  it('state the deepest reordering that was seen, where the SPS states less or nothing', () => {
    const sets = new H264ParameterSets()
    sets.add(buildSps({ vui: { maxNumReorderFrames: 1 } }))
    sets.add(buildPps())
    expect([0, 1, 2, 1, 2, 3].map((depth) => sets.noteReordering(depth))).toEqual([
      ...['none', 'none', 'reorder-depth', 'none', 'none', 'reorder-depth'],
    ])
    expect(sets.configuration()?.reorderDepth).toBe(3)
    sets.add(buildSps())
    expect(sets.configuration()?.reorderDepth).toBe(0)
  })

  it('tell decoders that nothing is reordered where nothing can be, and no longer when the stream does it all the same', () => {
    const sets = new H264ParameterSets()
    const sps = buildSps({ profileIdc: 66 })
    sets.add(sps)
    sets.add(buildPps())
    const spsOf = (description: Uint8Array = new Uint8Array(0)) => description.subarray(8, 8 + (description[7] ?? 0))
    expect(parse(spsOf(sets.configuration()?.description)).vui?.maxNumReorderFrames).toBe(0)
    expect(sets.noteReordering(1)).toBe('parameter-sets')
    expect(spsOf(sets.configuration()?.description)).toEqual(sps)
    expect(sets.configuration()?.reorderDepth).toBe(1)
    expect(sets.noteReordering(2)).toBe('reorder-depth')
  })

  it('state whether pictures may be fields', () => {
    for (const frameMbsOnly of [true, false]) {
      const sets = new H264ParameterSets()
      sets.add(buildSps({ frameMbsOnly }))
      sets.add(buildPps())
      expect(sets.configuration()?.interlaced).toBe(!frameMbsOnly)
    }
  })
})

describe('NAL units', () => {
  it('are split at start codes of three and four bytes', () => {
    const stream = Uint8Array.of(0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 1, 0x65, 3)
    expect(splitAnnexB(stream).map((nal) => [...nal])).toEqual([
      [0x67, 1],
      [0x68, 2],
      [0x65, 3],
    ])
    expect(splitAnnexB(Uint8Array.of(0x67, 1, 2)).map((nal) => [...nal])).toEqual([[0x67, 1, 2]])
  })

  it('are searched for start codes as a plain search would', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 2, 3), { maxLength: 40 }), (values) => {
        const plain = values.findIndex((_, at) => values[at] === 0 && values[at + 1] === 0 && values[at + 2] === 1)
        expect(findStartCode(Uint8Array.from(values), 0, values.length)).toBe(plain < 0 ? values.length : plain)
      }),
    )
  })

  it('lose their emulation prevention bytes', () => {
    expect([...rbspOf(Uint8Array.of(0x67, 0, 0, 3, 1, 0, 0, 3))]).toEqual([0, 0, 1, 0, 0])
  })

  it('tell first slices and I slices by their first bits', () => {
    const slice = (firstMb: number, sliceType: number) =>
      new BitWriter().ue(firstMb).ue(sliceType).u(16, 0xabcd).nal(0x41)
    expect(startsPicture(slice(0, 5), 0)).toBe(true)
    expect(startsPicture(slice(40, 5), 0)).toBe(false)
    fc.assert(
      fc.property(fc.nat(139_263), fc.nat(9), (firstMb, sliceType) => {
        const nal = slice(firstMb, sliceType)
        expect(isIntraSlice(nal, 0, nal.length)).toBe(sliceType % 5 === 2)
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => void isIntraSlice(bytes, 0, bytes.length)))
  })

  it('of SEI tell a recovery point, also behind other messages', () => {
    const recovery = Uint8Array.of(6, 6, 1, 0x84, 0x80)
    const behind = Uint8Array.of(6, 5, 4, 0, 0, 3, 1, 6, 6, 1, 0x84, 0x80)
    const other = Uint8Array.of(6, 5, 4, 6, 6, 1, 0x84, 0x80)
    const count = (sei: Uint8Array) => recoveryFrameCount(sei, 0, sei.length)
    expect([recovery, behind, other].map(count)).toEqual([0, 0, -1])
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void count(bytes)))
  })

  it('of SEI tell after how many frames the picture has recovered', () => {
    for (const frames of [1, 25, 65_535]) {
      const payload = [...new BitWriter().ue(frames).u(4, 0).nal(0)].slice(1)
      const sei = Uint8Array.of(6, 6, payload.length, ...payload, 0x80)
      expect(recoveryFrameCount(sei, 0, sei.length)).toBe(frames)
    }
  })

  it('have emulation prevention bytes put in where they must be', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 2, 3, 4), { maxLength: 40 }), (payload) => {
        const rbsp = [...payload, 0x80]
        const nal = nalUnitOf(0x67, Uint8Array.from(rbsp))
        expect(findStartCode(nal, 0, nal.length)).toBe(nal.length)
        expect(nal.at(-1)).not.toBe(0)
        const text = Buffer.from(nal).toString('latin1')
        for (const forbidden of ['\0\0\0', '\0\0\x01', '\0\0\x02']) expect(text).not.toContain(forbidden)
        expect([...rbspOf(nal)]).toEqual(rbsp)
      }),
    )
  })
})
