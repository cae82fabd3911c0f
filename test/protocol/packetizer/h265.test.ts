import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { H265Depacketizer } from '../../../protocol/depacketizer/h265.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { H265Packetizer } from '../../../protocol/packetizer/h265.ts'
import { buildPps, buildSlice, buildSps, buildVps } from '../codec/h265-builder.ts'
import { carry, sample } from '../depacketizer/packets.ts'

const PARAMETER_SETS = [buildVps(), buildSps(), buildPps()]
const [VPS = new Uint8Array(0), SPS = VPS, PPS = VPS] = PARAMETER_SETS
const AUD = [0x46, 0x01, 0x50]
const IDR = buildSlice(19)
const u16 = (value: number) => [value >> 8, value & 0xff]

const payloadsOf = (packetizer: H265Packetizer, ...nalUnits: (Uint8Array | number[])[]) =>
  packetizer.packetize(sample(...nalUnits)).map(({ payload }) => [...payload])

/** Bytes as they stand in a NAL unit: never a start code. */
const body = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((bytes) => bytes.map((byte) => (byte < 4 ? byte + 4 : byte)))
const slice = (type: number, first: boolean) =>
  body(150).map((rest) => Uint8Array.of(...buildSlice(type, { first }), ...rest))

describe('the H.265 packetizer', () => {
  it('sends a small slice as it is, with the marker on the last payload', () => {
    const [first, second] = [buildSlice(1), buildSlice(1, { first: false })]
    const payloads = new H265Packetizer().packetize(sample(first, second))
    expect(payloads.map(({ payload, marker }) => [[...payload], marker])).toEqual([
      [first, false],
      [second, true],
    ])
  })

  it('puts parameter sets before an IRAP picture that has none, in one aggregation packet', () => {
    const packetizer = new H265Packetizer({ parameterSets: PARAMETER_SETS })
    const sets = [VPS, SPS, PPS].flatMap((nal) => [...u16(nal.length), ...nal])
    expect(payloadsOf(packetizer, IDR)).toEqual([[0x60, 0x01, ...sets], IDR])
    expect(payloadsOf(packetizer, AUD, IDR)).toEqual([[0x60, 0x01, ...u16(3), ...AUD, ...sets], IDR])
    expect(payloadsOf(packetizer, buildSlice(1))).toHaveLength(1)
    expect(payloadsOf(packetizer, VPS, SPS, PPS, IDR)).toHaveLength(2)
  })

  it('gives an aggregation packet the lowest layer and temporal ID of its NAL units', () => {
    const [payload] = payloadsOf(new H265Packetizer(), [0x4e, 0x1b, 5], [0x4e, 0x0a, 5], [0xce, 0x13, 5])
    expect(payload?.slice(0, 2)).toEqual([0x80 | 0x60, 0x0a])
  })

  it('fragments what is larger than the maximum', () => {
    const payloads = payloadsOf(new H265Packetizer({ maximumPayload: 5 }), [0x27, 0x0a, 0x80, 1, 2, 3, 4])
    expect(payloads).toEqual([
      [0x63, 0x0a, 0x93, 0x80, 1],
      [0x63, 0x0a, 0x13, 2, 3],
      [0x63, 0x0a, 0x53, 4],
    ])
  })

  it('refuses what is not a sample', () => {
    for (const bytes of [
      [0, 0, 0, 9, 1],
      [0, 0],
      [0, 0, 0, 1, 0x26],
    ])
      expect(() => new H265Packetizer().packetize(Uint8Array.from(bytes))).toThrow(ProtocolError)
  })

  it('and the depacketizer are inverse for any pictures and any maximum', () => {
    const sei = fc.option(
      body(30).map((rest) => Uint8Array.of(0x4e, 1, 5, rest.length, ...rest, 0x80)),
      { nil: undefined },
    )
    const picture = (type: number) =>
      fc.tuple(sei, slice(type, true), fc.array(slice(type, false), { maxLength: 3 }), fc.constant(type))
    const others = fc.array(fc.constantFrom(0, 1, 9, 21).chain(picture), { maxLength: 5 })
    fc.assert(
      fc.property(picture(20), others, fc.integer({ min: 4, max: 200 }), (first, others, maximumPayload) => {
        const packetizer = new H265Packetizer({ maximumPayload, parameterSets: PARAMETER_SETS })
        const depacketizer = new H265Depacketizer({ parameterSets: [] })
        // RASL pictures follow a CRA picture, which is one that is not started at.
        const pictures = [first, ...others.filter(([, , , type]) => type === 21), ...others]
        pictures.forEach(([before, head, more, type], index) => {
          const unit = sample(...(before ? [before] : []), head, ...more)
          for (const { payload } of packetizer.packetize(unit))
            expect(payload.length).toBeLessThanOrEqual(maximumPayload)
          const units = carry(packetizer, depacketizer, unit, index * 3000)
          if (type === 9 && !pictures.slice(0, index).some(([, , , type]) => type === 21)) {
            expect(units).toHaveLength(0)
            return
          }
          expect(units).toHaveLength(1)
          expect(units[0]).toMatchObject({ data: [...unit], timestamp: index * 3000, randomAccess: type >= 16 })
        })
        expect(depacketizer.statistics.malformed).toBe(0)
      }),
    )
  })
})
