/** Payload types with a meaning of their own, RFC 3551 tables 4 and 5; without those that no camera has. */
export const STATIC_FORMATS: Readonly<
  Record<number, readonly [encoding: string, clockRate: number, channels: number]>
> = {
  0: ['PCMU', 8000, 1],
  // G.721 before RFC 3551 reserved it; some cameras go on with it.
  2: ['G726-32', 8000, 1],
  3: ['GSM', 8000, 1],
  4: ['G723', 8000, 1],
  5: ['DVI4', 8000, 1],
  6: ['DVI4', 16000, 1],
  8: ['PCMA', 8000, 1],
  // RFC 3551 section 4.5.2: G.722 samples at 16 kHz, but its RTP clock is 8 kHz by an old mistake.
  9: ['G722', 8000, 1],
  10: ['L16', 44100, 2],
  11: ['L16', 44100, 1],
  13: ['CN', 8000, 1],
  14: ['MPA', 90000, 1],
  16: ['DVI4', 11025, 1],
  17: ['DVI4', 22050, 1],
  18: ['G729', 8000, 1],
  26: ['JPEG', 90000, 1],
  31: ['H261', 90000, 1],
  33: ['MP2T', 90000, 1],
  34: ['H263', 90000, 1],
}
