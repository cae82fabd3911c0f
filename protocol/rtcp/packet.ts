import type { ApplicationDefined } from './application-defined.ts'
import { readApplicationDefined } from './application-defined.ts'
import type { PayloadFeedback } from './feedback.ts'
import { readPayloadFeedback } from './feedback.ts'
import type { Goodbye } from './goodbye.ts'
import { readGoodbye } from './goodbye.ts'
import type { ReceiverReport } from './receiver-report.ts'
import { readReceiverReport } from './receiver-report.ts'
import type { SenderReport } from './sender-report.ts'
import { readSenderReport } from './sender-report.ts'
import type { SourceDescription } from './source-description.ts'
import { readSourceDescription } from './source-description.ts'

/** Packet types of RFC 3550 section 12.1 and RFC 4585 section 6.1. */
export const RTCP_TYPE = { SR: 200, RR: 201, SDES: 202, BYE: 203, APP: 204, RTPFB: 205, PSFB: 206 } as const

/** A packet whose type is known but not read here, or not known. */
export interface OtherRtcpPacket {
  readonly type: 'other'
  readonly packetType: number
}

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | ApplicationDefined
  | PayloadFeedback
  | OtherRtcpPacket

const HEADER_BYTES = 4

/** What a compound packet held. */
export interface CompoundPacket {
  /** Those that could be read, in their order. */
  readonly packets: RtcpPacket[]
  /** Nothing was malformed. */
  readonly complete: boolean
}

/**
 * The packets of a compound (RFC 3550 section 6.1) in `bytes[start … end)`. One that cannot be read is passed over as
 * long as its length holds, and `complete` is false then: cameras send malformed SDES between a sender report and a BYE
 * that are good.
 */
export function readCompound(bytes: Uint8Array, start = 0, end = bytes.length): CompoundPacket {
  const packets: RtcpPacket[] = []
  let complete = true
  let at = start
  while (at < end) {
    if (end - at < HEADER_BYTES) return { packets, complete: false }
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, end - at)
    const first = view.getUint8(0)
    const length = (view.getUint16(2) + 1) * 4
    if (first >> 6 !== 2 || length > end - at) return { packets, complete: false }
    const padding = first & 0x20 ? view.getUint8(length - 1) : 0
    const bodyLength = length - HEADER_BYTES - padding
    const packet =
      bodyLength < 0
        ? null
        : readOne(view.getUint8(1), first & 0x1f, new DataView(view.buffer, view.byteOffset + HEADER_BYTES, bodyLength))
    if (packet) packets.push(packet)
    else complete = false
    at += length
  }
  return { packets, complete }
}

function readOne(packetType: number, count: number, body: DataView): RtcpPacket | null {
  switch (packetType) {
    case RTCP_TYPE.SR:
      return readSenderReport(count, body)
    case RTCP_TYPE.RR:
      return readReceiverReport(count, body)
    case RTCP_TYPE.SDES:
      return readSourceDescription(count, body)
    case RTCP_TYPE.BYE:
      return readGoodbye(count, body)
    case RTCP_TYPE.APP:
      return readApplicationDefined(count, body)
    case RTCP_TYPE.PSFB:
      return readPayloadFeedback(count, body)
    default:
      return { type: 'other', packetType }
  }
}

/**
 * Whether bytes that came on either channel of a track are RTCP: packet types 192 to 223 cannot be RTP payload types
 * with a marker that anything uses (RFC 5761 section 4). Some cameras mix the two channels up.
 */
export function looksLikeRtcp(bytes: Uint8Array, start: number, end: number): boolean {
  const type = bytes[start + 1] ?? 0
  return end - start >= HEADER_BYTES && (bytes[start] ?? 0) >> 6 === 2 && type >= 192 && type <= 223
}
