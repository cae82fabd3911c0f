import { expect } from 'vitest'
import { readCompound } from '../../../protocol/rtcp/packet.ts'
import type { SenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'
import type { MediaSink } from '../../../protocol/rtsp/server-stream.ts'

export interface SentPacket {
  readonly channel: number
  readonly at: number
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly ssrc: number
  readonly marker: boolean
  /** The group of pictures starts here: the packet holds the parameter sets. */
  readonly key: boolean
}

/** What a viewer was sent, and how much of it the test says is unread. */
export class PacketSink implements MediaSink {
  bufferedAmount = 0
  readonly packets: SentPacket[] = []
  readonly reports: { channel: number; at: number; types: string[]; report: SenderReport }[] = []
  /** When the range was played that was asked for. */
  readonly finishedAt: number[] = []

  readonly sendShared = (frames: Uint8Array): void => this.send(frames)

  send(frames: Uint8Array): void {
    for (let at = 0; at < frames.length; ) {
      const channel = frames[at + 1] ?? 0
      const end = at + 4 + (((frames[at + 2] ?? 0) << 8) | (frames[at + 3] ?? 0))
      if (channel % 2 === 1) {
        const { packets, complete } = readCompound(frames, at + 4, end)
        expect(complete).toBe(true)
        const report = packets[0]
        if (report?.type !== 'SR') throw new Error('a compound begins with a sender report')
        this.reports.push({ channel, at: Date.now(), types: packets.map((packet) => packet.type), report })
      } else {
        const packet = new RtpPacket()
        expect(packet.read(frames, at + 4, end)).toBe(true)
        const { sequenceNumber, timestamp, ssrc, marker } = packet
        const key = ((frames[packet.payloadStart] ?? 0) & 0x1f) === 24
        this.packets.push({ channel, at: Date.now(), sequenceNumber, timestamp, ssrc, marker, key })
      }
      at = end
    }
  }
  finished(): void {
    this.finishedAt.push(Date.now())
  }
  end(): void {
    throw new Error('a clip can always go on')
  }
  on(channel: number): SentPacket[] {
    return this.packets.filter((packet) => packet.channel === channel)
  }
  /** The last of each access unit on a channel. */
  units(channel: number): SentPacket[] {
    return this.on(channel).filter((packet) => packet.marker)
  }
  clear(): void {
    this.packets.length = 0
  }
}

/** How far it is from one number to another that wraps, without a sign. */
export const wrapped = (from: number, to: number, bits: number): number => {
  const span = 2 ** bits
  return (((to - from) % span) + span) % span
}

/** The different steps between neighbours. */
export const steps = (values: number[], bits: number): Set<number> =>
  new Set(values.slice(1).map((value, index) => wrapped(values[index] ?? 0, value, bits)))
