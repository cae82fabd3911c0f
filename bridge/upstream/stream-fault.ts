import { readCameraAddress, type StreamTransport } from './camera-address.ts'
import { parseFingerprint, type TlsTrust } from './tls-trust.ts'

/** The settings of a stream that depend on each other. */
export interface StreamSettings {
  readonly url: string
  readonly mode?: 'hub' | 'proxy' | 'relay'
  readonly transport?: StreamTransport
  readonly tls?: TlsTrust
  readonly ticket?: string
  readonly substream?: string
  readonly start?: 'on-demand' | 'always'
}

/** What cannot be used, and why; holds no value, for it may be a secret. */
export interface StreamFault {
  readonly setting: keyof StreamSettings
  readonly message: string
}

/** Whether the settings of a stream fit together: the first that does not; null where all do. */
export function streamFault(stream: StreamSettings): StreamFault | null {
  const { transport = 'auto', mode = 'relay', tls, ticket } = stream
  const isWebSocket = /^wss?:/i.test(stream.url)
  if (isWebSocket && transport !== 'auto' && transport !== 'ws') {
    return {
      setting: 'transport',
      message: `the address is one of a WebSocket: transport can be ws, and not ${transport}`,
    }
  }
  let address: ReturnType<typeof readCameraAddress>
  try {
    address = readCameraAddress(stream.url, transport)
  } catch (error) {
    return { setting: 'url', message: (error as Error).message }
  }
  const { by, tls: secured } = address.wire
  if (stream.start === 'always' && mode !== 'hub') {
    return { setting: 'start', message: 'only the hub has a session of its own with the camera: choose on-demand' }
  }
  if (stream.substream !== undefined) {
    const { substream, ...same } = stream
    if (mode === 'relay') {
      return { setting: 'substream', message: 'viewers of a relay choose at the camera itself: choose hub or proxy' }
    }
    const fault = streamFault({ ...same, url: substream })
    if (fault?.setting === 'url') return { setting: 'substream', message: fault.message }
    if (fault) return fault
  }
  if (mode === 'relay' && by !== 'rtsp') {
    return { setting: 'mode', message: 'viewers of a relay speak RTSP with the camera itself: choose hub or proxy' }
  }
  if (tls !== undefined && !secured) {
    return { setting: 'tls', message: 'the connection is not secured: the address must begin with rtsps:// or wss://' }
  }
  if (ticket !== undefined && by !== 'ws') {
    return { setting: 'ticket', message: 'tickets are for other bridges: transport must be ws' }
  }
  if (ticket !== undefined && !TICKET.test(ticket)) {
    return { setting: 'ticket', message: 'a ticket is three parts of letters, digits, "-" and "_", separated by "."' }
  }
  try {
    if (typeof tls === 'object') parseFingerprint(tls.fingerprint)
  } catch (error) {
    return { setting: 'tls', message: (error as Error).message }
  }
  return null
}

/** JWS Compact Serialization (RFC 7515 section 7.1): it goes into a header field, where nothing else may come along. */
const TICKET = /^[\w-]+\.[\w-]+\.[\w-]+$/
