import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { writeGoodbye } from '../../../protocol/rtcp/goodbye.ts'
import { looksLikeRtcp, type RtcpPacket, readCompound } from '../../../protocol/rtcp/packet.ts'
import { writeReceiverReport } from '../../../protocol/rtcp/receiver-report.ts'
import { unixFromNtp, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { writeSourceDescription } from '../../../protocol/rtcp/source-description.ts'
import type { Random } from '../random.ts'
import { concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { compound, reports } from './rtp-material.ts'

function check(input: Uint8Array, random: Random): void {
  const read = readCompound(input)
  const before = random.below(9)
  const within = concat(new Uint8Array(before), input, new Uint8Array(random.below(9)).fill(0x80))
  same(readCompound(within, before, before + input.length), read, 'a compound within other bytes is read alike')
  looksLikeRtcp(input, 0, input.length)
  holds(read.packets.length * 4 <= input.length, 'a packet has four bytes at least')
  for (const packet of read.packets) checkWriter(packet)
}

/** What was read and written is read as the same. */
function checkWriter(packet: RtcpPacket): void {
  const writer = new ByteWriter()
  switch (packet.type) {
    case 'SR':
      holds(Number.isFinite(unixFromNtp(packet.ntpSeconds, packet.ntpFraction)), 'NTP times are times')
      writeSenderReport(writer, packet)
      break
    case 'RR':
      writeReceiverReport(writer, packet)
      break
    case 'BYE':
      // The writer gives no reason.
      if (packet.reason !== undefined) return
      writeGoodbye(writer, packet.ssrcs)
      break
    case 'SDES': {
      const source = packet.sources[0]
      // The writer writes one source with one name, of at most 255 bytes.
      if (packet.sources.length !== 1 || source?.cname === undefined) return
      if (source.cname.includes('\ufffd')) return
      writeSourceDescription(writer, source.ssrc, source.cname)
      break
    }
    default:
      return
  }
  const again = readCompound(writer.toBytes())
  holds(again.complete, 'what was written is complete')
  same(again.packets, [packet], 'read∘write is the identity')
}

export const rtcp: FuzzTarget = {
  name: 'rtcp',
  shapes: ['bytes'],
  maximumBytes: 8192,
  seeds: [
    compound(),
    reports(),
    // APP, and picture loss indication (RFC 4585 section 6.3.1).
    fromHex('80cc0003000012344142434400000000 81ce0002000099990000 1234'),
    // SDES of two sources with several items each, and padding.
    fromHex('82ca000700000001 01036162 63 02026465 00 00 00000002 010178 00 0000 0000'),
    concat(compound(), reports(), compound()),
  ],
  dictionary: [fromHex('80c80006'), fromHex('81c90007'), fromHex('81ca0001'), fromHex('81cb0001'), fromHex('a0c90001')],
  check,
}
