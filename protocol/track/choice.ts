import type { ReportDeviation } from '../deviation.ts'
import type { SessionDescription } from '../sdp/session-description.ts'
import { allPayloadFormats } from './formats/payload-formats.ts'
import { type ChosenTrack, isLoading, type SkippedTrack, selectTracks } from './track-selection.ts'

export type { ChosenTrack, SkippedTrack } from './track-selection.ts'

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

/** As `selectTracks`, of all payload formats, at once. */
export function chooseTracks(description: SessionDescription, options: ChoiceOptions): TrackChoice {
  const { selected, skipped } = selectTracks(description, { ...options, formats: allPayloadFormats })
  return { chosen: selected.flatMap((track) => (isLoading(track) ? [] : [track])), skipped }
}
