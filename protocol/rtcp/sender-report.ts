import type { ByteWriter } from '../bytes/byte-writer.ts'
import { type ReportBlock, readReportBlocks, writeReportBlock } from './report-block.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** Sender report, RFC 3550 section 6.4.1: at `ntpTime` the media clock stood at `rtpTimestamp`. */
export interface SenderReport {
  readonly type: 'SR'
  readonly ssrc: number
  /** NTP time: seconds since 1900 in the upper 32 bits, fraction in the lower. Zero where the sender has no clock. */
  readonly ntpSeconds: number
  readonly ntpFraction: number
  readonly rtpTimestamp: number
  readonly packetCount: number
  readonly octetCount: number
  readonly reports: readonly ReportBlock[]
}

/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const NTP_TO_UNIX_SECONDS = 2_208_988_800

export function readSenderReport(count: number, body: DataView): SenderReport | null {
  if (body.byteLength < 24) return null
  const reports = readReportBlocks(count, body, 24)
  return (
    reports && {
      type: 'SR',
      ssrc: body.getUint32(0),
      ntpSeconds: body.getUint32(4),
      ntpFraction: body.getUint32(8),
      rtpTimestamp: body.getUint32(12),
      packetCount: body.getUint32(16),
      octetCount: body.getUint32(20),
      reports,
    }
  )
}

export function writeSenderReport(writer: ByteWriter, report: Omit<SenderReport, 'type'>): void {
  writeRtcpPacket(writer, 200, report.reports.length, () => {
    writer
      .u32(report.ssrc)
      .u32(report.ntpSeconds)
      .u32(report.ntpFraction)
      .u32(report.rtpTimestamp)
      .u32(report.packetCount)
      .u32(report.octetCount)
    for (const block of report.reports) writeReportBlock(writer, block)
  })
}

/**
 * What the same sender would report so many milliseconds later: both of its clocks have gone on. For a receiver that is handed
 * a report which is not new, and takes the time it comes for the time it was sent.
 *
 * @param clockRate ticks a second of the media clock
 */
export function laterSenderReport(report: SenderReport, milliseconds: number, clockRate: number): SenderReport {
  const { ntpSeconds, ntpFraction, rtpTimestamp } = report
  if (ntpSeconds === 0 && ntpFraction === 0) return report
  const fraction = ntpFraction + Math.round((milliseconds / 1000) * 2 ** 32)
  return {
    ...report,
    ntpSeconds: (ntpSeconds + Math.floor(fraction / 2 ** 32)) >>> 0,
    ntpFraction: fraction % 2 ** 32,
    rtpTimestamp: (rtpTimestamp + Math.round((milliseconds / 1000) * clockRate)) >>> 0,
  }
}

/** Milliseconds of the Unix epoch as the two halves of an NTP timestamp. */
export function ntpFromUnix(milliseconds: number): { readonly ntpSeconds: number; readonly ntpFraction: number } {
  const seconds = Math.floor(milliseconds / 1000)
  const fraction = Math.floor(((milliseconds - seconds * 1000) / 1000) * 2 ** 32)
  return { ntpSeconds: (seconds + NTP_TO_UNIX_SECONDS) % 2 ** 32, ntpFraction: fraction }
}

/**
 * Milliseconds of the Unix epoch. NTP's 32 bits of seconds turn over in 2036; values with the highest bit clear are
 * of the era after (RFC 4330 section 3).
 */
export function unixFromNtp(ntpSeconds: number, ntpFraction: number): number {
  const era = ntpSeconds < 2 ** 31 ? 2 ** 32 : 0
  return (ntpSeconds + era - NTP_TO_UNIX_SECONDS) * 1000 + (ntpFraction / 2 ** 32) * 1000
}
