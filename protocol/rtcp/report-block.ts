import type { ByteWriter } from '../bytes/byte-writer.ts'

/** What a receiver says of one source, RFC 3550 section 6.4.1. */
export interface ReportBlock {
  readonly ssrc: number
  /** Lost since the last report, in 1/256 of what was expected. */
  readonly fractionLost: number
  /** Lost in all; negative where duplicates came. 24 bits, signed. */
  readonly cumulativeLost: number
  /** Highest sequence number received, with the count of its wraps in the upper 16 bits. */
  readonly highestSequence: number
  /** Interarrival jitter in ticks of the media clock. */
  readonly jitter: number
  /** Middle 32 bits of the NTP time of the last sender report; 0 where none came. */
  readonly lastSenderReport: number
  /** Time since that report, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number
}

export const REPORT_BLOCK_BYTES = 24

export function readReportBlocks(count: number, body: DataView, offset: number): ReportBlock[] | null {
  if (offset + count * REPORT_BLOCK_BYTES > body.byteLength) return null
  return Array.from({ length: count }, (_, index) => {
    const at = offset + index * REPORT_BLOCK_BYTES
    return {
      ssrc: body.getUint32(at),
      fractionLost: body.getUint8(at + 4),
      // 24 bits with a sign: read 32, shift the fraction out.
      cumulativeLost: (body.getInt32(at + 4) << 8) >> 8,
      highestSequence: body.getUint32(at + 8),
      jitter: body.getUint32(at + 12),
      lastSenderReport: body.getUint32(at + 16),
      delaySinceLastSenderReport: body.getUint32(at + 20),
    }
  })
}

export function writeReportBlock(writer: ByteWriter, block: ReportBlock): void {
  writer
    .u32(block.ssrc)
    .u8(block.fractionLost)
    .u24(Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost)) & 0xff_ffff)
    .u32(block.highestSequence)
    .u32(block.jitter)
    .u32(block.lastSenderReport)
    .u32(block.delaySinceLastSenderReport)
}
