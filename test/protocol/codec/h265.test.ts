import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hevcCodecString, layerIdOf, rbspOf, slicePictureParameterSetId, typeOf } from '../../../protocol/codec/h265.ts'
import { addAll, H265ParameterSets } from '../../../protocol/codec/h265-parameter-sets.ts'
import { parseSequenceParameterSet } from '../../../protocol/codec/h265-sps.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { buildPps, buildSlice, buildSps, buildVps } from './h265-builder.ts'

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

describe('a sequence parameter set of H.265', () => {
  it('gives the size in pixels within the conformance window', () => {
    expect(parse(buildSps({ width: 1920, height: 1088, window: [0, 0, 0, 4] }))).toMatchObject({
      width: 1920,
      height: 1080,
    })
    expect(parse(buildSps({ window: [1, 2, 3, 4] }))).toMatchObject({ width: 640 - 6, height: 360 - 14 })
  })

  it.each([
    [0, 1, 1],
    [1, 2, 2],
    [2, 2, 1],
    [3, 1, 1],
  ])('counts the window in units of the chroma format %i', (chromaFormatIdc, unitX, unitY) => {
    const sps = parse(buildSps({ chromaFormatIdc, window: [0, 1, 0, 1], bitDepth: 10 }))
    expect(sps).toMatchObject({ chromaFormatIdc, width: 640 - unitX, height: 360 - unitY, bitDepthLuma: 10 })
  })

  it('states the reorder depth of the highest sub-layer, whether the others are stated or not', () => {
    expect(parse(buildSps({ reorder: [2] }))).toMatchObject({ reorderDepth: 2, temporalLayers: 1 })
    expect(parse(buildSps({ subLayers: 3, reorder: [0, 1, 3] }))).toMatchObject({ reorderDepth: 3, temporalLayers: 3 })
    expect(parse(buildSps({ subLayers: 3, reorder: [2] }))).toMatchObject({ reorderDepth: 2 })
  })

  it('reorders no more pictures than it has room for', () => {
    expect(parse(buildSps({ reorder: [9], maxDecPicBufferingMinus1: 4 })).reorderDepth).toBe(4)
  })

  it('is read behind profiles and levels of sub-layers', () => {
    const sps = buildSps({ subLayers: 4, subLayersTellProfileAndLevel: true, reorder: [0, 0, 1, 2], width: 1280 })
    expect(parse(sps)).toMatchObject({ width: 1280, reorderDepth: 2, temporalLayers: 4 })
  })

  it('is read behind scaling lists, PCM and long-term reference pictures', () => {
    const sps = buildSps({ scalingLists: true, pcm: true, longTerm: 3, vui: { timing: [1, 30] } })
    expect(parse(sps).vui?.pictureSeconds).toBeCloseTo(1 / 30)
  })

  it('is read behind reference picture sets, stated and predicted from each other', () => {
    const sps = buildSps({
      referencePictureSets: (w) => {
        w.ue(4)
        // -1, -3 and +2
        w.ue(2).ue(1).ue(0).u(1, 1).ue(1).u(1, 1).ue(1).u(1, 0)
        // By +1: 0, which is the picture itself and goes, -2, +3, +1; the flag of -2 says that it is not used: three.
        w.u(1, 1).u(1, 0).ue(0).u(1, 1).u(1, 0).u(1, 1).u(1, 1).u(1, 1)
        // By -3: of -2, 1, 3 and the set itself -5, -2, none and -3; one is left out: two.
        w.u(1, 1).u(1, 1).ue(2).u(1, 1).u(1, 0).u(1, 0).u(1, 1).u(1, 1)
        // By +2, of two: three flags.
        w.u(1, 1).u(1, 0).ue(1).u(1, 1).u(1, 1).u(1, 1)
      },
      vui: { sar: [4, 3], timing: [1, 25] },
    })
    expect(parse(sps).vui).toEqual({ pixelAspectRatio: 4 / 3, fieldSequence: false, pictureSeconds: 0.04 })
  })

  it('states shape and timing in its VUI', () => {
    expect(parse(buildSps({ vui: { sar: 3 } })).vui?.pixelAspectRatio).toBeCloseTo(10 / 11)
    expect(parse(buildSps({ vui: { sar: [0, 5] } })).vui?.pixelAspectRatio).toBe(1)
    expect(parse(buildSps({ vui: { defaultWindow: true, timing: [1001, 30_000] } })).vui?.pictureSeconds).toBeCloseTo(
      1001 / 30_000,
    )
  })

  it('says whether the pictures are interlaced, by their source or as fields', () => {
    const source = (flags: number) => parse(buildSps({ constraintFlags: [flags, 0, 0, 0, 0, 0] })).interlaced
    // general_progressive_source_flag, general_interlaced_source_flag; both: each picture says it.
    expect([0x00, 0x80, 0x40, 0xc0].map(source)).toEqual([false, false, true, false])
    expect(parse(buildSps({ vui: { fieldSequence: true } })).interlaced).toBe(true)
  })

  it('is used without its VUI where that ends early, as cameras write it', () => {
    const whole = buildSps({ vui: { timing: [1, 50] } })
    expect(parse(whole.subarray(0, whole.length - 5))).toMatchObject({ width: 640, vui: undefined })
  })

  it('is refused where it ends early or states what no level allows', () => {
    for (const broken of [
      buildSps().subarray(0, 12),
      buildSps({ id: 16 }),
      buildSps({ width: 40_000 }),
      buildSps({ width: 20_000, height: 20_000 }),
      buildSps({ width: 0 }),
      buildSps({ window: [160, 160, 0, 0] }),
      buildSps({ maxDecPicBufferingMinus1: 16 }),
      buildSps({ bitDepth: 17 }),
      buildSps({ longTerm: 33 }),
      buildSps({ referencePictureSets: (w) => w.ue(65) }),
      buildSps({ referencePictureSets: (w) => w.ue(1).ue(9).ue(8) }),
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
        onlyProtocolErrors(() => parse(Uint8Array.of(0x42, 1, ...bytes))),
      ),
    )
    const sps = buildSps({ scalingLists: true, pcm: true, subLayers: 3, vui: { sar: 1, timing: [1, 25] } })
    fc.assert(
      fc.property(fc.nat(sps.length - 1), fc.nat(255), (at, byte) => {
        const changed = sps.slice()
        changed[at] = byte
        onlyProtocolErrors(() => parse(changed))
      }),
    )
  })
})

describe('the codec string of H.265', () => {
  // ISO/IEC 14496-15 section E.3.
  it.each([
    ['Main', {}, 'hvc1.1.6.L93.90'],
    ['Main 10', { profile: 2, compatibilityFlags: 0x2000_0000, levelIdc: 120 }, 'hvc1.2.4.L120.90'],
    [
      'range extensions 4:2:2',
      { profile: 4, compatibilityFlags: 0x0800_0000, constraintFlags: [0x9d, 8, 0, 0, 0, 0] },
      'hvc1.4.10.L93.9D.8',
    ],
    ['the high tier', { profile: 0x21, levelIdc: 153, constraintFlags: [0xb0, 0, 0, 0, 0, 0] }, 'hvc1.1.6.H153.B0'],
    ['a profile space', { profile: 0xc1, constraintFlags: [0, 0, 0, 0, 0, 0] }, 'hvc1.C1.6.L93'],
    ['a constraint in the last byte', { constraintFlags: [0, 0, 0, 0, 0, 0x10] }, 'hvc1.1.6.L93.0.0.0.0.0.10'],
  ])('says %s', (_, fields, codec) => {
    expect(hevcCodecString(parse(buildSps(fields)).profileTierLevel)).toBe(codec)
  })
})

describe('parameter sets of H.265', () => {
  const setsOf = (...nalUnits: Uint8Array[]) => {
    const sets = new H265ParameterSets()
    for (const nal of nalUnits) sets.add(nal)
    return sets
  }

  it('make codec string, hvcC and size', () => {
    const sets = new H265ParameterSets()
    const [vps, sps, pps] = [buildVps(), buildSps({ bitDepth: 10, subLayers: 2, reorder: [1, 2] }), buildPps()]
    for (const nal of [pps, sps, vps]) {
      expect(sets.configuration(0)).toBeNull()
      expect(sets.add(nal)).toBe(true)
    }
    const configuration = sets.configuration(0)
    expect(configuration).toMatchObject({ codec: 'hvc1.1.6.L93.90', width: 640, height: 360, reorderDepth: 2 })
    expect(configuration).not.toHaveProperty('interlaced')
    expect([...(configuration?.description ?? [])]).toEqual([
      ...[1, 0x01, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93],
      ...[0xf0, 0, 0xfc, 0xfd, 0xfa, 0xfa, 0, 0, (2 << 3) | 4 | 3, 3],
      ...[0xa0, 0, 1, 0, vps.length, ...vps],
      ...[0xa1, 0, 1, 0, sps.length, ...sps],
      ...[0xa2, 0, 1, 0, pps.length, ...pps],
    ])
    expect(sets.configuration(1)).toBeNull()
  })

  it('state that the pictures are interlaced', () => {
    const sets = setsOf(buildVps(), buildSps({ constraintFlags: [0x40, 0, 0, 0, 0, 0] }), buildPps())
    expect(sets.configuration(0)?.interlaced).toBe(true)
  })

  it('change nothing when repeated, with zero bytes behind them or not', () => {
    const sets = setsOf(buildVps(), buildSps(), buildPps())
    expect(sets.add(buildVps())).toBe(false)
    expect(sets.add(buildSps())).toBe(false)
    expect(sets.add(Uint8Array.of(...buildPps(), 0, 0))).toBe(false)
    expect(sets.add(buildVps(0, 0xd))).toBe(true)
    expect(sets.add(buildSps({ width: 320 }))).toBe(true)
    expect(sets.configuration(0)?.width).toBe(320)
    expect(sets.add(buildPps(0, 0, 0x2b))).toBe(true)
  })

  it('are chosen by the picture, among several of each', () => {
    const sets = setsOf(
      buildVps(),
      buildSps(),
      buildSps({ id: 1, width: 320 }),
      buildPps(),
      buildPps(7, 1),
      buildPps(63, 2),
    )
    expect(sets.configuration(0)?.width).toBe(640)
    expect(sets.configuration(7)?.width).toBe(320)
    expect(sets.configuration(63)).toBeNull()
    // The same sets, but another is active: a decoder is told.
    expect(sets.configuration(7)?.description).not.toEqual(sets.configuration(0)?.description)
    expect(sets.configuration(7)?.description).toHaveLength(sets.configuration(0)?.description.length ?? 0)
  })

  it('are taken from what an SDP has, but for what is none, is of another layer or cannot be read', () => {
    const sets = new H265ParameterSets()
    const ofLayer1 = buildSps({ width: 1280 })
    ofLayer1[1] = 0x09
    expect(addAll(sets, [buildVps(), buildSps(), buildPps(), Uint8Array.from(buildSlice(19)), ofLayer1])).toBe(0)
    expect(addAll(sets, [Uint8Array.of(0x42, 1, 1), Uint8Array.of(0x44, 1), Uint8Array.of(0x40, 1)])).toBe(3)
    expect(sets.configuration(0)?.width).toBe(640)
    expect(() => sets.add(Uint8Array.of(0x4e, 1, 5))).toThrow(ProtocolError)
    expect(() => sets.add(buildPps(64))).toThrow(ProtocolError)
    expect(() => sets.add(buildPps(0, 16))).toThrow(ProtocolError)
  })
})

describe('NAL units of H.265', () => {
  it('tell type and layer in their header', () => {
    expect([typeOf(0x42), layerIdOf(0x42, 0x01), layerIdOf(0x42, 0x09), layerIdOf(0x43, 0x01)]).toEqual([33, 0, 1, 32])
  })

  it('lose their header and their emulation prevention bytes', () => {
    expect([...rbspOf(Uint8Array.of(0x42, 1, 0, 0, 3, 1, 0, 0, 3))]).toEqual([0, 0, 1, 0, 0])
  })

  it('of slices tell their PPS by their first bits', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 9, 16, 19, 21, 23), fc.boolean(), fc.nat(63), (type, first, ppsId) => {
        const nal = Uint8Array.of(9, ...buildSlice(type, { first, ppsId }))
        expect(slicePictureParameterSetId(nal, 1, nal.length)).toBe(ppsId)
      }),
    )
    expect(slicePictureParameterSetId(Uint8Array.of(2, 1, 0x80, 0x00), 0, 4)).toBe(-1)
    expect(slicePictureParameterSetId(Uint8Array.of(2, 1), 0, 2)).toBe(-1)
  })
})
