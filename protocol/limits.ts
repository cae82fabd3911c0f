/**
 * Every bound of the protocol package in one place. Each is generous for a real camera and small for an attacker;
 * reaching one is a typed error or a counted drop, never growth without end. `docs/limits.md` is made from this text.
 */
export const LIMITS = {
  /** Bytes of one RTSP head: start line, headers and the empty line. Beyond: `rtsp-head-too-large`. */
  rtspHeadBytes: 64 * 1024,
  /** Header fields in one RTSP message. Beyond: `rtsp-head-too-large`. */
  rtspHeaders: 255,
  /** Bytes of one RTSP body (an SDP of a camera has 0.5 to 4 KB). Beyond: `rtsp-body-too-large`. */
  rtspBodyBytes: 1024 * 1024,
  /**
   * Bytes that are neither RTSP nor interleaved frames, in one run. They are counted. Beyond: `not-rtsp`, or `rtsp-syntax`
   * where RTSP came before.
   */
  rtspGarbageBytes: 1024 * 1024,
  /** Requests that wait for their turn on one connection. Beyond: `too-many-requests`. */
  rtspQueuedRequests: 32,
  /**
   * Bytes of answers and media that the peer leaves unread while it asks for more. Beyond: `too-many-requests`, and the
   * connection is closed.
   */
  rtspUnreadBytes: 2 * 1024 * 1024,
  /** Redirects that are followed for one stream. Beyond: `redirected`. */
  rtspRedirects: 5,
  /** Milliseconds until a request without an answer is given up, where the caller says nothing else. Beyond: `request-timeout`. */
  requestMilliseconds: 10_000,
  /**
   * Milliseconds of silence within a body that is shorter than its Content-Length says, where the caller says nothing
   * else. Beyond: it counts as complete, and `content-length-too-large` is reported.
   */
  shortBodyMilliseconds: 2_000,
  /** Lines of one SDP. Beyond: `sdp-syntax`. */
  sdpLines: 4096,
  /** Media descriptions (`m=` lines) in one SDP. Beyond: `sdp-syntax`. */
  sdpMedia: 64,
  /** Bytes of one access unit: one picture, or one run of audio frames. Beyond: it is dropped, and counted as `malformed`. */
  accessUnitBytes: 16 * 1024 * 1024,
  /** Access units of sound that wait for one sent out of order. Beyond: the gap is given up, and the next unit tells of it. */
  interleavedSoundUnits: 256,
  /** Bytes of access units of sound that wait in the same way. Beyond: the gap is given up, and the next unit tells of it. */
  interleavedSoundBytes: 1024 * 1024,
  /** NAL units of one access unit. Beyond: it is dropped, and counted as `malformed`. */
  accessUnitNalUnits: 4096,
  /** NAL units that wait for others which precede them in decoding order. Beyond: the first of them goes on without those. */
  interleavedNalUnits: 4096,
  /** Bytes of NAL units that wait for others in the same way. Beyond: the first of them goes on without those. */
  interleavedBytes: 16 * 1024 * 1024,
  /**
   * Bytes of pictures that are held back until the picture has recovered, where it is refreshed bit by bit. Beyond: they
   * are shown as they are.
   */
  recoveringBytes: 16 * 1024 * 1024,
  /**
   * Bytes of access units of one track that are kept while the page finds out how to show them. Beyond: they are let go,
   * and it begins at the next random access point.
   */
  undecidedBytes: 16 * 1024 * 1024,
  /** Milliseconds of one gap in decoded sound that silence fills, so that a player goes on. Beyond: the gap is left. */
  filledSilenceMilliseconds: 10_000,
  /**
   * Interleaved frames kept while the answer to PLAY is outstanding, or the code that reads them is being loaded. Beyond:
   * they are played with what is known; while code is being loaded they are let go.
   */
  earlyFrames: 512,
  /** Milliseconds that the code for a payload format may take to load. Beyond: `part-not-loaded`. */
  loadMilliseconds: 10_000,
  /** RTP packets of one stream that wait for an earlier one (UDP only). Beyond: the gap is given up, counted as `skipped`. */
  reorderPackets: 1024,
  /** Milliseconds that a gap may be waited for (UDP only). Beyond: the gap is given up, counted as `skipped`. */
  reorderMilliseconds: 1_000,
} as const
