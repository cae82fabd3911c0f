import { ProtocolError } from '../../protocol/errors.ts'
import { formatRtspUri, type RtspUri, resolveControl } from '../../protocol/rtsp/uri.ts'
import { direction, mediaFormats } from '../../protocol/sdp/media-format.ts'
import {
  attribute,
  type MediaDescription,
  parseSessionDescription,
  type SessionDescription,
} from '../../protocol/sdp/session-description.ts'
import { type ChosenTrack, chooseTracks } from '../../protocol/track/choice.ts'
import { browserSupport, playsAnywhere } from './browser-support.ts'
import { describeFormat } from './format-details.ts'
import type { TrackReport } from './report.ts'

/** A track of the SDP, and what the player makes of it. */
export interface DescribedTrack {
  readonly report: TrackReport
  /** The player plays it, unless the server refuses. */
  readonly chosen: boolean
}

export interface DescribedStream {
  readonly name: string | null
  readonly range: string | null
  readonly tracks: readonly DescribedTrack[]
}

/** Reads the body of DESCRIBE as the player does; null where it cannot be read. */
export function describeStream(body: Uint8Array, base: RtspUri): DescribedStream | null {
  let description: SessionDescription
  try {
    description = parseSessionDescription(body)
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
  const { chosen, skipped } = chooseTracks(description, { audio: true })
  // Those that are left out are told in the order of the SDP.
  const reasons = skipped.map((track) => track.reason)
  const range = [description, ...description.media].map((part) => attribute(part.attributes, 'range'))
  return {
    name: description.name || null,
    range: range.find((stated) => stated !== undefined) ?? null,
    tracks: description.media.map((media, index) => {
      const choice = chosen.find((track) => track.index === index)
      const reason = choice ? null : (reasons.shift() ?? null)
      return { report: describeTrack(media, index, description, base, choice, reason), chosen: choice !== undefined }
    }),
  }
}

function describeTrack(
  media: MediaDescription,
  index: number,
  session: SessionDescription,
  base: RtspUri,
  choice: ChosenTrack | undefined,
  reason: string | null,
): TrackReport {
  const format = choice?.format ?? mediaFormats(media)[0]
  const details = describeFormat(media.media, format)
  const browsers = browserSupport(format?.encoding ?? '', details.codecString)
  return {
    index,
    media: media.media,
    codec: format?.encoding ?? '',
    control: formatRtspUri(resolveControl(base, attribute(media.attributes, 'control'))),
    clockRate: format?.clockRate ?? null,
    direction: direction(media, session) ?? 'recvonly',
    payloadType: format?.payloadType ?? media.payloadTypes[0] ?? null,
    ...details,
    language: attribute(media.attributes, 'lang') ?? attribute(session.attributes, 'lang') ?? null,
    playable: playsAnywhere(browsers) && (choice !== undefined || isPlayableAlone(media, session)),
    reason,
    browsers,
    measured: null,
  }
}

/** Were it the only one of its kind: the second picture of a stream is left out, but not for its format. */
function isPlayableAlone(media: MediaDescription, session: SessionDescription): boolean {
  // The others stay, for they show which way the directions are meant.
  const alone = session.media.filter((other) => other === media || other.media !== media.media)
  const { chosen } = chooseTracks({ ...session, media: alone }, { audio: true })
  return chosen.some((track) => alone[track.index] === media)
}
