import { parseOpusPacket } from '../codec/opus.ts'
import { ProtocolError } from '../errors.ts'
import type { Packetizer, RtpPayload } from './packetizer.ts'

/** The most that RTP can carry in one interleaved frame; Opus has no fragments (RFC 7587 section 4.2). */
const LARGEST_PACKET = 0xffff - 12

/**
 * Opus by RFC 7587: one packet is one payload, as it is. The marker is not set: it tells the first packet after silence
 * (section 4.1), of which the packet itself knows nothing.
 */
export class OpusPacketizer implements Packetizer {
  packetize(unit: Uint8Array): RtpPayload[] {
    if (unit.length > LARGEST_PACKET || !parseOpusPacket(unit)) {
      throw new ProtocolError('payload-syntax', `${unit.length} bytes that are not an Opus packet`)
    }
    return [{ payload: unit, marker: false }]
  }
}
