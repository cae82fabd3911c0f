import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { H264Depacketizer } from '../../../protocol/depacketizer/h264.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { H264Packetizer } from '../../../protocol/packetizer/h264.ts'
import { buildPps, buildSps } from '../codec/sps-builder.ts'
import { carry, sample } from '../depacketizer/packets.ts'

const SPS = buildSps()
const PPS = buildPps()

/** Bytes as they stand in a NAL unit: never a start code. */
const body = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((bytes) => bytes.map((byte) => (byte < 4 ? byte + 4 : byte)))
const nal = (header: number, first: number) => body(400).map((rest) => Uint8Array.of(header, first, ...rest))

describe('the H.264 packetizer', () => {
  it('sends a small NAL unit as it is, with the marker on the last payload', () => {
    const payloads = new H264Packetizer().packetize(sample([0x41, 0x9a, 1], [0x41, 0x46, 2]))
    expect(payloads.map(({ payload, marker }) => [[...payload], marker])).toEqual([
      [[0x41, 0x9a, 1], false],
      [[0x41, 0x46, 2], true],
    ])
  })

  it('puts parameter sets before an IDR picture that has none, in a STAP-A', () => {
    const packetizer = new H264Packetizer({ parameterSets: [SPS, PPS] })
    const [stap, idr] = packetizer.packetize(sample([0x65, 0x88, 1]))
    expect([...(stap?.payload ?? [])]).toEqual([0x78, 0, SPS.length, ...SPS, 0, PPS.length, ...PPS])
    expect(idr?.marker).toBe(true)
    expect(packetizer.packetize(sample([0x41, 0x9a, 1]))).toHaveLength(1)
    expect(packetizer.packetize(sample(SPS, PPS, [0x65, 0x88, 1]))).toHaveLength(2)
  })

  it('fragments what is larger than the maximum', () => {
    const payloads = new H264Packetizer({ maximumPayload: 4 }).packetize(sample([0x65, 0x88, 1, 2, 3, 4]))
    expect(payloads.map(({ payload }) => [...payload])).toEqual([
      [0x7c, 0x85, 0x88, 1],
      [0x7c, 0x05, 2, 3],
      [0x7c, 0x45, 4],
    ])
  })

  it('refuses what is not a sample', () => {
    expect(() => new H264Packetizer().packetize(Uint8Array.of(0, 0, 0, 9, 1))).toThrow(ProtocolError)
    expect(() => new H264Packetizer().packetize(Uint8Array.of(0, 0))).toThrow(ProtocolError)
  })

  it('and the depacketizer are inverse for any pictures and any maximum', () => {
    const sei = fc.option(
      body(30).map((rest) => Uint8Array.of(6, 5, rest.length, ...rest, 0x80)),
      { nil: undefined },
    )
    const picture = (header: number) => fc.tuple(sei, nal(header, 0x88), fc.array(nal(header, 0x44), { maxLength: 3 }))
    const pictures = fc.tuple(picture(0x65), fc.array(picture(0x41), { maxLength: 5 }))
    fc.assert(
      fc.property(pictures, fc.integer({ min: 3, max: 500 }), ([first, others], maximumPayload) => {
        const packetizer = new H264Packetizer({ maximumPayload, parameterSets: [SPS, PPS] })
        const depacketizer = new H264Depacketizer({ parameterSets: [] })
        ;[first, ...others].forEach(([before, head, more], index) => {
          const unit = sample(...(before ? [before] : []), head, ...more)
          for (const { payload } of packetizer.packetize(unit))
            expect(payload.length).toBeLessThanOrEqual(maximumPayload)
          const units = carry(packetizer, depacketizer, unit, index * 3000)
          expect(units).toHaveLength(1)
          expect(units[0]).toMatchObject({ data: [...unit], timestamp: index * 3000, randomAccess: index === 0 })
        })
        expect(depacketizer.statistics).toMatchObject({ dropped: 0, malformed: 0 })
      }),
    )
  })
})
