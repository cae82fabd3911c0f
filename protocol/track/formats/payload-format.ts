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

/** A payload format whose code has to be loaded. */
export interface FormatOnDemand {
  /** @throws ProtocolError `part-not-loaded` */
  readonly load: () => Promise<PayloadFormat>
  /** The clock rate is as stated, whatever the code will find: until then the track can be counted without it. */
  readonly keepsClockRate: boolean
}

/**
 * Finds how a format of the SDP is read: null where its payload format is not known here. Whoever has no time to wait, or
 * nothing to save, gives a table of all.
 */
export type PayloadFormats = (stated: MediaFormat) => PayloadFormat | FormatOnDemand | null
