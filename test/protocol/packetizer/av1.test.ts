import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ObuType } from '../../../protocol/codec/av1.ts'
import { Av1Depacketizer } from '../../../protocol/depacketizer/av1.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { Av1Packetizer } from '../../../protocol/packetizer/av1.ts'
import { bareObu, INTER_FRAME, KEY_FRAME, obu, SEQUENCE_HEADER, TEMPORAL_DELIMITER } from '../codec/av1-builder.ts'
import { carry } from '../depacketizer/packets.ts'

const packetize = (unit: readonly number[], maximumPayload?: number) =>
  new Av1Packetizer(maximumPayload === undefined ? {} : { maximumPayload })
    .packetize(Uint8Array.from(unit))
    .map(({ payload, marker }) => [[...payload], marker])

const SEQUENCE = obu(ObuType.SequenceHeader, SEQUENCE_HEADER)
const KEY = obu(ObuType.Frame, KEY_FRAME)

describe('the AV1 packetizer', () => {
  it('sends the OBUs of a unit together, without sizes, with N where a sequence begins', () => {
    const element = bareObu(ObuType.SequenceHeader, SEQUENCE_HEADER)
    expect(packetize([...SEQUENCE, ...KEY])).toEqual([
      [[0x28, element.length, ...element, ...bareObu(ObuType.Frame, KEY_FRAME)], true],
    ])
    expect(packetize(obu(ObuType.Frame, INTER_FRAME))).toEqual([[[0x10, ...bareObu(6, INTER_FRAME)], true]])
  })

  it('does not send temporal delimiters, tile lists and padding', () => {
    const unit = [...TEMPORAL_DELIMITER, ...obu(ObuType.TileList, [1]), ...KEY, ...obu(ObuType.Padding, [0, 0])]
    expect(packetize(unit)).toEqual([[[0x10, ...bareObu(ObuType.Frame, KEY_FRAME)], true]])
    expect(packetize(TEMPORAL_DELIMITER)).toEqual([])
  })

  it('sends an OBU in fragments, with Z and Y, the marker on the last', () => {
    expect(packetize(obu(ObuType.Frame, [1, 2, 3, 4, 5]), 3)).toEqual([
      [[0x50, 0x30, 1], false],
      [[0xd0, 2, 3], false],
      [[0x90, 4, 5], true],
    ])
  })

  it('fills up a payload with the beginning of the next OBU', () => {
    expect(packetize([...obu(ObuType.Metadata, [1]), ...obu(ObuType.Frame, [2, 3])], 5)).toEqual([
      [[0x60, 2, 0x28, 1, 0x30], false],
      [[0x90, 2, 3], true],
    ])
  })

  it('puts three OBUs into a payload at most', () => {
    const unit = Array.from({ length: 4 }, (_, index) => obu(ObuType.TileGroup, [index])).flat()
    expect(packetize(unit)).toEqual([
      [[0x30, 2, 0x20, 0, 2, 0x20, 1, 0x20, 2], false],
      [[0x10, 0x20, 3], true],
    ])
  })

  it('refuses what is no temporal unit', () => {
    for (const unit of [[0x80], [0x32, 5, 1], [0x32]]) expect(() => packetize(unit)).toThrow(ProtocolError)
  })

  it('and the depacketizer are inverse for any units and any maximum', () => {
    const part = fc
      .tuple(
        fc.constantFrom(ObuType.Metadata, ObuType.TileGroup),
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.nat(255), { nil: undefined }),
      )
      .map(([type, payload, extension]) => obu(type, payload, extension))
    const frame = (first: number) =>
      fc.uint8Array({ maxLength: 500 }).map((rest) => obu(ObuType.Frame, [first, ...rest]))
    const unit = (...head: fc.Arbitrary<number[]>[]) =>
      fc
        .tuple(
          ...head,
          fc.array(part, { maxLength: 6 }).map((parts) => parts.flat()),
        )
        .map((parts) => parts.flat())
    const units = fc.tuple(unit(fc.constant(SEQUENCE), frame(0x10)), fc.array(unit(frame(0x30)), { maxLength: 4 }))
    fc.assert(
      fc.property(units, fc.integer({ min: 2, max: 600 }), ([first, others], maximumPayload) => {
        const packetizer = new Av1Packetizer({ maximumPayload })
        const depacketizer = new Av1Depacketizer()
        for (const [index, bytes] of [first, ...others].entries()) {
          for (const { payload } of packetizer.packetize(Uint8Array.from(bytes))) {
            expect(payload.length).toBeLessThanOrEqual(maximumPayload)
          }
          expect(carry(packetizer, depacketizer, Uint8Array.from(bytes), index * 3000)).toMatchObject([
            { data: bytes, timestamp: index * 3000, randomAccess: index === 0 },
          ])
        }
        expect(depacketizer.statistics).toMatchObject({ dropped: 0, malformed: 0 })
      }),
    )
  })
})
