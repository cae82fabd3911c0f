import { formatRtpInfo, parseRtpInfo } from '../../protocol/rtsp/headers/rtp-info.ts'
import { formatTransport, parseTransport } from '../../protocol/rtsp/headers/transport.ts'
import { RtspHeaders } from '../../protocol/rtsp/message.ts'

/** What viewers may tell the camera. Credentials, cookies and addresses are none of it. */
const FROM_VIEWER = [
  'Accept',
  'Accept-Language',
  'Bandwidth',
  'Blocksize',
  'Content-Type',
  'Frames',
  'If-Modified-Since',
  'Immediate',
  'Range',
  'Rate-Control',
  'Require',
  'Scale',
  'Session',
  'Speed',
] as const

/** What the camera may tell viewers: nothing of where it is, or who it is. */
const FROM_CAMERA = [
  'Allow',
  'Content-Type',
  'Expires',
  'Last-Modified',
  'Range',
  'Rate-Control',
  'Retry-After',
  'Scale',
  'Session',
  'Speed',
  'Unsupported',
] as const

/** What could end a line, or mean something to whatever shows it. A tab is a blank. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

const passed = (headers: RtspHeaders, names: readonly string[]): RtspHeaders =>
  new RtspHeaders(names.flatMap((name) => plain(headers, name).map((value) => [name, value] as const)))

const plain = (headers: RtspHeaders, name: string): string[] =>
  headers.getAll(name).filter((value) => !CONTROL.test(value))

/** The fields of a viewer's request as the camera gets them. Of its transports only those over the connection itself. */
export function headersForCamera(headers: RtspHeaders): RtspHeaders {
  const result = passed(headers, FROM_VIEWER)
  const offered = plain(headers, 'Transport').flatMap(parseTransport)
  for (const { protocol, interleaved, mode } of offered) {
    if (!protocol.endsWith('/TCP')) continue
    result.append('Transport', formatTransport({ protocol, delivery: 'unicast', interleaved, mode }))
    break
  }
  return result
}

/**
 * The fields of the camera's answer as viewers get them.
 *
 * @param addressOf the viewers' address of the track that an address of the camera means; null where it means none
 */
export function headersForViewer(headers: RtspHeaders, addressOf: (address: string) => string | null): RtspHeaders {
  const result = passed(headers, FROM_CAMERA)
  const [transport] = plain(headers, 'Transport').flatMap(parseTransport)
  if (transport) {
    const { protocol, interleaved, ssrc, mode } = transport
    result.append('Transport', formatTransport({ protocol, delivery: 'unicast', interleaved, ssrc, mode }))
  }
  const entries = plain(headers, 'RTP-Info').flatMap(parseRtpInfo)
  const known = entries.flatMap((entry) => {
    const url = addressOf(entry.url)
    return url === null ? [] : [{ ...entry, url }]
  })
  if (known.length > 0) result.append('RTP-Info', formatRtpInfo(known))
  return result
}

/** The channel on which the receiver reports by the Transport of these fields. */
export function reportChannel(headers: RtspHeaders): number | undefined {
  const [pair] = plain(headers, 'Transport')
    .flatMap(parseTransport)
    .flatMap(({ interleaved }) => interleaved ?? [])
  return pair && (pair.rtcp ?? pair.rtp + 1)
}
