import type { BitReader } from '../bytes/bit-reader.ts'
import { readSampleAspectRatio } from './h264-sps.ts'

/** vui_parameters() of ITU-T H.265 section E.2.1, as far as it is of use here. */
export interface VideoUsabilityInformation {
  /** Sample aspect ratio, width over height; 1 where it is not stated. */
  readonly pixelAspectRatio: number
  /** field_seq_flag: each picture is a field. */
  readonly fieldSequence: boolean
  /** Seconds that a picture (a field, where pictures are fields) lasts: vui_num_units_in_tick over vui_time_scale. */
  readonly pictureSeconds: number | undefined
}

/** @throws ProtocolError where it ends early. What stands behind the timing is not read. */
export function readVideoUsabilityInformation(reader: BitReader): VideoUsabilityInformation {
  const pixelAspectRatio = reader.flag() ? readSampleAspectRatio(reader) : 1
  if (reader.flag()) reader.skip(1) // overscan_info_present_flag: overscan_appropriate_flag
  if (reader.flag()) {
    reader.skip(3 + 1) // video_signal_type_present_flag: video_format, video_full_range_flag
    if (reader.flag()) reader.skip(24) // colour_description_present_flag
  }
  if (reader.flag()) {
    reader.ue() // chroma_sample_loc_type_top_field
    reader.ue() // chroma_sample_loc_type_bottom_field
  }
  reader.skip(1) // neutral_chroma_indication_flag
  const fieldSequence = reader.flag()
  reader.skip(1) // frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i++) reader.ue() // default_display_window_flag: its offsets
  let pictureSeconds: number | undefined
  if (reader.flag()) {
    const unitsInTick = reader.bits(32)
    const timeScale = reader.bits(32)
    if (unitsInTick > 0 && timeScale > 0) pictureSeconds = unitsInTick / timeScale
  }
  return { pixelAspectRatio, fieldSequence, pictureSeconds }
}
