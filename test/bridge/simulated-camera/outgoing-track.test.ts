import { expect, it } from 'vitest'
import type { ClipTrack } from '../../../bridge/simulated-camera/clip.ts'
import { OutgoingTrack } from '../../../bridge/simulated-camera/outgoing-track.ts'
import { FramePacker } from '../../../bridge/simulated-camera/packed-frame.ts'
import { tickSound } from '../../../bridge/simulated-camera/tick-sound.ts'
import { PacketSink, steps } from './packet-sink.ts'

it('a unit of sound that takes several packets has timestamps that go on with each', () => {
  const track: ClipTrack = tickSound('mu')
  const outgoing = new OutgoingTrack(track, { rtp: 0, rtcp: 1 }, 'lobby')
  const sink = new PacketSink()
  // 60 ms, and 60 ms more: packets of 20.
  for (const ticks of [0, 480]) {
    const unit = new FramePacker().pack(track.packetizer, new Uint8Array(480 * 2))
    sink.send(outgoing.address(unit, ticks))
  }
  expect(sink.packets).toHaveLength(6)
  expect(
    steps(
      sink.packets.map((packet) => packet.timestamp),
      32,
    ),
  ).toEqual(new Set([160]))
  expect(
    steps(
      sink.packets.map((packet) => packet.sequenceNumber),
      16,
    ),
  ).toEqual(new Set([1]))
})
