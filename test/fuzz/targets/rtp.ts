import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import type { Random } from '../random.ts'
import { concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { RTP_PACKETS, rtp } from './rtp-material.ts'

function check(input: Uint8Array, random: Random): void {
  const packet = new RtpPacket()
  const good = packet.read(input)
  const before = random.below(9)
  const shifted = new RtpPacket()
  const within = concat(new Uint8Array(before), input, new Uint8Array(random.below(9)).fill(0xff))
  same(shifted.read(within, before, before + input.length), good, 'a packet within other bytes is read alike')
  if (!good) return
  const { payloadStart, payloadEnd, extensionProfile, extensionStart, extensionEnd } = packet
  holds(RTP_HEADER_BYTES <= payloadStart && payloadStart <= payloadEnd, 'the payload lies behind the header')
  holds(payloadEnd <= input.length, 'the payload lies within the packet')
  same([shifted.payloadStart - before, shifted.payloadEnd - before], [payloadStart, payloadEnd], 'the same payload')
  if (extensionProfile >= 0) {
    holds(extensionStart >= 16 && extensionStart <= extensionEnd && extensionEnd <= payloadStart, 'the extension too')
  }
  const { marker, payloadType, sequenceNumber, timestamp, ssrc } = packet
  const header = new Uint8Array(RTP_HEADER_BYTES)
  writeRtpHeader(header, 0, { marker, payloadType, sequenceNumber, timestamp, ssrc })
  same(header.slice(1), input.slice(1, RTP_HEADER_BYTES), 'write∘read is the identity on the fields')
}

export const rtpPacket: FuzzTarget = {
  name: 'rtp-packet',
  shapes: ['bytes'],
  maximumBytes: 2048,
  seeds: [
    ...RTP_PACKETS,
    rtp(new Uint8Array(0)),
    // Two CSRC, a one-byte extension of two words, four bytes of padding.
    fromHex('b2e0000100000002000000030000000400000005bede00021001ff00000000000102030400000004'),
  ],
  dictionary: [fromHex('bede0001'), fromHex('abac0001'), fromHex('1000ffff')],
  check,
}
