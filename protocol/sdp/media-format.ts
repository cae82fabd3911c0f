import type { ReportDeviation } from '../deviation.ts'
import { singleBlanks } from './line.ts'
import { attribute, attributeValues, type MediaDescription, type SessionDescription } from './session-description.ts'
import { STATIC_FORMATS } from './static-formats.ts'

/** One payload format of a media description: `a=rtpmap` and `a=fmtp` taken together. */
export interface MediaFormat {
  readonly payloadType: number
  /** Encoding name in upper case: `H264`, `MPEG4-GENERIC`, `PCMU`. */
  readonly encoding: string
  /** Ticks a second of the RTP timestamp. */
  readonly clockRate: number
  /** The clock rate is stated, or the encoding has only one; else it is a guess. */
  readonly clockRateKnown: boolean
  /** Audio channels; 1 where none were stated. */
  readonly channels: number
  /** Format parameters by name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

export type Direction = 'recvonly' | 'sendonly' | 'sendrecv' | 'inactive'

/** Clock rates that go with an encoding whatever a camera writes or forgets. */
const DEFAULT_CLOCK_RATE: Readonly<Record<string, number>> = { PCMU: 8000, PCMA: 8000, G722: 8000, OPUS: 48000 }
/** Beyond any real clock: timestamps in it would be noise. */
const HIGHEST_CLOCK_RATE = 10_000_000

/** Names that firmware uses beside the registered ones. */
const ALIASES: Readonly<Record<string, string>> = {
  'H.264': 'H264',
  AVC: 'H264',
  'H.265': 'H265',
  HEVC: 'H265',
  G711A: 'PCMA',
  G711U: 'PCMU',
}

/** The formats of a media description, in its order of preference. */
export function mediaFormats(description: MediaDescription, report: ReportDeviation = nobody): MediaFormat[] {
  const rtpmaps = attributeValues(description.attributes, 'rtpmap').flatMap((value) => parseRtpmap(value, report) ?? [])
  const fmtps = attributeValues(description.attributes, 'fmtp').map((value) => parseFmtp(value, report))
  const types = payloadTypesOf(description, rtpmaps)
  const only = types.length === 1
  return types.flatMap((payloadType) => {
    let rtpmap = rtpmaps.find((map) => map.payloadType === payloadType)
    if (!rtpmap && only && rtpmaps.length === 1) {
      // One format, one rtpmap, two numbers: a slip, and it is clear what is meant.
      rtpmap = rtpmaps[0]
      report('rtpmap-other-payload-type')
    }
    let own = fmtps.filter((entry) => entry.payloadType === payloadType)
    if (own.length === 0 && only && fmtps.length > 0 && fmtps.every((one, _, [first]) => sameType(one, first))) {
      own = fmtps
      report('fmtp-other-payload-type')
    }
    const parameters = new Map(own.flatMap((entry) => entry.parameters))
    const known = STATIC_FORMATS[payloadType]
    if (!rtpmap && !known) report('rtpmap-missing')
    if (rtpmap?.clockRate === 0) report('rtpmap-without-clock-rate')
    return namesOf(rtpmap?.encoding, known?.[0], impliedEncoding(parameters)).map((encoding) => {
      const fixed = DEFAULT_CLOCK_RATE[encoding] ?? (description.media === 'audio' ? undefined : 90_000)
      const stated = rtpmap?.clockRate || (known && known[0] === encoding ? known[1] : 0)
      return {
        payloadType,
        encoding,
        clockRate: stated || (fixed ?? 8000),
        clockRateKnown: stated > 0 || fixed !== undefined,
        channels: rtpmap?.channels ?? known?.[2] ?? 1,
        parameters,
      }
    })
  })
}

/**
 * What a format may be: its rtpmap's name, and where nobody knows that one, what its static payload type (RFC 3551 section 6)
 * or its parameters mean. A registered name is never taken for another codec.
 */
function namesOf(mapped: string | undefined, fixed: string | undefined, implied: string | undefined): string[] {
  const isKnown = mapped !== undefined && (REGISTERED.has(mapped) || /^H26\d/.test(mapped))
  const names = new Set([mapped, isKnown ? mapped : (fixed ?? implied)])
  return [...names].filter((name) => name !== undefined)
}

const REGISTERED = new Set(Object.values(STATIC_FORMATS).map(([encoding]) => encoding))

/**
 * What the description says of the media's direction: its own attribute, else the session's (RFC 8866 section 6.7),
 * else nothing.
 */
export function direction(description: MediaDescription, session?: SessionDescription): Direction | undefined {
  const names = ['recvonly', 'sendonly', 'sendrecv', 'inactive'] as const
  const stated = (attributes: MediaDescription['attributes']) =>
    names.find((name) => attribute(attributes, name) !== undefined)
  return stated(description.attributes) ?? (session && stated(session.attributes))
}

interface Rtpmap {
  readonly payloadType: number | undefined
  readonly encoding: string
  /** 0 where none is stated, or one that cannot be. */
  readonly clockRate: number
  readonly channels: number | undefined
}

interface Fmtp {
  readonly payloadType: number | undefined
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

const sameType = (one: Fmtp, other: Fmtp | undefined): boolean => one.payloadType === other?.payloadType

/** Those of the m= line; where it has none, those that are explained. */
function payloadTypesOf(description: MediaDescription, rtpmaps: readonly Rtpmap[]): readonly number[] {
  if (description.payloadTypes.length > 0) return description.payloadTypes
  return [...new Set(rtpmaps.flatMap((map) => map.payloadType ?? []))].filter((type) => type <= 127)
}

/** `96 H264/90000` or `97 mpeg4-generic/48000/2`; blanks may stand round the slashes, or for one. */
function parseRtpmap(value: string, report: ReportDeviation): Rtpmap | null {
  const text = singleBlanks(value).replace(/ ?\/ ?/g, '/')
  const match = /^(?:(\d{1,3})(?![\d.]) ?)?([a-z][^ /]*)(?:[ /](\d+)[^ /]*)?(?:[ /](\d+))?/i.exec(text)
  if (!match || !/^\d+ [^\s/]+(\/\d+(\/\d+)?)?$/.test(value)) report('rtpmap-malformed')
  if (!match) return null
  const [, payloadType, name = '', clockRate, channels] = match
  const rate = Number(clockRate ?? 0)
  const encoding = name.toUpperCase().replace(/^X-/, '')
  return {
    payloadType: payloadType === undefined ? undefined : Number(payloadType),
    encoding: ALIASES[encoding] ?? encoding,
    clockRate: rate <= HIGHEST_CLOCK_RATE ? rate : 0,
    channels: channels === undefined || !/^0*[1-9]\d{0,2}$/.test(channels) ? undefined : Number(channels),
  }
}

/**
 * `96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFge2,aM48gA==`: only the first `=` separates. Blanks may
 * stand for semicolons; what follows them must then look like a parameter, not like base64 with its padding.
 */
function parseFmtp(value: string, report: ReportDeviation): Fmtp {
  const [, payloadType, text = ''] = /^(?:(\d{1,3})(?:[ ;]|$))?(.*)$/s.exec(singleBlanks(value)) ?? []
  const parts = text.split(/; ?| (?=[a-z][\w-]* ?= ?[^=;, ])/i)
  if (payloadType === undefined || parts.length > text.split(/; ?/).length) report('fmtp-malformed')
  const parameters: [string, string][] = []
  for (const part of parts) {
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase()
    const text = equals < 0 ? '' : part.slice(equals + 1).trim()
    if (name !== '') parameters.push([name, text.replace(/^"(.*)"$/, '$1')])
  }
  return { payloadType: payloadType === undefined ? undefined : Number(payloadType), parameters }
}

/** What only one encoding has among its parameters, for a dynamic payload type without rtpmap. */
function impliedEncoding(parameters: ReadonlyMap<string, string>): string | undefined {
  if (parameters.has('sprop-parameter-sets') || parameters.has('packetization-mode')) return 'H264'
  if (parameters.has('sprop-vps') || parameters.has('sprop-sps')) return 'H265'
  return /^aac/i.test(parameters.get('mode') ?? '') ? 'MPEG4-GENERIC' : undefined
}

const nobody: ReportDeviation = () => undefined
