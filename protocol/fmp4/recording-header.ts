import { ascii, box, concatenate, type Field, fixed16, fixed32, fullBox, u16, u32, zeros } from './box.ts'
import {
  type InitializationSegmentOptions,
  media,
  presentation,
  trackExtends,
  UNITY_MATRIX,
} from './initialization-segment.ts'

/** Ticks a second of `mvhd`: what durations and edits of the whole file are counted in. */
export const MOVIE_TIMESCALE = 90_000

/** One track as the head of a file tells of it. */
export interface RecordedTrackHeader extends InitializationSegmentOptions {
  /** Sum of the samples' durations in ticks of the track; 0 while it is not known. */
  readonly mediaDuration: number
  /** Where its timeline is entered, in ticks of the track: what is decoded before is not shown. */
  readonly mediaTime: number
  /** What the others are shown before it begins, in ticks of the movie. */
  readonly emptyDuration: number
  /** How long it is shown, in ticks of the movie; 0 while it is not known. */
  readonly shownDuration: number
}

export interface RecordingHeader {
  /** The first sample's, by the camera's clock or by this machine's. */
  readonly begins: Date
  readonly tracks: readonly RecordedTrackHeader[]
}

/**
 * `ftyp` and `moov` of a file in fragments. Its size depends on nothing but the configurations, so that the one that is
 * written first, when no duration is known, can be overwritten at the end by the one that tells all of them.
 */
export const recordingHeader = (header: RecordingHeader): Uint8Array<ArrayBuffer> =>
  concatenate([fileType(), movie(header)])

const fileType = (): Field =>
  box(
    'ftyp',
    ascii('iso6'), // major_brand: iso6 has tfdt and default-base-is-moof
    u32(0), // minor_version
    ascii('iso6'), // compatible_brands
    ascii('isom'),
    ascii('mp42'),
  )

const movie = ({ begins, tracks }: RecordingHeader): Field => {
  const duration = Math.max(0, ...tracks.map(({ emptyDuration, shownDuration }) => emptyDuration + shownDuration))
  const created = u64(secondsSince1904(begins))
  return box(
    'moov',
    fullBox(
      'mvhd',
      1,
      0,
      created, // creation_time
      created, // modification_time
      u32(MOVIE_TIMESCALE), // timescale
      u64(duration), // duration
      fixed32(1), // rate
      fixed16(1), // volume
      zeros(10), // reserved
      UNITY_MATRIX, // matrix
      zeros(24), // pre_defined
      u32(Math.max(...tracks.map(({ trackId }) => trackId)) + 1), // next_track_ID
    ),
    tracks.map((track) => trackBox(track, created)),
    box('mvex', movieExtendsHeader(duration), tracks.map(trackExtends)), // movie fragments follow
  )
}

/** ISO/IEC 14496-12 section 8.8.2. Without it the duration is not known; a box of the same size keeps its place. */
const movieExtendsHeader = (duration: number): Field =>
  duration > 0
    ? fullBox('mehd', 1, 0, u64(duration)) // fragment_duration
    : box('free', zeros(12))

const trackBox = (track: RecordedTrackHeader, created: Field): Field =>
  box(
    'trak',
    trackHeader(track, created),
    box('edts', editList(track)),
    media(
      track,
      fullBox(
        'mdhd',
        1,
        0,
        created, // creation_time
        created, // modification_time
        u32(track.timescale), // timescale
        u64(track.mediaDuration), // duration
        u16(0x55c4), // language: und, three letters of 5 bits
        u16(0), // pre_defined
      ),
    ),
  )

const trackHeader = (
  { trackId, configuration, emptyDuration, shownDuration }: RecordedTrackHeader,
  created: Field,
): Field =>
  fullBox(
    'tkhd',
    1,
    3, // track_enabled, track_in_movie
    created, // creation_time
    created, // modification_time
    u32(trackId), // track_ID
    u32(0), // reserved
    u64(shownDuration === 0 ? 0 : emptyDuration + shownDuration), // duration: the sum of the edits
    presentation(configuration),
  )

/**
 * ISO/IEC 14496-12 section 8.6.6. A duration of 0 in a file with fragments is that of all that follows. Where there is
 * no empty edit its place is kept.
 */
const editList = ({ mediaTime, emptyDuration, shownDuration }: RecordedTrackHeader): Field => {
  const media = edit(shownDuration, u64(mediaTime))
  return emptyDuration > 0
    ? fullBox('elst', 1, 0, u32(2), edit(emptyDuration, EMPTY_EDIT), media)
    : [fullBox('elst', 1, 0, u32(1), media), box('free', zeros(12))]
}

const edit = (segmentDuration: number, mediaTime: Field): Field => [
  u64(segmentDuration), // segment_duration
  mediaTime, // media_time
  u16(1), // media_rate_integer
  u16(0), // media_rate_fraction
]

/** media_time -1: nothing is shown. */
const EMPTY_EDIT: Field = [u32(0xffff_ffff), u32(0xffff_ffff)]

/** Times in the file count from 1904-01-01, UTC (ISO/IEC 14496-12 section 8.2.2.3). */
const secondsSince1904 = (date: Date): number => Math.max(0, Math.floor(date.getTime() / 1000) + 2_082_844_800)

/** From 0 to 2^53. */
export const u64 = (value: number): Field => [u32(Math.floor(value / 0x1_0000_0000)), u32(value >>> 0)]
