import type { Ticks } from '../units.ts'

/**
 * Splits access units into RTP payloads of one payload format: the way back of a `Depacketizer`.
 * Sequence numbers, timestamps and SSRC are the sender's; all payloads of one access unit carry its one timestamp, unless
 * they say that they are later.
 */
export interface Packetizer {
  /**
   * @param unit one access unit in the form of an MP4 sample: H.264 NAL units each behind a 4-byte length, AAC bare.
   * @returns the payloads to send, in order; empty where the unit holds nothing to send.
   * @throws ProtocolError `payload-syntax` where the unit is not in that form.
   */
  packetize(unit: Uint8Array): RtpPayload[]
}

/** What follows one RTP header. */
export interface RtpPayload {
  /** At most the packetizer's maximum. It may be a view into the unit: good as long as that is. */
  readonly payload: Uint8Array
  /** The marker bit: set on the last payload of the unit. */
  readonly marker: boolean
  /** Ticks of the RTP clock from the unit's timestamp to the payload's: of sound that is cut in time. Default 0. */
  readonly later?: Ticks
}

/**
 * Bytes of one payload that leave room for RTP, UDP, IPv6 and a tunnel in an Ethernet frame of 1500 bytes. TCP would
 * carry more, but a relay to UDP would not.
 */
export const DEFAULT_MAXIMUM_PAYLOAD = 1400
