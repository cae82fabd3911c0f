import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mpeg4GenericDepacketizer } from '../../../protocol/depacketizer/mpeg4-generic.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { Mpeg4GenericPacketizer } from '../../../protocol/packetizer/mpeg4-generic.ts'
import { carry } from '../depacketizer/packets.ts'

describe('the MPEG-4 generic packetizer', () => {
  it('puts the AU header before a frame', () => {
    const [packet, ...more] = new Mpeg4GenericPacketizer().packetize(Uint8Array.of(0x21, 2, 3))
    expect(packet).toEqual({ payload: Uint8Array.of(0, 16, 0, 3 << 3, 0x21, 2, 3), marker: true })
    expect(more).toEqual([])
  })

  it('states the size of the whole frame in each fragment', () => {
    const packets = new Mpeg4GenericPacketizer({ maximumPayload: 604 }).packetize(new Uint8Array(1000))
    expect(packets.map(({ payload, marker }) => [[...payload.subarray(0, 4)], payload.length, marker])).toEqual([
      [[0, 16, 1000 >> 5, (1000 << 3) & 0xff], 604, false],
      [[0, 16, 1000 >> 5, (1000 << 3) & 0xff], 404, true],
    ])
  })

  it('refuses a frame that its 13 bits of size cannot tell', () => {
    expect(() => new Mpeg4GenericPacketizer().packetize(new Uint8Array(8192))).toThrow(ProtocolError)
  })

  it('and the depacketizer are inverse for any frames and any maximum', () => {
    // A bare frame never begins with the bits 111 (ID_END).
    const frame = fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => {
      bytes[0] = (bytes[0] ?? 0) & 0x7f
      return bytes
    })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.integer({ min: 5, max: 1500 }), (frames, maximumPayload) => {
        const packetizer = new Mpeg4GenericPacketizer({ maximumPayload })
        const depacketizer = new Mpeg4GenericDepacketizer({ config: Uint8Array.of(0x11, 0x90), clockRate: 48_000 })
        frames.forEach((bytes, index) => {
          for (const { payload } of packetizer.packetize(bytes))
            expect(payload.length).toBeLessThanOrEqual(maximumPayload)
          const units = carry(packetizer, depacketizer, bytes, index * 1024)
          expect(units).toMatchObject([{ data: [...bytes], timestamp: index * 1024, duration: 1024 }])
        })
        expect(depacketizer.statistics).toEqual({ units: frames.length, dropped: 0, malformed: 0 })
      }),
    )
  })
})
