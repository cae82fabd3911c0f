import type { CodecConfiguration } from '../codec/configuration.ts'
import { ascii, box, concatenate, type Field, fixed16, fixed32, fullBox, u16, u32, zeros } from './box.ts'
import { sampleEntry } from './sample-entry.ts'

export interface InitializationSegmentOptions {
  /** From 1. */
  readonly trackId: number
  /** Ticks a second of the track's timestamps. */
  readonly timescale: number
  readonly configuration: CodecConfiguration
}

/**
 * `ftyp` and `moov` of a fragmented file with one track that has no end: no duration is stated anywhere and there is no
 * `mehd`. Chromium takes such a stream as live: it starts with one frame instead of four and decodes without frame
 * threads, which is worth 100 ms and more.
 */
export const createInitializationSegment = (options: InitializationSegmentOptions): Uint8Array<ArrayBuffer> =>
  concatenate([fileType(), movie(options)])

const fileType = (): Field =>
  box(
    'ftyp',
    ascii('iso6'), // major_brand: iso6 has tfdt and default-base-is-moof
    u32(0), // minor_version
    ascii('iso6'), // compatible_brands
    ascii('mp41'),
  )

const movie = (options: InitializationSegmentOptions): Field =>
  box(
    'moov',
    movieHeader(options),
    track(options),
    box('mvex', trackExtends(options)), // movie fragments follow
  )

const movieHeader = ({ trackId, timescale }: InitializationSegmentOptions): Field =>
  fullBox(
    'mvhd',
    0,
    0,
    u32(0), // creation_time
    u32(0), // modification_time
    u32(timescale), // timescale
    u32(0), // duration: not known
    fixed32(1), // rate
    fixed16(1), // volume
    zeros(10), // reserved
    UNITY_MATRIX, // matrix
    zeros(24), // pre_defined
    u32(trackId + 1), // next_track_ID
  )

const track = (options: InitializationSegmentOptions): Field =>
  box('trak', trackHeader(options), media(options, mediaHeader(options)))

const trackHeader = ({ trackId, configuration }: InitializationSegmentOptions): Field =>
  fullBox(
    'tkhd',
    0,
    3, // track_enabled, track_in_movie
    u32(0), // creation_time
    u32(0), // modification_time
    u32(trackId), // track_ID
    u32(0), // reserved
    u32(0), // duration: not known
    presentation(configuration),
  )

const mediaHeader = ({ timescale }: InitializationSegmentOptions): Field =>
  fullBox(
    'mdhd',
    0,
    0,
    u32(0), // creation_time
    u32(0), // modification_time
    u32(timescale), // timescale
    u32(0), // duration: not known
    u16(0x55c4), // language: und, three letters of 5 bits
    u16(0), // pre_defined
  )

/** The rest of `tkhd`, behind the duration. */
export const presentation = (configuration: CodecConfiguration): Field => {
  const isVideo = configuration.kind === 'video'
  return [
    zeros(8), // reserved
    u16(0), // layer
    u16(0), // alternate_group
    fixed16(isVideo ? 0 : 1), // volume
    u16(0), // reserved
    UNITY_MATRIX, // matrix
    // Pixels that are not square are stretched in width.
    fixed32(isVideo ? Math.min(configuration.width * configuration.pixelAspectRatio, 0xffff) : 0), // width
    fixed32(isVideo ? configuration.height : 0), // height
  ]
}

/** @param header `mdhd` */
export const media = (options: InitializationSegmentOptions, header: Field): Field =>
  box(
    'mdia',
    header,
    handler(options),
    box(
      'minf',
      mediaInformationHeader(options),
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))), // flag 1: the media are in this file
      sampleTable(options),
    ),
  )

const handler = ({ configuration }: InitializationSegmentOptions): Field =>
  fullBox(
    'hdlr',
    0,
    0,
    u32(0), // pre_defined
    ascii(configuration.kind === 'video' ? 'vide' : 'soun'), // handler_type
    zeros(12), // reserved
    ascii('\0'), // name
  )

const mediaInformationHeader = ({ configuration }: InitializationSegmentOptions): Field =>
  configuration.kind === 'video'
    ? fullBox('vmhd', 0, 1, zeros(2 + 6)) // graphicsmode: copy, opcolor
    : fullBox('smhd', 0, 0, zeros(2 + 2)) // balance: centre, reserved

/** All samples are in fragments, so the tables but the description are empty. */
const sampleTable = ({ configuration }: InitializationSegmentOptions): Field =>
  box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry(configuration)),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0), u32(0)),
    fullBox('stco', 0, 0, u32(0)),
  )

/** Each fragment states its own values, so the defaults are never used. */
export const trackExtends = ({ trackId }: InitializationSegmentOptions): Field =>
  fullBox(
    'trex',
    0,
    0,
    u32(trackId), // track_ID
    u32(1), // default_sample_description_index
    u32(0), // default_sample_duration
    u32(0), // default_sample_size
    u32(0), // default_sample_flags
  )

/** { 1 0 0, 0 1 0, 0 0 1 }: 16.16, the last column 2.30. */
export const UNITY_MATRIX: Field = [
  [fixed32(1), u32(0), u32(0)],
  [u32(0), fixed32(1), u32(0)],
  [u32(0), u32(0), u32(0x4000_0000)],
]
