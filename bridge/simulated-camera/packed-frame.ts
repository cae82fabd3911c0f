import type { Packetizer } from '../../protocol/packetizer/packetizer.ts'
import { RTP_HEADER_BYTES } from '../../protocol/rtp/packet.ts'
import { INTERLEAVED_HEADER_BYTES } from '../../protocol/rtsp/message-serializer.ts'

/** One access unit, cut into packets. */
export interface PackedFrame {
  /** Room for the interleaved and the RTP header in front of each payload. */
  readonly bytes: Uint8Array
  readonly packets: readonly PackedPacket[]
}

export interface PackedPacket {
  readonly offset: number
  readonly payloadLength: number
  readonly marker: boolean
  /** Ticks of the track's clock from the unit's timestamp to the packet's. */
  readonly later: number
}

const HEADER_BYTES = INTERLEAVED_HEADER_BYTES + RTP_HEADER_BYTES

/** Cuts access units into packets, all in one buffer that is used again and again. */
export class FramePacker {
  #buffer = new Uint8Array(64 * 1024)

  /** @returns good until the next call */
  pack(packetizer: Packetizer, unit: Uint8Array): PackedFrame {
    const packets: PackedPacket[] = []
    let length = 0
    for (const { payload, marker, later = 0 } of packetizer.packetize(unit)) {
      const end = length + HEADER_BYTES + payload.length
      this.#reserve(length, end)
      this.#buffer.set(payload, length + HEADER_BYTES)
      packets.push({ offset: length, payloadLength: payload.length, marker, later })
      length = end
    }
    return { bytes: this.#buffer.subarray(0, length), packets }
  }

  #reserve(used: number, length: number): void {
    if (length <= this.#buffer.length) return
    const grown = new Uint8Array(length * 2)
    grown.set(this.#buffer.subarray(0, used))
    this.#buffer = grown
  }
}
