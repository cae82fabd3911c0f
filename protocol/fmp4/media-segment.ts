import type { Ticks } from '../units.ts'
import { box, concatenate, fullBox, u32, zeros } from './box.ts'

/** One sample, as a fragment says it. */
export interface Fragment {
  readonly data: Uint8Array
  /** From 0, to 2^53. */
  readonly decodeTime: Ticks
  /** From 1: with 0 the sample is never shown. */
  readonly duration: Ticks
  /** Presentation time less decode time; may be negative. */
  readonly compositionOffset: Ticks
  /** A decoder can start at this sample. */
  readonly randomAccess: boolean
  /** From 1, one more with each fragment. */
  readonly sequenceNumber: number
}

/** sample_flags, ISO/IEC 14496-12 section 8.8.3.1: sample_depends_on 2, it depends on no other. */
const SYNC_SAMPLE = 0x0200_0000
/** sample_depends_on 1, sample_is_non_sync_sample. */
const NON_SYNC_SAMPLE = 0x0101_0000

const TFHD_DEFAULT_BASE_IS_MOOF = 0x02_0000
/** trun: data-offset, sample-duration, sample-size, sample-flags and sample-composition-time-offsets are present. */
const TRUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800

/** `moof` and the head of `mdat`; each field that a fragment fills in is 0. */
const headTemplate = (trackId: number): Uint8Array =>
  concatenate([
    box(
      'moof',
      fullBox(
        'mfhd',
        0,
        0,
        u32(0), // sequence_number
      ),
      box(
        'traf',
        fullBox(
          'tfhd',
          0,
          TFHD_DEFAULT_BASE_IS_MOOF,
          u32(trackId), // track_ID
        ),
        fullBox(
          'tfdt',
          1,
          0,
          zeros(8), // baseMediaDecodeTime
        ),
        fullBox(
          'trun',
          1, // composition offsets are signed
          TRUN_FLAGS,
          u32(1), // sample_count
          u32(HEAD_BYTES), // data_offset, from the start of moof
          u32(0), // sample_duration
          u32(0), // sample_size
          u32(0), // sample_flags
          u32(0), // sample_composition_time_offset
        ),
      ),
    ),
    box('mdat'),
  ])

// Where in the head the fields lie that change from one fragment to the next.
const SEQUENCE_NUMBER = 8 + 12
const BASE_MEDIA_DECODE_TIME = 8 + 16 + 8 + 16 + 12
const SAMPLE_DURATION = BASE_MEDIA_DECODE_TIME + 8 + 12 + 4 + 4
const SAMPLE_SIZE = SAMPLE_DURATION + 4
const SAMPLE_FLAGS = SAMPLE_SIZE + 4
const SAMPLE_COMPOSITION_TIME_OFFSET = SAMPLE_FLAGS + 4
const MDAT_SIZE = SAMPLE_COMPOSITION_TIME_OFFSET + 4
const HEAD_BYTES = MDAT_SIZE + 8

/** Writes fragments of one sample: the head is made once and patched, the buffer is reused. */
export class FragmentWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView

  /** @param trackId from 1; as in the initialization segment. */
  constructor(trackId: number) {
    this.#bytes = new Uint8Array(64 * 1024)
    this.#bytes.set(headTemplate(trackId))
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** `moof` and `mdat` with the sample, as a view that is good until the next `write`. */
  write(fragment: Fragment): Uint8Array<ArrayBuffer> {
    const { data, decodeTime } = fragment
    const length = HEAD_BYTES + data.length
    this.#reserve(length)
    const view = this.#view
    view.setUint32(SEQUENCE_NUMBER, fragment.sequenceNumber)
    view.setUint32(BASE_MEDIA_DECODE_TIME, Math.floor(decodeTime / 0x1_0000_0000))
    view.setUint32(BASE_MEDIA_DECODE_TIME + 4, decodeTime >>> 0)
    view.setUint32(SAMPLE_DURATION, fragment.duration)
    view.setUint32(SAMPLE_SIZE, data.length)
    view.setUint32(SAMPLE_FLAGS, fragment.randomAccess ? SYNC_SAMPLE : NON_SYNC_SAMPLE)
    view.setInt32(SAMPLE_COMPOSITION_TIME_OFFSET, fragment.compositionOffset)
    view.setUint32(MDAT_SIZE, 8 + data.length)
    this.#bytes.set(data, HEAD_BYTES)
    return this.#bytes.subarray(0, length)
  }

  /** The buffer grows to the largest access unit, which its maker bounds (`LIMITS.accessUnitBytes`). */
  #reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, HEAD_BYTES))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
