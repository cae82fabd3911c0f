import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
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

  it('gives the good sender report in front of a malformed source description', () => {
    const bytes = Uint8Array.from([
      ...written((writer) => writeSenderReport(writer, { ...report, reports: [] })),
      ...[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 65, 66],
    ])
    const { packets, complete } = readCompound(bytes)
    expect(packets.map((packet) => packet.type)).toEqual(['SR'])
    expect(complete).toBe(false)
  })

  it('passes over types that are not read here, and honours padding', () => {
    expect(readCompound(Uint8Array.of(0x81, 206, 0, 1, 0, 0, 0, 1))).toEqual({
      packets: [{ type: 'other', packetType: 206 }],
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
      fc.integer({ min: 200, max: 204 }),
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
