/**
 * Every bound of the protocol package in one place. Each is generous for a real camera and small for an attacker;
 * reaching one is a typed error or a counted drop, never growth without end.
 */
export const LIMITS = {
  /** Bytes of one RTSP head: start line, headers and the empty line. */
  rtspHeadBytes: 64 * 1024,
  /** Header fields in one RTSP message. */
  rtspHeaders: 255,
  /** Bytes of one RTSP body (an SDP of a camera has 0.5 to 4 KB). */
  rtspBodyBytes: 1024 * 1024,
  /** Bytes that are neither RTSP nor interleaved frames, in one run, before the connection is given up. */
  rtspGarbageBytes: 1024 * 1024,
  /** Requests waiting for their turn on one client connection. */
  rtspQueuedRequests: 32,
  /** Redirects followed for one DESCRIBE. */
  rtspRedirects: 5,
  /** Lines of one SDP. */
  sdpLines: 4096,
  /** Media descriptions (`m=` lines) in one SDP. */
  sdpMedia: 64,
  /** Bytes of one access unit: one picture, or one run of audio frames. */
  accessUnitBytes: 16 * 1024 * 1024,
  /** NAL units of one access unit. */
  accessUnitNalUnits: 4096,
  /** Interleaved frames kept while the answer to PLAY is outstanding. */
  earlyFrames: 512,
  /** RTP packets of one stream that wait for an earlier one (UDP only). */
  reorderPackets: 1024,
  /** Milliseconds that a gap may be waited for (UDP only). */
  reorderMilliseconds: 1_000,
} as const
