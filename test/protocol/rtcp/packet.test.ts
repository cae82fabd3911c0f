import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { writeApplicationDefined } from '../../../protocol/rtcp/application-defined.ts'
import { writeFullIntraRequest, writePictureLossIndication } from '../../../protocol/rtcp/feedback.ts'
import { writeGoodbye } from '../../../protocol/rtcp/goodbye.ts'
import { looksLikeRtcp, readCompound } from '../../../protocol/rtcp/packet.ts'
import { writeReceiverReport } from '../../../protocol/rtcp/receiver-report.ts'
import { ntpFromUnix, unixFromNtp, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { writeSourceDescription } from '../../../protocol/rtcp/source-description.ts'

const block = {
  ssrc: 0xffff_fff0,
  fractionLost: 12,
  cumulativeLost: -3,
  highestSequence: 0x1_0002,
  jitter: 77,
  lastSenderReport: 0xdead_beef,
  delaySinceLastSenderReport: 65_536,
}
const report = {
  ssrc: 1,
  ntpSeconds: 0xec00_0000,
  ntpFraction: 0x8000_0000,
  rtpTimestamp: 0xffff_ffff,
  packetCount: 3,
  octetCount: 4,
}
const written = (write: (writer: ByteWriter) => void) => {
  const writer = new ByteWriter(4)
  write(writer)
  return writer.toBytes()
}

describe('a compound RTCP packet', () => {
  it('is read as it was written', () => {
    const bytes = written((writer) => {
      writeSenderReport(writer, { ...report, reports: [block] })
      writeReceiverReport(writer, { ssrc: 2, reports: [block, block] })
      writeSourceDescription(writer, 2, 'viewer-7')
      writeGoodbye(writer, [2, 3])
    })
    expect(bytes.length % 4).toBe(0)
    expect(readCompound(bytes)).toEqual({
      complete: true,
      packets: [
        { type: 'SR', ...report, reports: [block] },
        { type: 'RR', ssrc: 2, reports: [block, block] },
        { type: 'SDES', sources: [{ ssrc: 2, cname: 'viewer-7' }] },
        { type: 'BYE', ssrcs: [2, 3] },
      ],
    })
  })

  it('gives what stands before and behind a malformed source description', () => {
    const bytes = Uint8Array.from([
      ...written((writer) => writeSenderReport(writer, { ...report, reports: [] })),
      ...[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 65, 66],
      ...written((writer) => writeGoodbye(writer, [1])),
    ])
    const { packets, complete } = readCompound(bytes)
    expect(packets.map((packet) => packet.type)).toEqual(['SR', 'BYE'])
    expect(complete).toBe(false)
  })

  it('ends where a length leads beyond its end', () => {
    const bytes = Uint8Array.from([
      ...written((writer) => writeSenderReport(writer, { ...report, reports: [] })),
      ...[0x81, 202, 0, 200, 0, 0, 0, 1],
    ])
    const { packets, complete } = readCompound(bytes)
    expect(packets.map((packet) => packet.type)).toEqual(['SR'])
    expect(complete).toBe(false)
  })

  it('forgives a source description without the zero that ends it', () => {
    expect(readCompound(Uint8Array.of(0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 65, 66))).toEqual({
      packets: [{ type: 'SDES', sources: [{ ssrc: 1, cname: 'AB' }] }],
      complete: true,
    })
  })

  it('passes on what only a camera and its maker understand (APP)', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5)
    const bytes = written((writer) => writeApplicationDefined(writer, { subtype: 3, ssrc: 9, name: 'CAMX', data }))
    expect(readCompound(bytes)).toEqual({
      packets: [{ type: 'APP', subtype: 3, ssrc: 9, name: 'CAMX', data: Uint8Array.of(1, 2, 3, 4, 5, 0, 0, 0) }],
      complete: true,
    })
  })

  it('asks for a keyframe as RFC 4585 and RFC 5104 lay it out, byte for byte', () => {
    const loss = written((writer) => writePictureLossIndication(writer, 0x01020304, 0x05060708))
    expect([...loss]).toEqual([0x81, 206, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8])
    const request = written((writer) =>
      writeFullIntraRequest(writer, 0x01020304, { ssrc: 0x05060708, sequenceNumber: 9 }),
    )
    expect([...request]).toEqual([0x84, 206, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 9, 0, 0, 0])
    expect(readCompound(Uint8Array.of(...loss, ...request))).toEqual({
      packets: [
        { type: 'PLI', ssrc: 0x01020304, mediaSsrc: 0x05060708 },
        { type: 'FIR', ssrc: 0x01020304, requests: [{ ssrc: 0x05060708, sequenceNumber: 9 }] },
      ],
      complete: true,
    })
  })

  it('tells why a source leaves, where it says so', () => {
    const reason = [7, ...new TextEncoder().encode('restart')]
    expect(readCompound(Uint8Array.of(0x81, 203, 0, 3, 0, 0, 0, 9, ...reason)).packets).toEqual([
      { type: 'BYE', ssrcs: [9], reason: 'restart' },
    ])
    // One that is cut off takes nothing from the BYE.
    expect(readCompound(Uint8Array.of(0x81, 203, 0, 2, 0, 0, 0, 9, 200, 65, 66, 67)).packets).toEqual([
      { type: 'BYE', ssrcs: [9] },
    ])
  })

  it('passes over types that are not read here, and honours padding', () => {
    expect(readCompound(Uint8Array.of(0x81, 205, 0, 1, 0, 0, 0, 1))).toEqual({
      packets: [{ type: 'other', packetType: 205 }],
      complete: true,
    })
    expect(readCompound(Uint8Array.of(0xa1, 203, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4)).packets).toEqual([
      { type: 'BYE', ssrcs: [9] },
    ])
  })

  it('reads or refuses any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => readCompound(bytes).packets.length <= bytes.length / 4))
    const tempting = fc.tuple(
      fc.nat(255),
      fc.integer({ min: 200, max: 206 }),
      fc.constant(0),
      fc.nat(8),
      fc.uint8Array(),
    )
    fc.assert(
      fc.property(tempting, ([first, type, high, low, rest]) => {
        readCompound(Uint8Array.from([0x80 | (first & 0x3f), type, high, low, ...rest]))
      }),
    )
  })

  it('is told from RTP by its packet type', () => {
    expect(looksLikeRtcp(Uint8Array.of(0x80, 200, 0, 0), 0, 4)).toBe(true)
    expect(looksLikeRtcp(Uint8Array.of(0x80, 0xe0, 0, 0), 0, 4)).toBe(false)
    expect(looksLikeRtcp(Uint8Array.of(0x80, 96, 0, 0), 0, 4)).toBe(false)
  })
})

describe('NTP time', () => {
  it('is Unix time and back, to the microsecond, also after 2036', () => {
    for (const time of [0, Date.UTC(2026, 10, 22, 12) + 123.456, Date.UTC(2036, 1, 8), Date.UTC(2050, 0, 1)]) {
      const { ntpSeconds, ntpFraction } = ntpFromUnix(time)
      expect(unixFromNtp(ntpSeconds, ntpFraction)).toBeCloseTo(time, 2)
    }
  })
})
