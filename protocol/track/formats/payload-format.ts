import type { Depacketizer } from '../../depacketizer/depacketizer.ts'
import type { ReportDeviation } from '../../deviation.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'

/** A format of the SDP that can be read here. */
export interface ReadableFormat {
  /** As stated, or corrected by what its parameters say. */
  readonly format: MediaFormat
  readonly createDepacketizer: () => Depacketizer
}

/**
 * Reads a format of the SDP; null where its mode is not known here.
 *
 * @param report told what the SDP does against the payload format's RFC and is tolerated
 */
export type PayloadFormat = (stated: MediaFormat, report: ReportDeviation) => ReadableFormat | null
