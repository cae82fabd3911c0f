import type { Depacketizer } from '../../depacketizer/depacketizer.ts'
import type { ReportDeviation } from '../../deviation.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import type { MediaDescription } from '../../sdp/session-description.ts'
import type { CreateTranscoder } from '../transcoder.ts'

/** A format of the SDP that can be read here. */
export interface ReadableFormat {
  /** As stated, or corrected by what its parameters say. */
  readonly format: MediaFormat
  /** @param report told what the stream itself does against the RFC and is tolerated */
  readonly createDepacketizer: (report: ReportDeviation) => Depacketizer
  /** Of what MP4 holds in another form only. */
  readonly createTranscoder?: CreateTranscoder | undefined
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

/**
 * Finds how a format of the SDP is read: null where its payload format is not known here, a promise where the code for it
 * has to be loaded. Whoever has no time to wait, or nothing to save, gives a table of all.
 *
 * @throws ProtocolError `part-not-loaded`, by the promise
 */
export type PayloadFormats = (stated: MediaFormat) => PayloadFormat | Promise<PayloadFormat> | null
