/** One way of carrying the media, RFC 2326 section 12.39. Only what was stated is set. */
export interface TransportSpec {
  /** `RTP/AVP`, `RTP/AVP/TCP`, `RTP/SAVP` …, in upper case. */
  readonly protocol: string
  readonly delivery?: 'unicast' | 'multicast' | undefined
  /** Channels of RTP and RTCP on the RTSP connection. */
  readonly interleaved?: ChannelPair | undefined
  readonly clientPort?: ChannelPair | undefined
  readonly serverPort?: ChannelPair | undefined
  /** Multicast ports. */
  readonly port?: ChannelPair | undefined
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly ttl?: number | undefined
  /** Synchronization source of the sender. */
  readonly ssrc?: number | undefined
  /** `PLAY` or `RECORD`, in upper case. */
  readonly mode?: string | undefined
}

/** Two numbers that go together, `first-second`: the second is for RTCP, and is absent where only one was stated. */
export interface ChannelPair {
  readonly rtp: number
  readonly rtcp?: number | undefined
}

/**
 * The alternatives of a Transport header, in order. Parameters that are not known are passed over, and one that
 * cannot be read counts as absent: a camera's slip in `ssrc` is no reason not to play it.
 */
export function parseTransport(value: string): TransportSpec[] {
  // At the commas behind which a protocol stands, and not those of `mode="PLAY,RECORD"`.
  return value
    .split(/,(?=[^;,"]*\/)/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseSpec)
}

function parseSpec(text: string): TransportSpec {
  const [protocol = '', ...parameters] = text.split(';').map((part) => part.trim())
  const spec: { -readonly [Key in keyof TransportSpec]: TransportSpec[Key] } = { protocol: protocol.toUpperCase() }
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = (equals < 0 ? parameter : parameter.slice(0, equals)).trim().toLowerCase()
    const value = equals < 0 ? '' : unquote(parameter.slice(equals + 1).trim())
    switch (name) {
      case 'unicast':
      case 'multicast':
        spec.delivery = name
        break
      case 'interleaved':
        spec.interleaved = parsePair(value, 255)
        break
      case 'client_port':
        spec.clientPort = parsePair(value, 65535)
        break
      case 'server_port':
        spec.serverPort = parsePair(value, 65535)
        break
      case 'port':
        spec.port = parsePair(value, 65535)
        break
      case 'source':
        spec.source = value
        break
      case 'destination':
        spec.destination = value
        break
      case 'ttl':
        spec.ttl = /^\d{1,3}$/.test(value) ? Number(value) : undefined
        break
      case 'ssrc': {
        // Eight hexadecimal digits by the RFC; cameras pad with blanks or leave leading zeros away.
        const digits = value.replaceAll(' ', '')
        spec.ssrc = /^(0x)?[0-9a-f]{1,8}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined
        break
      }
      case 'mode':
        spec.mode = value.toUpperCase()
        break
    }
  }
  return spec
}

function parsePair(value: string, highest: number): ChannelPair | undefined {
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5})?)?$/.exec(value)
  if (!match) return undefined
  const rtp = Number(match[1])
  const rtcp = match[2] === undefined ? undefined : Number(match[2])
  if (rtp > highest || (rtcp ?? 0) > highest) return undefined
  return { rtp, rtcp }
}

export function formatTransport(spec: TransportSpec): string {
  const parts = [spec.protocol]
  if (spec.delivery) parts.push(spec.delivery)
  if (spec.destination) parts.push(`destination=${spec.destination}`)
  if (spec.source) parts.push(`source=${spec.source}`)
  if (spec.interleaved) parts.push(`interleaved=${formatPair(spec.interleaved)}`)
  if (spec.port) parts.push(`port=${formatPair(spec.port)}`)
  if (spec.ttl !== undefined) parts.push(`ttl=${spec.ttl}`)
  if (spec.clientPort) parts.push(`client_port=${formatPair(spec.clientPort)}`)
  if (spec.serverPort) parts.push(`server_port=${formatPair(spec.serverPort)}`)
  if (spec.ssrc !== undefined) parts.push(`ssrc=${spec.ssrc.toString(16).toUpperCase().padStart(8, '0')}`)
  // As ffmpeg and GStreamer write it and ffmpeg wants it: quotes and capitals, which the RFC allows, it does not know.
  if (spec.mode === 'RECORD') parts.push('mode=record')
  else if (spec.mode) parts.push(`mode="${spec.mode}"`)
  return parts.join(';')
}

const formatPair = (pair: ChannelPair): string =>
  pair.rtcp === undefined ? String(pair.rtp) : `${pair.rtp}-${pair.rtcp}`

const unquote = (value: string): string => (/^".*"$/s.test(value) ? value.slice(1, -1) : value)
