/**
 * What a camera of the tests describes: H.264 alone, 320x240 Constrained Baseline, with parameter sets made by x264. For
 * cameras whose pictures are not for decoders.
 * @param name of the session
 */
export const h264Description = (name: string): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    `s=${name}`,
    't=0 0',
    'm=video 0 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==,aM4PyA==',
    'a=control:trackID=0',
    '',
  ].join('\r\n')
