import type { ByteWriter } from '../bytes/byte-writer.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** Payload-specific feedback, RFC 4585 section 6.1: asked of the sender `mediaSsrc` by the receiver `ssrc`. */
export type PayloadFeedback =
  /** Picture loss indication, RFC 4585 section 6.3.1. */
  | { readonly type: 'PLI'; readonly ssrc: number; readonly mediaSsrc: number }
  /** Full intra request, RFC 5104 section 4.3.1. */
  | { readonly type: 'FIR'; readonly ssrc: number; readonly requests: readonly FullIntraRequest[] }
  /** A format that is not read here. */
  | { readonly type: 'PSFB'; readonly format: number; readonly ssrc: number; readonly mediaSsrc: number }

export interface FullIntraRequest {
  /** The sender that is asked. */
  readonly ssrc: number
  /** 0 to 255; the same number again is the same request, repeated. */
  readonly sequenceNumber: number
}

const PAYLOAD_FEEDBACK = 206
/** Feedback message types of PSFB. */
const FORMAT = { PLI: 1, FIR: 4 } as const

export function readPayloadFeedback(format: number, body: DataView): PayloadFeedback | null {
  if (body.byteLength < 8) return null
  const ssrc = body.getUint32(0)
  const mediaSsrc = body.getUint32(4)
  switch (format) {
    case FORMAT.PLI:
      return { type: 'PLI', ssrc, mediaSsrc }
    case FORMAT.FIR: {
      const count = Math.floor((body.byteLength - 8) / 8)
      const requests = Array.from({ length: count }, (_, index) => ({
        ssrc: body.getUint32(8 + index * 8),
        sequenceNumber: body.getUint8(12 + index * 8),
      }))
      return requests.length === 0 ? null : { type: 'FIR', ssrc, requests }
    }
    default:
      return { type: 'PSFB', format, ssrc, mediaSsrc }
  }
}

/** Says that a picture was lost; the sender may answer with a keyframe. */
export function writePictureLossIndication(writer: ByteWriter, ssrc: number, mediaSsrc: number): void {
  writeRtcpPacket(writer, PAYLOAD_FEEDBACK, FORMAT.PLI, () => writer.u32(ssrc).u32(mediaSsrc))
}

/** Asks for a keyframe; the sender must answer. The media SSRC of the header is unused and zero (RFC 5104 section 4.3.1.2). */
export function writeFullIntraRequest(writer: ByteWriter, ssrc: number, request: FullIntraRequest): void {
  writeRtcpPacket(writer, PAYLOAD_FEEDBACK, FORMAT.FIR, () =>
    writer
      .u32(ssrc)
      .u32(0)
      .u32(request.ssrc)
      .u8(request.sequenceNumber & 0xff)
      .u24(0),
  )
}
