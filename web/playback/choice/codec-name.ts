/** Names that people know, by the first part of a codec string. */
const NAMES: Readonly<Record<string, string>> = {
  avc1: 'H.264',
  avc3: 'H.264',
  hvc1: 'H.265',
  hev1: 'H.265',
  av01: 'AV1',
  vp08: 'VP8',
  vp09: 'VP9',
  jpeg: 'JPEG',
  mp4v: 'MPEG-4 Visual',
  mp4a: 'AAC',
  mp3: 'MP3',
  opus: 'Opus',
  flac: 'FLAC',
}

/** What of the SDP's encoding names is better known otherwise. */
const SAMPLES: Readonly<Record<string, string>> = { PCMU: 'G.711 µ-law', PCMA: 'G.711 A-law', G722: 'G.722' }

/**
 * For people: `H.265` for `hvc1.1.6.L93.B0`, `G.711 µ-law` for samples that came as PCMU.
 *
 * @param encoding encoding name of the SDP in upper case
 */
export function codecName(codec: string, encoding: string): string {
  const family = codec.split(/[.-]/)[0] ?? ''
  if (Object.hasOwn(NAMES, family)) return NAMES[family] ?? codec
  return (Object.hasOwn(SAMPLES, encoding) && SAMPLES[encoding]) || encoding || codec
}
