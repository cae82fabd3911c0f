/**
 * RTSP, RTP and fragmented MP4 for live cameras, the same in a page, in a worker and in Node.
 *
 * The path of the data, by folder: `transport` (bytes) → `rtsp` (messages and interleaved frames) → `sdp` (what the
 * camera offers) → `rtp`, `rtcp` (packets in order, clocks) → `depacketizer` (access units) → `codec` (decoder
 * configuration) → `fmp4` (segments for Media Source Extensions). `Pipeline` is the whole of it on a page.
 */
export type { AudioConfiguration, CodecConfiguration, VideoConfiguration } from './codec/configuration.ts'
export type { AccessUnit } from './depacketizer/access-unit.ts'
export {
  adviceFor,
  type ErrorPlace,
  PROTOCOL_ERROR_CODES,
  ProtocolError,
  type ProtocolErrorCode,
  type SerializedProtocolError,
} from './errors.ts'
export type { InitializationSegment, MediaSegment } from './fmp4/segment.ts'
export { LIMITS } from './limits.ts'
export type {
  PipelineEvents,
  PipelineOpened,
  PipelineOptions,
  PipelineStatistics,
  PipelineTrack,
} from './pipeline-interface.ts'
export { PipelineOfAllFormats as Pipeline } from './pipeline-of-all-formats.ts'
export type { Credentials } from './rtsp/authentication.ts'
export { formatRtspUri, parseRtspUri, type RtspUri } from './rtsp/uri.ts'
export type { PayloadFormats } from './track/formats/payload-format.ts'
export { payloadFormatsOnDemand } from './track/formats/payload-formats-on-demand.ts'
export type { TrackStatistics } from './track/media-track.ts'
export type { OutputForm, TimedAccessUnit, TrackConfiguration } from './track/track-output.ts'
export type { SkippedTrack } from './track/track-selection.ts'
export type { ByteReceiver, ByteTransport } from './transport/byte-transport.ts'
export { createMemoryTransportPair } from './transport/memory-transport.ts'
export { Milliseconds, Seconds, Ticks } from './units.ts'
