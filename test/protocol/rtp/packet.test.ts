import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader } from '../../../protocol/rtp/packet.ts'

const HEADER = [0x80, 0xe0, 0x12, 0x34, 0xff, 0xff, 0xff, 0xfe, 0x80, 0, 0, 1]
const read = (...bytes: number[]) => {
  const packet = new RtpPacket()
  return packet.read(Uint8Array.from(bytes)) ? packet : null
}
const payload = (packet: RtpPacket | null) =>
  packet && [...packet.bytes.subarray(packet.payloadStart, packet.payloadEnd)]

describe('an RTP packet', () => {
  it('gives its header and where its payload lies', () => {
    const packet = read(...HEADER, 1, 2, 3)
    expect(packet).toMatchObject({
      marker: true,
      payloadType: 96,
      sequenceNumber: 0x1234,
      timestamp: 0xffff_fffe,
      ssrc: 0x8000_0001,
      extensionProfile: -1,
    })
    expect(payload(packet)).toEqual([1, 2, 3])
  })

  it('may stand anywhere in a larger buffer', () => {
    const packet = new RtpPacket()
    expect(packet.read(Uint8Array.from([9, 9, ...HEADER, 7, 9]), 2, 15)).toBe(true)
    expect(payload(packet)).toEqual([7])
  })

  it('has its payload behind contributing sources and a header extension, and before padding', () => {
    const [, ...rest] = HEADER
    const packet = read(0xb1, ...rest, 0, 0, 0, 5, 0xab, 0xac, 0, 1, 1, 2, 3, 4, 42, 43, 0, 0, 3)
    expect(payload(packet)).toEqual([42, 43])
    expect(packet).toMatchObject({ contributingSources: 1, padding: 3, extensionProfile: 0xabac })
    expect([packet?.contributingSource(0), packet?.contributingSource(1), packet?.contributingSource(-1)]).toEqual([
      5,
      undefined,
      undefined,
    ])
    expect([...(packet?.bytes.subarray(packet.extensionStart, packet.extensionEnd) ?? [])]).toEqual([1, 2, 3, 4])
  })

  it.each([
    ['too short', HEADER.slice(0, 11)],
    ['of another version', [0x40, ...HEADER.slice(1)]],
    ['whose contributing sources lie beyond its end', [0x8f, ...HEADER.slice(1), 1]],
    ['whose extension lies beyond its end', [0x90, ...HEADER.slice(1), 0xab, 0xac, 0xff, 0xff]],
    ['with more padding than payload', [0xa0, ...HEADER.slice(1), 1, 9]],
  ])('is refused when %s', (_, bytes) => {
    expect(read(...bytes)).toBeNull()
  })

  it('is read as it was written, and any bytes are read or refused', () => {
    const header = fc.record({
      marker: fc.boolean(),
      payloadType: fc.nat(127),
      sequenceNumber: fc.nat(0xffff),
      timestamp: fc.nat(0xffff_ffff),
      ssrc: fc.nat(0xffff_ffff),
    })
    fc.assert(
      fc.property(header, fc.uint8Array(), (fields, body) => {
        const bytes = new Uint8Array(RTP_HEADER_BYTES + body.length)
        writeRtpHeader(bytes, 0, fields)
        bytes.set(body, RTP_HEADER_BYTES)
        const packet = new RtpPacket()
        expect(packet.read(bytes)).toBe(true)
        expect(packet).toMatchObject(fields)
        expect(payload(packet)).toEqual([...body])
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof new RtpPacket().read(bytes) === 'boolean'))
  })
})
