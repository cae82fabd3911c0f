import { type MediaFormat, mediaFormats } from '../../protocol/sdp/media-format.ts'
import {
  type Attributes,
  attribute,
  type MediaDescription,
  parseSessionDescription,
} from '../../protocol/sdp/session-description.ts'
import { isEncrypted, isSent } from '../../protocol/track/media-offer.ts'

/** A media description of the camera that viewers may set up. */
export interface HubMedia {
  /** Index in the camera's description. */
  readonly index: number
  /** The camera's `a=control`. */
  readonly cameraControl: string | undefined
  /** The `a=control` that viewers see. */
  readonly control: string
  readonly media: MediaDescription
  /** The format that is preferred. */
  readonly format: MediaFormat
}

const HUB_MEDIA: ReadonlySet<string> = new Set(['video', 'audio', 'application'])

/** What viewers are told of a camera. */
export interface HubDescription {
  readonly tracks: readonly HubMedia[]
  readonly body: Uint8Array
  /** What a decoder was promised: where it is the same after the camera restarted, viewers can go on. */
  readonly promise: string
}

/**
 * Attributes that say how to decode and to show. Nothing else of the camera's description is passed on: it may hold
 * addresses, names and whatever else firmware writes there.
 */
const PASSED_ON: ReadonlySet<string> = new Set([
  'rtpmap',
  'fmtp',
  'framerate',
  'framesize',
  'x-dimensions',
  'ptime',
  'maxptime',
  'lang',
  'recvonly',
  'sendrecv',
])

/**
 * Makes the description that viewers get of the one that the camera gave.
 *
 * @param name of the stream, as viewers know it
 * @param range what it says of its duration: that it is live, or what the camera states
 * @throws ProtocolError `sdp-syntax`
 */
export function describeForViewers(
  cameraBody: Uint8Array,
  name: string,
  range: 'live' | 'as-stated' = 'live',
): HubDescription {
  const description = parseSessionDescription(cameraBody)
  const tracks = description.media.flatMap((media, index): HubMedia[] => {
    const [format] = mediaFormats(media)
    // What is encrypted would be told as what is not: see `describeTrack`.
    if (!format || !isSent(media, description) || isEncrypted(media) || !HUB_MEDIA.has(media.media)) return []
    return [
      { index, cameraControl: attribute(media.attributes, 'control'), control: `trackID=${index}`, media, format },
    ]
  })
  const media = description.media.map(({ attributes }) => attributes)
  const ranges = [description.attributes, ...media].map((attributes) => attribute(attributes, 'range'))
  const stated = range === 'live' ? undefined : ranges.find((value) => value !== undefined)
  const lines = tracks.flatMap((track) => describeTrack(track))
  const head = [
    'v=0',
    'o=- 0 0 IN IP4 0.0.0.0',
    `s=${name}`,
    // Ports and addresses are settled by SETUP.
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=control:*',
    `a=range:${stated ?? 'npt=now-'}`,
  ]
  return {
    tracks,
    body: new TextEncoder().encode(`${[...head, ...lines].join('\r\n')}\r\n`),
    promise: lines.join('\n'),
  }
}

const describeTrack = ({ media, control }: HubMedia): string[] => [
  `m=${media.media} 0 RTP/AVP ${media.payloadTypes.join(' ')}`,
  ...passedOn(media.attributes),
  `a=control:${control}`,
]

const passedOn = (attributes: Attributes): string[] =>
  attributes.flatMap(([name, value]) => {
    if (!PASSED_ON.has(name)) return []
    return [value === '' ? `a=${name}` : `a=${name}:${value}`]
  })
