import type { DeviationId, ReportDeviation } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import { type Direction, direction, type MediaFormat, mediaFormats } from '../sdp/media-format.ts'
import { attribute, type MediaDescription, type SessionDescription } from '../sdp/session-description.ts'
import type { FormatOnDemand, PayloadFormats, ReadableFormat } from './formats/payload-format.ts'
import { directionOfWayBack, isEncrypted } from './media-offer.ts'

interface SelectedTrack {
  /** Index of the media description in the SDP. */
  readonly index: number
  readonly kind: 'video' | 'audio'
  /** The `a=control` attribute. */
  readonly control: string | undefined
  readonly format: MediaFormat
  /** Payload types of the same media that are not played; their packets are not of the format. */
  readonly otherPayloadTypes: readonly number[]
}

/** A media description that will be played, and in which of its formats. */
export interface ChosenTrack extends SelectedTrack, ReadableFormat {}

/** A media description that is to be played, whose code has to be loaded. Its format is as stated. */
export interface LoadingTrack extends SelectedTrack {
  /**
   * Begins to load at the first call; each gives the same. Rejects with a `ProtocolError` where it cannot be played after
   * all; whoever does not await it need not care.
   */
  readonly load: () => Promise<ChosenTrack>
  /** See `FormatOnDemand`. */
  readonly keepsClockRate: boolean
}

export const isLoading = (track: ChosenTrack | LoadingTrack): track is LoadingTrack => 'load' in track

/** A media description that is not played, and why. */
export interface SkippedTrack {
  /** `video`, `audio`, `application` … */
  readonly media: string
  /** Encoding name in upper case, or empty where the SDP names none. */
  readonly encoding: string
  readonly reason: string
}

export interface TrackSelection {
  readonly selected: readonly (ChosenTrack | LoadingTrack)[]
  readonly skipped: readonly SkippedTrack[]
  /** Those of the skipped that would be played if they could be: nothing here reads any of their formats. */
  readonly unreadable: readonly SkippedTrack[]
}

export interface SelectionOptions {
  /** What can be read here. */
  readonly formats: PayloadFormats
  /** Choose sound too. */
  readonly audio: boolean
  /** Told what the description does against its standards and is tolerated. */
  readonly report?: ReportDeviation | undefined
}

/**
 * Chooses what to play: the first video and the first audio that have a payload format known here and that the server
 * sends. Only these are set up. The video comes first in the result, whatever its place in the SDP.
 */
export function selectTracks(description: SessionDescription, options: SelectionOptions): TrackSelection {
  const selected: (ChosenTrack | LoadingTrack)[] = []
  const skipped: SkippedTrack[] = []
  const unreadable: SkippedTrack[] = []
  const wayBack = directionOfWayBack(description)
  // A tolerance is told of what is played; what is wrong with the others concerns nobody.
  const tolerated: DeviationId[] = wayBack === 'recvonly' ? ['direction-reversed'] : []
  for (const [index, media] of description.media.entries()) {
    const met: DeviationId[] = []
    const report = (id: DeviationId) => met.push(id)
    const formats = mediaFormats(media, report)
    const way = direction(media, description)
    const control = attribute(media.attributes, 'control')
    const kind = media.media
    const unwanted = whyUnwanted(media, way, wayBack, options.audio)
    const isTaken = selected.some((track) => track.kind === kind)
    const place = { index, kind: kind === 'audio' ? ('audio' as const) : ('video' as const), control }
    const late = isTaken ? () => undefined : options.report
    const found = unwanted ?? firstReadable({ place, media, formats: options.formats, late }, formats, report)
    if (typeof found === 'string') {
      const left = { media: kind, encoding: formats[0]?.encoding ?? '', reason: found }
      skipped.push(left)
      if (found !== unwanted) unreadable.push(left)
    } else if (isTaken) {
      skipped.push({ media: kind, encoding: found.format.encoding, reason: `another ${kind} track is played` })
    } else {
      if (!control) met.push('control-missing')
      tolerated.push(...met)
      selected.push(found)
    }
  }
  for (const id of tolerated) options.report?.(id)
  selected.sort((a, b) => Number(a.kind === 'audio') - Number(b.kind === 'audio'))
  return { selected, skipped, unreadable }
}

/** Why a media description is not played, whatever can be read; null where it may be. */
function whyUnwanted(
  media: MediaDescription,
  way: Direction | undefined,
  wayBack: Direction,
  audio: boolean,
): string | null {
  const { media: kind } = media
  if (kind !== 'video' && kind !== 'audio') return 'neither picture nor sound'
  if (way !== undefined && (way === wayBack || way === 'inactive')) return `the track is ${way}`
  if (kind === 'audio' && !audio) return 'sound is not wanted'
  return null
}

/** What is known of a track before its format is. */
interface Candidate {
  readonly place: Pick<SelectedTrack, 'index' | 'kind' | 'control'>
  readonly media: MediaDescription
  readonly formats: PayloadFormats
  /** Told what is found out only when the code is loaded. */
  readonly late: ReportDeviation | undefined
}

/** The track in the first of its formats that can be read, or the reason why none can. */
function firstReadable(
  candidate: Candidate,
  stated: readonly MediaFormat[],
  report: ReportDeviation,
): ChosenTrack | LoadingTrack | string {
  const { media } = candidate
  if (isEncrypted(media)) return `the media is encrypted (${media.protocol}), which is not supported`
  for (const [index, format] of stated.entries()) {
    const found = candidate.formats(format)
    if (found && 'load' in found) {
      const load = once(() => firstLoaded(candidate, found, stated.slice(index)))
      return { ...trackOf(candidate, format), format, load, keepsClockRate: found.keepsClockRate }
    }
    const readable = found?.(format, report, candidate.media)
    if (readable) return { ...trackOf(candidate, format), ...readable }
  }
  return stated.length === 0 ? 'the SDP names no format' : UNKNOWN_FORMAT
}

/** @param first how the first of the formats is read */
async function firstLoaded(
  candidate: Candidate,
  first: FormatOnDemand,
  stated: readonly MediaFormat[],
): Promise<ChosenTrack> {
  const report = candidate.late ?? (() => undefined)
  for (const [index, format] of stated.entries()) {
    const found = index === 0 ? first : candidate.formats(format)
    const readable = (found && 'load' in found ? await found.load() : found)?.(format, report, candidate.media)
    if (readable) return { ...trackOf(candidate, format), ...readable }
  }
  throw new ProtocolError('no-playable-track', UNKNOWN_FORMAT)
}

const trackOf = ({ place, media }: Candidate, { payloadType }: MediaFormat) => ({
  ...place,
  otherPayloadTypes: media.payloadTypes.filter((one) => one !== payloadType),
})

function once<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined
  return () => {
    if (!result) {
      result = run()
      result.catch(() => undefined)
    }
    return result
  }
}

const UNKNOWN_FORMAT = 'the payload format is not supported'
