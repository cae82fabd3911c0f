import type { ReportDeviation } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { isWellFormed, MANDATORY_LINES, singleBlanks } from './line.ts'

/** A session description, RFC 8866; only what a player uses. */
export interface SessionDescription {
  readonly name: string
  readonly attributes: Attributes
  readonly media: readonly MediaDescription[]
}

/** One `m=` line and what follows it. */
export interface MediaDescription {
  /** `video`, `audio`, `application` …, in lower case. */
  readonly media: string
  readonly port: number
  /** `RTP/AVP`, in upper case; empty where none is stated. */
  readonly protocol: string
  /** Payload types, in order of preference, each once. */
  readonly payloadTypes: readonly number[]
  readonly attributes: Attributes
}

/** `a=` lines in order: the name in lower case, and what stands behind the colon. */
export type Attributes = readonly (readonly [name: string, value: string])[]

interface OpenMedia extends MediaDescription {
  readonly attributes: [string, string][]
}

/** The value of the first attribute of that name, or undefined; empty for a property such as `a=recvonly`. */
export const attribute = (attributes: Attributes, name: string): string | undefined =>
  attributes.find((entry) => entry[0] === name)?.[1]

/** The values of all attributes of that name. */
export const attributeValues = (attributes: Attributes, name: string): string[] =>
  attributes.filter((entry) => entry[0] === name).map((entry) => entry[1])

/**
 * Reads the body of DESCRIBE. Cameras leave out lines that the RFC requires and garble others, so each line stands
 * alone: what can be read is kept, and only a text without any `m=` line is refused.
 *
 * @throws ProtocolError `sdp-syntax`
 */
export function parseSessionDescription(
  body: Uint8Array | string,
  report: ReportDeviation = nobody,
): SessionDescription {
  const text = typeof body === 'string' ? body.replace(/^\ufeff/, '') : decode(body, report)
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.length > LIMITS.sdpLines)
    throw new ProtocolError('sdp-syntax', `The SDP has more than ${LIMITS.sdpLines} lines`)
  let name: string | undefined
  const missing = new Set(MANDATORY_LINES)
  const sessionAttributes: [string, string][] = []
  const media: OpenMedia[] = []
  for (const [index, raw] of lines.entries()) {
    const line = raw.replaceAll('\0', '')
    const match = /^\s*([a-z])\s*=\s*(.*)$/is.exec(line)
    if (!isWellFormed(line)) report('sdp-line-malformed')
    if (!match) continue
    const type = (match[1] ?? '').toLowerCase()
    const value = (match[2] ?? '').trimEnd()
    missing.delete(type)
    switch (type) {
      case 's':
        if (name !== undefined) report('sdp-line-malformed')
        name ||= value
        break
      case 'm':
        if (media.length >= LIMITS.sdpMedia) {
          throw new ProtocolError('sdp-syntax', `The SDP has more than ${LIMITS.sdpMedia} media`, {
            place: { line: index + 1 },
          })
        }
        media.push(parseMedia(value))
        break
      case 'a':
        ;(media.at(-1)?.attributes ?? sessionAttributes).push(parseAttribute(value))
        break
    }
  }
  if (media.length === 0) throw new ProtocolError('sdp-syntax', 'The SDP describes no media (no m= line)')
  if (missing.size > 0) report('sdp-line-missing')
  returnStrays(sessionAttributes, media, report)
  return { name: name ?? '', attributes: sessionAttributes, media }
}

/** RFC 8866 section 4.5: UTF-8 unless stated otherwise, and cameras that write Latin-1 do not state it. */
function decode(body: Uint8Array, report: ReportDeviation): string {
  try {
    // A byte order mark is taken away by it.
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    report('sdp-not-utf8')
    return new TextDecoder('windows-1252').decode(body)
  }
}

/**
 * `video 49170/2 RTP/AVP 96 97`. The port may be missing or no number; the protocol is the first word with a slash
 * that does not begin with a digit; the formats are what follows it.
 */
function parseMedia(value: string): OpenMedia {
  const [kind = '', ...words] = singleBlanks(value)
    .replace(/ ?\/ ?/g, '/')
    .split(/[ ,]+/)
  const at = words.findIndex((word) => /^[a-z].*\//i.test(word))
  const formats = words.slice(at < 0 ? 1 : at + 1)
  return {
    media: kind.toLowerCase(),
    port: Number.parseInt(words[0] ?? '', 10) || 0,
    protocol: (words[at] ?? '').toUpperCase(),
    payloadTypes: [
      ...new Set(formats.filter((format) => /^\d{1,3}$/.test(format) && Number(format) <= 127).map(Number)),
    ],
    attributes: [],
  }
}

/** `name:value`, or the name alone; before the value of what must have one, a blank may stand for the colon. */
function parseAttribute(value: string): [string, string] {
  const blank = /^(rtpmap|fmtp|control|range|framesize|framerate)\s+([^\s:].*)$/i.exec(value)
  if (blank) return [(blank[1] ?? '').toLowerCase(), (blank[2] ?? '').trim()]
  const colon = value.indexOf(':')
  return colon < 0
    ? [value.trim().toLowerCase(), '']
    : [value.slice(0, colon).trim().toLowerCase(), value.slice(colon + 1).trim()]
}

/**
 * An rtpmap or fmtp that stands before the first media, or under one that does not have its payload type, is given to
 * the first media that has it and says nothing of it itself.
 */
function returnStrays(session: [string, string][], media: readonly OpenMedia[], report: ReportDeviation): void {
  const described = media.map((one) => new Set(one.attributes.map(subjectOf)))
  const take = (attributes: [string, string][], own: readonly number[]) => {
    const kept = attributes.filter((entry) => {
      const subject = subjectOf(entry)
      const payloadType = Number(subject?.split(':')[1])
      if (subject === undefined || own.includes(payloadType)) return true
      const owner = media.findIndex((one, at) => one.payloadTypes.includes(payloadType) && !described[at]?.has(subject))
      if (owner < 0) return true
      media[owner]?.attributes.push(entry)
      report('sdp-attribute-misplaced')
      return false
    })
    attributes.splice(0, attributes.length, ...kept)
  }
  take(session, [])
  for (const one of media) take(one.attributes, one.payloadTypes)
}

/** `rtpmap:96`: what an attribute says of which payload type; undefined for the others. */
function subjectOf([name, value]: readonly [string, string]): string | undefined {
  const digits = name === 'rtpmap' || name === 'fmtp' ? /^\d{1,3}(?!\d)/.exec(value)?.[0] : undefined
  return digits === undefined ? undefined : `${name}:${Number(digits)}`
}

const nobody: ReportDeviation = () => undefined
