import type { ReportDeviation } from './deviation.ts'
import { ProtocolError } from './errors.ts'
import { loadPart } from './part.ts'
import type { Channels, ClientSession, Description, SetupResult } from './rtsp/client-session.ts'
import { type RtspUri, resolveControl } from './rtsp/uri.ts'
import { type KeyframeFeedback, keyframeFeedback } from './sdp/rtcp-feedback.ts'
import { attribute, type SessionDescription } from './sdp/session-description.ts'
import {
  type ChosenTrack,
  isLoading,
  type LoadingTrack,
  type SkippedTrack,
  type TrackSelection,
} from './track/track-selection.ts'
import { UnheardSound } from './track/unheard-sound.ts'

/** A track that was set up; the code for it may still be loading. */
export interface SetUpTrack<Track = ChosenTrack | LoadingTrack> {
  readonly track: Track
  readonly channels: Channels
  readonly feedback: KeyframeFeedback | null
}

/**
 * Refusals of SETUP that are not of the track alone: of whoever asks, or only for now. With another track it would be the
 * same, or a picture would be gone for good that is to be had in a moment.
 */
const OF_ALL_TRACKS: ReadonlySet<number> = new Set([401, 403, 407, 408, 453, 464, 503])

/** Answers to a second SETUP that may mean: not without another DESCRIBE. */
const DESCRIBE_AGAIN: ReadonlySet<number> = new Set([400, 454, 455, 459])

/**
 * Begins to load the code of what is played now.
 *
 * @param defersSound sound beside a picture waits until it is to be heard
 */
export function beginLoading(
  selected: readonly (ChosenTrack | LoadingTrack)[],
  defersSound: boolean,
): { readonly tracks: readonly (ChosenTrack | LoadingTrack)[]; readonly unheard: UnheardSound | undefined } {
  const mayWait = defersSound && selected.some(({ kind }) => kind === 'video')
  let unheard: UnheardSound | undefined
  const tracks = selected.map((track) => {
    if (!isLoading(track)) return track
    if (mayWait && track.kind === 'audio' && track.keepsClockRate) {
      unheard = new UnheardSound(track)
      return unheard.track
    }
    void track.load()
    return track
  })
  return { tracks, unheard }
}

/**
 * SETUP of each track. What is wrong with one is given back, and stops none of the others.
 *
 * @param warn told why, where another track plays on
 * @throws ProtocolError of the first track, where none can be set up; of the connection
 */
export async function setUpTracks(
  session: ClientSession,
  { base }: Description,
  description: SessionDescription,
  tracks: readonly (ChosenTrack | LoadingTrack)[],
  report: ReportDeviation,
  warn: (error: ProtocolError) => void,
): Promise<{ readonly done: readonly SetUpTrack[]; readonly refused: readonly SkippedTrack[] }> {
  const done: SetUpTrack[] = []
  const refused: SkippedTrack[] = []
  const errors = new Map<'video' | 'audio', ProtocolError>()
  for (const track of tracks) {
    const wanted = { rtp: done.length * 2, rtcp: done.length * 2 + 1 }
    const address = resolveControl(base, track.control, report)
    const media = description.media[track.index]
    const feedback = media ? keyframeFeedback(media, track.format.payloadType) : null
    try {
      const { channels } = await (done.length === 0
        ? session.setup(address, { channels: wanted })
        : setUpAnother(session, address, wanted, report))
      done.push({ track, channels, feedback })
    } catch (error) {
      if (!(error instanceof ProtocolError) || !(done.length === 0 ? isOfOneTrack(error) : isOfTracks(error)))
        throw error
      refused.push({ media: track.kind, encoding: track.format.encoding, reason: error.message })
      errors.set(track.kind, error)
    }
  }
  if (done.length === 0) throw [...errors.values()][0]
  for (const [kind, error] of errors) {
    // In its own words, where these cannot be had.
    warn(
      await leftOutWords()
        .then(({ trackLeftOut }) => trackLeftOut(kind, error))
        .catch(() => error),
    )
  }
  // Behind another DESCRIBE, which would set it to the base.
  session.useAggregateControl(resolveControl(base, attribute(description.attributes, 'control'), report))
  return { done, refused }
}

/** @throws ProtocolError `part-not-loaded` */
const leftOutWords = () => loadPart('says what is left out', () => import('./track/left-out.ts'))

/**
 * What is told of a description before anything is set up.
 *
 * @param warn told that there is a picture that cannot be played, and sound that is
 * @throws ProtocolError `no-playable-track`, `part-not-loaded`
 */
export async function checkSelection(selection: TrackSelection, warn: (error: ProtocolError) => void): Promise<void> {
  const { selected, unreadable } = selection
  const picture = unreadable.find(({ media }) => media === 'video')
  if (selected.length === 0) throw (await leftOutWords()).nothingToPlay(selection)
  if (picture && selected[0]?.kind === 'audio') warn((await leftOutWords()).pictureLeftOut(picture))
}

/** The connection is as good as before: SETUP was refused, or not answered for this track. */
const isOfTracks = ({ code, place: { status } }: ProtocolError): boolean =>
  status !== undefined || code === 'request-timeout'

/** The first SETUP was refused in a way that lets hope that another track is given. */
export const isOfOneTrack = ({ place: { status = 0 } }: ProtocolError): boolean =>
  status >= 400 && !OF_ALL_TRACKS.has(status)

/**
 * Waits for the code of each track; one that cannot be read is given back, and stops nothing where another can.
 *
 * @param unreadable told why, where another track plays on
 * @throws ProtocolError of the first track, where none can be read
 */
export async function readTracks(
  setUp: readonly SetUpTrack[],
  unreadable: (error: ProtocolError) => void,
): Promise<{ readonly ready: readonly SetUpTrack<ChosenTrack>[]; readonly unread: readonly SkippedTrack[] }> {
  const ready: SetUpTrack<ChosenTrack>[] = []
  const unread: SkippedTrack[] = []
  const errors: ProtocolError[] = []
  for (const one of setUp) {
    const { track } = one
    try {
      ready.push({ ...one, track: isLoading(track) ? await track.load() : track })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      errors.push(error)
      unread.push({ media: track.kind, encoding: track.format.encoding, reason: error.message })
    }
  }
  if (ready.length === 0) throw errors[0]
  for (const error of errors) unreadable(error)
  return { ready, unread }
}

/** SETUP of a track behind the first: some servers take it only after another DESCRIBE. */
export async function setUpAnother(
  session: ClientSession,
  address: RtspUri,
  channels: Channels,
  report: ReportDeviation,
): Promise<SetupResult> {
  try {
    return await session.setup(address, { channels })
  } catch (error) {
    const { status } = error instanceof ProtocolError ? error.place : {}
    if (status === undefined || !DESCRIBE_AGAIN.has(status)) throw error
    await session.describe()
    const result = await session.setup(address, { channels })
    report('describe-between-setups')
    return result
  }
}

/** `a=range` of the session, or of the first media that has one. */
export const statedRange = (description: SessionDescription): string | undefined =>
  [description.attributes, ...description.media.map((media) => media.attributes)]
    .map((attributes) => attribute(attributes, 'range'))
    .find((value) => value !== undefined)
