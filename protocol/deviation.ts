/**
 * What a camera did against its standards and was tolerated. Each has a stable name, so that a probe can list it, the
 * documentation can explain it, and a test can be named after it.
 */
export const DEVIATIONS = {
  'session-missing': 'SETUP was answered without a Session',
  'session-malformed': 'the Session header is malformed',
  'cseq-missing': 'an answer has no CSeq',
  'cseq-wrong': 'an answer has the CSeq of another request',
  'garbage-between-messages': 'bytes stand between messages that are neither RTSP nor frames',
  'content-length-too-large': 'Content-Length announces more bytes than the body has',
  'content-base-repaired': 'Content-Base had to be repaired',
  'other-host-stated': 'the camera states another host than the one that was dialled',
  'transport-missing': 'SETUP was answered without a Transport',
  'transport-without-interleaved': 'SETUP was answered without channels',
  'transport-other-channels': 'SETUP was answered with other channels than were asked for',
  'transport-single-channel': 'SETUP was answered with one channel instead of two',
  'transport-channels-collide': 'two tracks were given the same channels',
  'transport-not-tcp': 'SETUP was answered with channels, but without TCP',
  'range-refused': 'PLAY is refused with a Range',
  'range-required': 'PLAY is refused without a Range',
  'options-refused': 'OPTIONS is refused',
  'keep-alive-refused': 'the keep-alive is answered with an error',
  'rtp-info-malformed': 'RTP-Info is missing or wrong',
  'rtp-before-play': 'media came before the answer to PLAY',
  'rtcp-on-rtp-channel': 'RTP and RTCP channels are mixed up',
  'unknown-channel': 'frames came on a channel that nobody set up',
} as const

export type DeviationId = keyof typeof DEVIATIONS

/** Told each time; whoever listens counts. */
export type ReportDeviation = (id: DeviationId) => void
