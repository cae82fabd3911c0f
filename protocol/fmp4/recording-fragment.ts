import { ascii, box, concatenate, type Field, fullBox, u8, u32 } from './box.ts'
import { u64 } from './recording-header.ts'

/** One sample of a file. */
export interface RecordedSample {
  readonly data: Uint8Array
  readonly duration: number
  /** Presentation time less decode time, in ticks; may be negative. */
  readonly compositionOffset: number
  /** A decoder can start at this sample. */
  readonly randomAccess: boolean
}

/** The samples of one track in a fragment. */
export interface TrackFragment {
  readonly trackId: number
  /** Decode time of the first sample, in ticks of the track. */
  readonly decodeTime: number
  readonly samples: readonly RecordedSample[]
}

/** Where a player can enter a track: ISO/IEC 14496-12 section 8.8.10. */
export interface RandomAccessPoint {
  readonly trackId: number
  /** Presentation time in ticks of the track. */
  readonly time: number
  /** Of its `moof` in the file. */
  readonly offset: number
  /** Of its `traf` in the fragment, and of its sample there; both from 1. */
  readonly trackFragment: number
  readonly sample: number
}

/** sample_flags, ISO/IEC 14496-12 section 8.8.3.1: sample_depends_on 2, it depends on no other. */
const SYNC_SAMPLE = 0x0200_0000
/** sample_depends_on 1, sample_is_non_sync_sample. */
const NON_SYNC_SAMPLE = 0x0101_0000
const TFHD_DEFAULT_BASE_IS_MOOF = 0x02_0000
/** trun: data-offset, sample-duration, sample-size, sample-flags and sample-composition-time-offsets are present. */
const TRUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800
const BYTES_PER_SAMPLE = 16
const MDAT_HEAD_BYTES = 8

/** `moof` and `mdat` with the samples of some tracks, one track behind the other. */
export function recordingFragment(sequenceNumber: number, tracks: readonly TrackFragment[]): Uint8Array<ArrayBuffer> {
  const sizes = tracks.map(({ samples }) => samples.reduce((sum, { data }) => sum + data.length, 0))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const head = (dataOffsets: readonly number[]) => [
    movieFragment(sequenceNumber, tracks, dataOffsets),
    u32(MDAT_HEAD_BYTES + total),
    ascii('mdat'),
  ]
  const headBytes = concatenate(head([])).length
  let end = headBytes
  const dataOffsets = sizes.map((size) => {
    const offset = end
    end += size
    return offset
  })
  const bytes = new Uint8Array(headBytes + total)
  bytes.set(concatenate(head(dataOffsets)))
  let at = headBytes
  for (const { samples } of tracks) {
    for (const { data } of samples) {
      bytes.set(data, at)
      at += data.length
    }
  }
  return bytes
}

const movieFragment = (
  sequenceNumber: number,
  tracks: readonly TrackFragment[],
  dataOffsets: readonly number[],
): Field =>
  box(
    'moof',
    fullBox('mfhd', 0, 0, u32(sequenceNumber)), // sequence_number
    tracks.map(({ trackId, decodeTime, samples }, index) =>
      box(
        'traf',
        fullBox('tfhd', 0, TFHD_DEFAULT_BASE_IS_MOOF, u32(trackId)), // track_ID
        fullBox('tfdt', 1, 0, u64(decodeTime)), // baseMediaDecodeTime
        fullBox(
          'trun',
          1, // composition offsets are signed
          TRUN_FLAGS,
          u32(samples.length), // sample_count
          u32(dataOffsets[index] ?? 0), // data_offset, from the start of moof
          sampleFields(samples),
        ),
      ),
    ),
  )

/** By hand: a fragment has dozens of samples, and a file thousands of fragments. */
function sampleFields(samples: readonly RecordedSample[]): Field {
  const bytes = new Uint8Array(samples.length * BYTES_PER_SAMPLE)
  const view = new DataView(bytes.buffer)
  for (const [index, { data, duration, compositionOffset, randomAccess }] of samples.entries()) {
    const at = index * BYTES_PER_SAMPLE
    view.setUint32(at, duration) // sample_duration
    view.setUint32(at + 4, data.length) // sample_size
    view.setUint32(at + 8, randomAccess ? SYNC_SAMPLE : NON_SYNC_SAMPLE) // sample_flags
    view.setInt32(at + 12, compositionOffset) // sample_composition_time_offset
  }
  return bytes
}

const RANDOM_ACCESS_HEAD_BYTES = 8 + 24 + 16
const RANDOM_ACCESS_POINT_BYTES = 22

/** Bytes of `mfra` with so many entries, of one track. */
export const randomAccessIndexBytes = (points: number): number =>
  RANDOM_ACCESS_HEAD_BYTES + points * RANDOM_ACCESS_POINT_BYTES

/** `mfra`, the last box of a file: a player finds by its end where it can begin. The points are all of one track. */
export function randomAccessIndex(points: readonly RandomAccessPoint[]): Uint8Array<ArrayBuffer> {
  return concatenate(
    box(
      'mfra',
      fullBox(
        'tfra',
        1,
        0,
        u32(points[0]?.trackId ?? 0), // track_ID
        u32(3), // reserved; the lengths of traf_number and trun_number: 1 byte, of sample_number: 4 bytes
        u32(points.length), // number_of_entry
        points.map(({ time, offset, trackFragment, sample }) => [
          u64(time), // time
          u64(offset), // moof_offset
          u8(trackFragment), // traf_number
          u8(1), // trun_number
          u32(sample), // sample_number
        ]),
      ),
      fullBox('mfro', 0, 0, u32(randomAccessIndexBytes(points.length))), // size of mfra
    ),
  )
}
