import type { Depacketizer } from '../../depacketizer/depacketizer.ts'
import type { ReportDeviation } from '../../deviation.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import type { MediaDescription } from '../../sdp/session-description.ts'

/** A format of the SDP that can be read here. */
export interface ReadableFormat {
  /** As stated, or corrected by what its parameters say. */
  readonly format: MediaFormat
  /** @param report told what the stream itself does against the RFC and is tolerated */
  readonly createDepacketizer: (report: ReportDeviation) => Depacketizer
}

/**
 * Reads a format of the SDP; null where its mode is not known here.
 *
 * @param report told what the SDP does against the payload format's RFC and is tolerated
 * @param media the description that the format stands in: some formats are told of by its attributes
 */
export type PayloadFormat = (
  stated: MediaFormat,
  report: ReportDeviation,
  media: MediaDescription,
) => ReadableFormat | null
