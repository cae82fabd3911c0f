import { expect, it } from 'vitest'
import { OpusDepacketizer } from '../../../protocol/depacketizer/opus.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { OpusPacketizer } from '../../../protocol/packetizer/opus.ts'
import { carry } from '../depacketizer/packets.ts'

const PACKET = Uint8Array.of(31 << 3, 1, 2, 3)

it('an Opus packet is one payload, as it is, without the marker of a talkspurt', () => {
  expect(new OpusPacketizer().packetize(PACKET)).toEqual([{ payload: PACKET, marker: false }])
})

it('the Opus packetizer and depacketizer are inverse', () => {
  expect(carry(new OpusPacketizer(), new OpusDepacketizer(), PACKET, 960)).toMatchObject([
    { data: [...PACKET], timestamp: 960 },
  ])
})

it('what is no Opus packet is refused, and one that no packet could carry', () => {
  expect(() => new OpusPacketizer().packetize(Uint8Array.of())).toThrow(ProtocolError)
  expect(() => new OpusPacketizer().packetize(Uint8Array.of((31 << 3) | 3, 0))).toThrow(ProtocolError)
  expect(() => new OpusPacketizer().packetize(new Uint8Array(0x1_0000).fill((31 << 3) | 3, 0, 1))).toThrow(
    ProtocolError,
  )
})
