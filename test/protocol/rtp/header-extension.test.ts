import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExtensionElements } from '../../../protocol/rtp/header-extension.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'

function withExtension(profile: number, body: readonly number[]): RtpPacket {
  const padded = [...body, ...new Array((4 - (body.length % 4)) % 4).fill(0)]
  const bytes = [
    0x90,
    96,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    profile >> 8,
    profile & 0xff,
    0,
    padded.length / 4,
    ...padded,
    7,
  ]
  const packet = new RtpPacket()
  expect(packet.read(Uint8Array.from(bytes))).toBe(true)
  expect(packet.payloadEnd - packet.payloadStart).toBe(1)
  return packet
}

function elementsOf(packet: RtpPacket): [number, number[]][] {
  const elements = new ExtensionElements()
  const found: [number, number[]][] = []
  elements.read(packet)
  while (elements.next()) found.push([elements.id, [...packet.bytes.subarray(elements.start, elements.end)]])
  return found
}

describe('the elements of a header extension (RFC 8285)', () => {
  it('are read in the one-byte form, past padding', () => {
    expect(elementsOf(withExtension(0xbede, [0x10, 0xaa, 0, 0x22, 1, 2, 3]))).toEqual([
      [1, [0xaa]],
      [2, [1, 2, 3]],
    ])
  })

  it('end at ID 15, and at ID 0 with a length, in the one-byte form', () => {
    expect(elementsOf(withExtension(0xbede, [0x10, 0xaa, 0xf0, 0x20, 9]))).toEqual([[1, [0xaa]]])
    expect(elementsOf(withExtension(0xbede, [0x10, 0xaa, 0x01, 0x20, 9]))).toEqual([[1, [0xaa]]])
  })

  it('are read in the two-byte form, empty ones too, whatever its application bits', () => {
    expect(elementsOf(withExtension(0x1007, [200, 0, 0, 15, 2, 5, 6]))).toEqual([
      [200, []],
      [15, [5, 6]],
    ])
  })

  it('stop in front of one that lies beyond the end', () => {
    expect(elementsOf(withExtension(0xbede, [0x10, 0xaa, 0x2f, 1]))).toEqual([[1, [0xaa]]])
    expect(elementsOf(withExtension(0x1000, [1, 200, 0, 0]))).toEqual([])
  })

  it('are none in an extension of another form, and in a packet without one', () => {
    expect(new ExtensionElements().read(withExtension(0xabac, [1, 2, 3, 4]))).toBe(false)
    expect(elementsOf(withExtension(0xabac, [1, 2, 3, 4]))).toEqual([])
    const plain = new RtpPacket()
    plain.read(Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1))
    expect(elementsOf(plain)).toEqual([])
  })

  it('lie within the extension, whatever it holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(0xbede, 0x1000), fc.array(fc.nat(255), { maxLength: 64 }), (profile, body) => {
        const packet = withExtension(profile, body)
        const elements = new ExtensionElements()
        elements.read(packet)
        let end = packet.extensionStart
        while (elements.next()) {
          expect(elements.start).toBeGreaterThan(end)
          end = elements.end
        }
        expect(end).toBeLessThanOrEqual(packet.extensionEnd)
      }),
    )
  })
})
