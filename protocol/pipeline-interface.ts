import type { DeviationId } from './deviation.ts'
import type { ProtocolError } from './errors.ts'
import type { ApplicationDefined } from './rtcp/application-defined.ts'
import type { ClientLinkOptions } from './rtsp/client-link.ts'
import type { PayloadFormats } from './track/formats/payload-format.ts'
import type { TrackStatistics } from './track/media-track.ts'
import type { TrackOutputEvents } from './track/track-output.ts'
import type { SkippedTrack } from './track/track-selection.ts'
import type { Seconds } from './units.ts'

/** What goes into a `Pipeline`, and what it tells. */
export interface PipelineOptions extends ClientLinkOptions {
  /** Set up the sound too, where there is one that can be played. Default true. */
  readonly audio?: boolean
  /** Sound of a live picture is not heard yet: its code is loaded by `readSound`, and its packets are counted until then. */
  readonly defersSound?: boolean
  /** What payload formats are read; those that have to be loaded are loaded while the stream is being set up. */
  readonly formats: PayloadFormats
}

/** A track that was set up. */
export interface PipelineTrack {
  /** MP4 track ID, from 1. */
  readonly id: number
  readonly kind: 'video' | 'audio'
  /** Encoding name of the SDP in upper case: `H264`, `MPEG4-GENERIC`. */
  readonly encoding: string
  readonly clockRate: number
}

/** What the server said of the presentation as a whole. */
export interface PipelineOpened {
  /** Null where it is live. */
  readonly duration: Seconds | null
  readonly seekable: boolean
}

export interface PipelineEvents extends TrackOutputEvents {
  /** After DESCRIBE and SETUP, before the first segment: what will be played, what will not. Again after a redirect. */
  tracks?(tracks: readonly PipelineTrack[], skipped: readonly SkippedTrack[]): void
  /** After `tracks`, before the first segment. */
  opened?(opened: PipelineOpened): void
  /** What follows begins at another place: told between the last segment of the old and the first of the new. */
  discontinuity?(place: { readonly position: Seconds; readonly scale: number }): void
  /** An APP packet of the camera (RFC 3550 section 6.7), which means something to whoever knows the camera. */
  applicationDefined?(trackId: number, packet: ApplicationDefined): void
  /** Something was got over: each kind at most every few seconds, with what is new of it. */
  warning?(error: ProtocolError): void
  /** The server did something against its standards, and it was tolerated; told once for each kind. */
  deviation?(id: DeviationId): void
  /** The stream is over: null by `close()` or because it came to its end, else why. Told once; nothing follows. */
  closed(error: ProtocolError | null): void
}

export interface PipelineStatistics {
  /** Bytes of RTSP, RTP and RTCP since the start. */
  readonly bytesReceived: number
  /** Bytes between messages that were neither RTSP nor frames. */
  readonly bytesSkipped: number
  /** Interleaved frames that belong to no track, and RTCP that could not be read. */
  readonly framesIgnored: number
  readonly tracks: readonly TrackStatistics[]
  /** What was tolerated, and how often. */
  readonly deviations: Readonly<Partial<Record<DeviationId, number>>>
}
