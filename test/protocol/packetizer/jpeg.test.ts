import { describe, expect, it } from 'vitest'
import { readJpegHeader } from '../../../protocol/codec/jpeg-header.ts'
import { scaledQuantizationTables } from '../../../protocol/codec/jpeg-tables.ts'
import { JpegDepacketizer } from '../../../protocol/depacketizer/jpeg.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { JpegPacketizer } from '../../../protocol/packetizer/jpeg.ts'
import { type JpegOptions, jpegFile } from '../codec/jpeg-builder.ts'
import { carry } from '../depacketizer/packets.ts'

const refusal = (file: Uint8Array): string => {
  try {
    new JpegPacketizer().packetize(file)
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ code: 'payload-syntax' })
    return (error as ProtocolError).message
  }
  return expect.fail('it should have been refused')
}
const WIDE = scaledQuantizationTables(20).map((table) => Uint8Array.from([...table].flatMap((value) => [1, value])))
const OTHER = [new Uint8Array(64).fill(3), new Uint8Array(64).fill(4)]

describe('a JPEG file', () => {
  it.each<[string, JpegOptions]>([
    ['4:2:0', { width: 320, height: 240 }],
    ['4:2:2', { width: 320, height: 240, sampling: '4:2:2' }],
    ['4:2:0 with restart markers', { width: 320, height: 240, restartInterval: 20 }],
    ['4:2:2 with restart markers', { width: 320, height: 240, sampling: '4:2:2', restartInterval: 7 }],
    ['Q 1', { width: 320, height: 240, quantization: scaledQuantizationTables(1) }],
    ['Q 99', { width: 320, height: 240, quantization: scaledQuantizationTables(99) }],
    ['tables of its own', { width: 320, height: 240, quantization: OTHER }],
    ['tables of 16 bits', { width: 320, height: 240, quantization: WIDE }],
    ['the largest sides', { width: 2040, height: 2040 }],
    ['2560x1440', { width: 2560, height: 1440 }],
  ])('comes back as it went: %s', (_, options) => {
    const file = jpegFile(options)
    for (const maximumPayload of [300, 1400]) {
      const { width, height } = options
      const target = new JpegDepacketizer({ size: { width, height } })
      const units = carry(new JpegPacketizer({ maximumPayload }), target, file, 90)
      expect(units).toHaveLength(1)
      expect(Buffer.from(units[0]?.data ?? []).equals(file)).toBe(true)
      expect(target.statistics).toEqual({ units: 1, dropped: 0, malformed: 0 })
    }
  })

  it('is cut into payloads no larger than allowed, the last with the marker', () => {
    const payloads = new JpegPacketizer({ maximumPayload: 500 }).packetize(
      jpegFile({ width: 320, height: 240, quantization: OTHER, restartInterval: 3 }),
    )
    expect(payloads.length).toBeGreaterThan(3)
    for (const { payload } of payloads) expect(payload.length).toBeLessThanOrEqual(500)
    expect(payloads.map(({ marker }) => marker)).toEqual(payloads.map((_, index) => index === payloads.length - 1))
  })

  it('tells scaled tables by their Q, and sends others with the first fragment', () => {
    const packetizer = new JpegPacketizer()
    const q = (quantization: JpegOptions['quantization']) =>
      packetizer.packetize(jpegFile({ width: 64, height: 48, ...(quantization ? { quantization } : {}) }))[0]
        ?.payload[5]
    expect(q(undefined)).toBe(50)
    for (let quality = 1; quality < 100; quality += 7) expect(q(scaledQuantizationTables(quality))).toBe(quality)
    expect(q(OTHER)).toBe(255)
    expect(q(scaledQuantizationTables(99))).toBe(99)
  })

  it('states no size beyond 2040 pixels', () => {
    const [first] = new JpegPacketizer().packetize(jpegFile({ width: 2048, height: 16 }))
    expect([...(first?.payload.subarray(6, 8) ?? [])]).toEqual([0, 2])
  })

  it('without EOI, or with something behind it, is carried all the same', () => {
    const file = jpegFile({ width: 64, height: 48 })
    const packets = new JpegPacketizer().packetize(file)
    expect(new JpegPacketizer().packetize(file.subarray(0, -2))).toEqual(packets)
    expect(new JpegPacketizer().packetize(Uint8Array.from([...file, 0, 0, 0xff, 0xda]))).toEqual(packets)
  })
})

describe('what RFC 2435 cannot carry is refused', () => {
  const file = jpegFile({ width: 64, height: 48 })
  const scanStart = readJpegHeader(file).scanStart
  const sof = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === 0xc0)
  const huffman = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === 0xc4)

  it.each<[string, Uint8Array, RegExp]>([
    ['no JPEG', Uint8Array.of(1, 2, 3), /SOI/],
    ['nothing', new Uint8Array(0), /SOI/],
    ['a picture without data', file.subarray(0, scanStart), /no entropy-coded data/],
    ['a picture of EOI alone', Uint8Array.of(...file.subarray(0, scanStart), 0xff, 0xd9), /no entropy-coded data/],
    ['a header alone', file.subarray(0, 40), /left|no frame/],
    ['a progressive picture', file.with(sof + 1, 0xc2), /c2 is not of a sequential picture/],
    ['samples of 12 bits', file.with(sof + 4, 12), /12 bits/],
    ['4:4:4', jpegFile({ width: 64, height: 48, sampling: '4:4:4' }), /sampling factors of 1x1 1x1 1x1/],
    ["ffmpeg's 4:2:2, with 2x2 and 1x2", file.with(sof + 14, 0x12).with(sof + 17, 0x12), /of 2x2 1x2 1x2/],
    ['grey', jpegFile({ width: 64, height: 48, sampling: 'grey' }), /1 components/],
    ['three quantization tables', file.with(sof + 18, 0), /three quantization tables/],
    ['a missing quantization table', file.with(sof + 12, 3), /lacks a quantization table/],
    ['Huffman tables of its own', file.with(huffman + 21, 9), /Huffman tables of its own/],
    ['a width of 60', jpegFile({ width: 60, height: 48 }), /side of 60 pixels/],
    ['a height of 0', file.with(sof + 6, 0), /side of 0 pixels/],
    ['several scans', Uint8Array.from([...file.subarray(0, -2), ...file.subarray(scanStart - 14)]), /several scans/],
    ['a scan of one component', file.with(scanStart - 10, 1), /several scans|sequential|marker|left/],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)).toMatch(message)
  })

  it('at any cut, or is carried', () => {
    for (let length = 0; length < file.length; length++) {
      try {
        new JpegPacketizer().packetize(file.subarray(0, length))
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }
  })
})
