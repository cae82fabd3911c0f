import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

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
  /** `RTP/AVP`, in upper case. */
  readonly protocol: string
  /** Payload types, in order of preference. */
  readonly payloadTypes: readonly number[]
  readonly attributes: Attributes
}

/** `a=` lines in order: the name in lower case, and what stands behind the colon. */
export type Attributes = readonly (readonly [name: string, value: string])[]

/** The value of the first attribute of that name, or undefined; empty for a property such as `a=recvonly`. */
export const attribute = (attributes: Attributes, name: string): string | undefined =>
  attributes.find((entry) => entry[0] === name)?.[1]

/** The values of all attributes of that name. */
export const attributeValues = (attributes: Attributes, name: string): string[] =>
  attributes.filter((entry) => entry[0] === name).map((entry) => entry[1])

const decoder = new TextDecoder()

/**
 * Reads the body of DESCRIBE. Cameras leave out lines that the RFC requires and garble others, so each line stands
 * alone: what can be read is kept, and only a text without any `m=` line is refused.
 *
 * @throws ProtocolError `sdp-syntax`
 */
export function parseSessionDescription(body: Uint8Array | string): SessionDescription {
  const text = typeof body === 'string' ? body : decoder.decode(body)
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.length > LIMITS.sdpLines)
    throw new ProtocolError('sdp-syntax', `The SDP has more than ${LIMITS.sdpLines} lines`)
  let name = ''
  const sessionAttributes: [string, string][] = []
  const media: (MediaDescription & { attributes: [string, string][] })[] = []
  for (const [index, line] of lines.entries()) {
    const match = /^\s*([a-z])\s*=\s*(.*?)\s*$/i.exec(line.replaceAll('\0', ''))
    if (!match) continue
    const [, type = '', value = ''] = match
    switch (type.toLowerCase()) {
      case 's':
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
  return { name, attributes: sessionAttributes, media }
}

/** `video 0 RTP/AVP 96 97`; a port may have a count behind a slash. */
function parseMedia(value: string): MediaDescription & { attributes: [string, string][] } {
  const [kind = '', port = '', protocol = '', ...formats] = value.split(/\s+/)
  return {
    media: kind.toLowerCase(),
    port: Number.parseInt(port, 10) || 0,
    protocol: protocol.toUpperCase(),
    payloadTypes: formats.filter((format) => /^\d{1,3}$/.test(format) && Number(format) <= 127).map(Number),
    attributes: [],
  }
}

function parseAttribute(value: string): [string, string] {
  const colon = value.indexOf(':')
  return colon < 0
    ? [value.trim().toLowerCase(), '']
    : [value.slice(0, colon).trim().toLowerCase(), value.slice(colon + 1).trim()]
}
