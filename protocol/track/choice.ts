import type { Depacketizer } from '../depacketizer/depacketizer.ts'
import type { DeviationId, ReportDeviation } from '../deviation.ts'
import { type Direction, direction, type MediaFormat, mediaFormats } from '../sdp/media-format.ts'
import { attribute, type MediaDescription, type SessionDescription } from '../sdp/session-description.ts'
import { readableFormat } from './formats/payload-formats.ts'

/** A media description that will be played, and in which of its formats. */
export interface ChosenTrack {
  /** Index of the media description in the SDP. */
  readonly index: number
  readonly kind: 'video' | 'audio'
  /** The `a=control` attribute. */
  readonly control: string | undefined
  readonly format: MediaFormat
  /** Payload types of the same media that are not played; their packets are not of the format. */
  readonly otherPayloadTypes: readonly number[]
  /** @param report told what the stream does against its payload format and is tolerated */
  readonly createDepacketizer: (report: ReportDeviation) => Depacketizer
}

/** A media description that is not played, and why. */
export interface SkippedTrack {
  /** `video`, `audio`, `application` … */
  readonly media: string
  /** Encoding name in upper case, or empty where the SDP names none. */
  readonly encoding: string
  readonly reason: string
}

export interface TrackChoice {
  readonly chosen: readonly ChosenTrack[]
  readonly skipped: readonly SkippedTrack[]
}

export interface ChoiceOptions {
  /** Choose sound too. */
  readonly audio: boolean
  /** Told what the description does against its standards and is tolerated. */
  readonly report?: ReportDeviation | undefined
}

/**
 * Chooses what to play: the first video and the first audio that have a payload format known here and that the server
 * sends. Only these are set up. The video comes first in the result, whatever its place in the SDP.
 */
export function chooseTracks(description: SessionDescription, options: ChoiceOptions): TrackChoice {
  const chosen: ChosenTrack[] = []
  const skipped: SkippedTrack[] = []
  const wayBack = directionOfWayBack(description)
  // A tolerance is told of what is played; what is wrong with the others concerns nobody.
  const tolerated: DeviationId[] = wayBack === 'recvonly' ? ['direction-reversed'] : []
  for (const [index, media] of description.media.entries()) {
    const met: DeviationId[] = []
    const report = (id: DeviationId) => met.push(id)
    const formats = mediaFormats(media, report)
    const way = direction(media, description)
    const outcome = chooseFormat(media, formats, way, wayBack, options.audio, report)
    if (typeof outcome === 'string') {
      skipped.push({ media: media.media, encoding: formats[0]?.encoding ?? '', reason: outcome })
    } else if (chosen.some((track) => track.kind === outcome.kind)) {
      skipped.push({
        media: media.media,
        encoding: outcome.format.encoding,
        reason: `another ${outcome.kind} track is played`,
      })
    } else {
      const control = attribute(media.attributes, 'control')
      if (!control) met.push('control-missing')
      tolerated.push(...met)
      chosen.push({ index, control, ...outcome })
    }
  }
  for (const id of tolerated) options.report?.(id)
  chosen.sort((a, b) => Number(a.kind === 'audio') - Number(b.kind === 'audio'))
  return { chosen, skipped }
}

/**
 * ONVIF Streaming Specification section 5.3: sendonly marks the way back, from the player to the camera's speaker, and
 * what the camera sends is recvonly. Where a picture is marked sendonly, the camera speaks of itself (RFC 8866 section
 * 6.7), for no player sends pictures: then it is the other way round.
 */
function directionOfWayBack(description: SessionDescription): Direction {
  const ways = description.media
    .filter((media) => media.media === 'video')
    .map((media) => direction(media, description))
  return ways.includes('sendonly') && !ways.includes('recvonly') ? 'recvonly' : 'sendonly'
}

type Outcome = Pick<ChosenTrack, 'kind' | 'format' | 'otherPayloadTypes' | 'createDepacketizer'>

/** The format that is played, or the reason why none is. */
function chooseFormat(
  media: MediaDescription,
  formats: readonly MediaFormat[],
  way: Direction | undefined,
  wayBack: Direction,
  audio: boolean,
  report: ReportDeviation,
): Outcome | string {
  const kind = media.media
  if (kind !== 'video' && kind !== 'audio') return 'neither picture nor sound'
  if (way !== undefined && (way === wayBack || way === 'inactive')) return `the track is ${way}`
  if (kind === 'audio' && !audio) return 'sound is not wanted'
  if (media.protocol.includes('SAVP')) return `the media is encrypted (${media.protocol}), which is not supported`
  for (const stated of formats) {
    const outcome = readableFormat(stated, report, media)
    if (!outcome) continue
    const otherPayloadTypes = media.payloadTypes.filter((one) => one !== outcome.format.payloadType)
    return { kind, otherPayloadTypes, ...outcome }
  }
  return formats.length === 0 ? 'the SDP names no format' : 'the payload format is not supported'
}
