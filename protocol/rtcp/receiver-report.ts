import type { ByteWriter } from '../bytes/byte-writer.ts'
import { type ReportBlock, readReportBlocks, writeReportBlock } from './report-block.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** Receiver report, RFC 3550 section 6.4.2. */
export interface ReceiverReport {
  readonly type: 'RR'
  readonly ssrc: number
  readonly reports: readonly ReportBlock[]
}

export function readReceiverReport(count: number, body: DataView): ReceiverReport | null {
  if (body.byteLength < 4) return null
  const reports = readReportBlocks(count, body, 4)
  return reports && { type: 'RR', ssrc: body.getUint32(0), reports }
}

export function writeReceiverReport(writer: ByteWriter, report: Omit<ReceiverReport, 'type'>): void {
  writeRtcpPacket(writer, 201, report.reports.length, () => {
    writer.u32(report.ssrc)
    for (const block of report.reports) writeReportBlock(writer, block)
  })
}
