import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'

/**
 * Turns RTP packets of one payload format into access units.
 *
 * Use: `push` one packet, then `pull` until it gives null. Faults of the payload never throw: they are counted, and the
 * stream goes on at the next good unit.
 */
export interface Depacketizer {
  /**
   * @param packet the next packet in sequence. It is read during the call only.
   * @param timestamp its timestamp, unwrapped.
   * @param lost packets missing between the one before and this; 0 where it follows directly.
   */
  push(packet: RtpPacket, timestamp: Ticks, lost: number): void
  /** The next finished access unit, or null. What it points into is good until the next `push` or `pull`. */
  pull(): AccessUnit | null
  /** Hands out what is still being gathered, as when the stream ends. Follow by `pull`. */
  flush(): void
  readonly statistics: DepacketizerStatistics
}

export interface DepacketizerStatistics {
  /** Access units given out. */
  units: number
  /** Access units dropped because a part was lost, or because they depend on one that was. */
  dropped: number
  /** Packets that did not follow their payload format. */
  malformed: number
}
