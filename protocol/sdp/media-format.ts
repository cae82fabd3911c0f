import { attribute, attributeValues, type MediaDescription } from './session-description.ts'

/** One payload format of a media description: `a=rtpmap` and `a=fmtp` taken together. */
export interface MediaFormat {
  readonly payloadType: number
  /** Encoding name in upper case: `H264`, `MPEG4-GENERIC`, `PCMU`. */
  readonly encoding: string
  /** Ticks a second of the RTP timestamp. */
  readonly clockRate: number
  /** Audio channels; 1 where none were stated. */
  readonly channels: number
  /** Format parameters by name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

export type Direction = 'recvonly' | 'sendonly' | 'sendrecv' | 'inactive'

/** Payload types with a meaning of their own, RFC 3551 tables 4 and 5. */
const STATIC_FORMATS: Readonly<Record<number, readonly [encoding: string, clockRate: number, channels: number]>> = {
  0: ['PCMU', 8000, 1],
  3: ['GSM', 8000, 1],
  4: ['G723', 8000, 1],
  5: ['DVI4', 8000, 1],
  6: ['DVI4', 16000, 1],
  7: ['LPC', 8000, 1],
  8: ['PCMA', 8000, 1],
  // RFC 3551 section 4.5.2: G.722 samples at 16 kHz, but its RTP clock is 8 kHz by an old mistake.
  9: ['G722', 8000, 1],
  10: ['L16', 44100, 2],
  11: ['L16', 44100, 1],
  12: ['QCELP', 8000, 1],
  13: ['CN', 8000, 1],
  14: ['MPA', 90000, 1],
  15: ['G728', 8000, 1],
  16: ['DVI4', 11025, 1],
  17: ['DVI4', 22050, 1],
  18: ['G729', 8000, 1],
  25: ['CELB', 90000, 1],
  26: ['JPEG', 90000, 1],
  28: ['NV', 90000, 1],
  31: ['H261', 90000, 1],
  32: ['MPV', 90000, 1],
  33: ['MP2T', 90000, 1],
  34: ['H263', 90000, 1],
}

/** Clock rates that go with an encoding whatever a camera writes or forgets. */
const DEFAULT_CLOCK_RATE: Readonly<Record<string, number>> = { PCMU: 8000, PCMA: 8000, G722: 8000, OPUS: 48000 }

/** The formats of a media description, in its order of preference. */
export function mediaFormats(description: MediaDescription): MediaFormat[] {
  const rtpmaps = attributeValues(description.attributes, 'rtpmap').map(parseRtpmap)
  const fmtps = attributeValues(description.attributes, 'fmtp').map(parseFmtp)
  // An rtpmap whose payload type is not in the m= line is a slip where it is the only one: it is meant.
  const types =
    description.payloadTypes.length > 0 ? description.payloadTypes : rtpmaps.map((map) => map?.payloadType ?? -1)
  return types.flatMap((payloadType) => {
    const only = types.length === 1
    const rtpmap =
      rtpmaps.find((map) => map?.payloadType === payloadType) ?? (only && rtpmaps.length === 1 ? rtpmaps[0] : null)
    const fmtp =
      fmtps.find((entry) => entry?.payloadType === payloadType) ?? (only && fmtps.length === 1 ? fmtps[0] : null)
    const known = STATIC_FORMATS[payloadType]
    const encoding = rtpmap?.encoding ?? known?.[0]
    if (encoding === undefined) return []
    const assumed = DEFAULT_CLOCK_RATE[encoding] ?? (description.media === 'audio' ? 8000 : 90000)
    return [
      {
        payloadType,
        encoding,
        clockRate: rtpmap?.clockRate || known?.[1] || assumed,
        channels: rtpmap?.channels ?? known?.[2] ?? 1,
        parameters: fmtp?.parameters ?? new Map<string, string>(),
      },
    ]
  })
}

/** What the server says of the media's direction; from its point of view, as RFC 8866 section 6.7 has it. */
export function direction(description: MediaDescription): Direction | undefined {
  const names = ['recvonly', 'sendonly', 'sendrecv', 'inactive'] as const
  return names.find((name) => attribute(description.attributes, name) !== undefined)
}

/** `96 H264/90000` or `97 mpeg4-generic/48000/2`. */
function parseRtpmap(value: string) {
  const match = /^(\d{1,3})\s+([^\s/]+)\s*(?:\/\s*(\d*)\s*(?:\/\s*(\d+))?)?/.exec(value)
  if (!match) return null
  return {
    payloadType: Number(match[1]),
    encoding: (match[2] ?? '').toUpperCase(),
    clockRate: Number(match[3] ?? 0),
    channels: match[4] === undefined ? undefined : Number(match[4]),
  }
}

/** `96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFge2,aM48gA==`: only the first `=` separates. */
function parseFmtp(value: string) {
  const match = /^(\d{1,3})\s+(.*)$/.exec(value)
  if (!match) return null
  const parameters = new Map<string, string>()
  for (const part of (match[2] ?? '').split(';')) {
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase()
    if (name !== '') parameters.set(name, equals < 0 ? '' : part.slice(equals + 1).trim())
  }
  return { payloadType: Number(match[1]), parameters }
}
