import type { ReportDeviation } from './deviation.ts'
import { ProtocolError } from './errors.ts'
import type { Channels, ClientSession, Description, SetupResult } from './rtsp/client-session.ts'
import { type RtspUri, resolveControl } from './rtsp/uri.ts'
import { type KeyframeFeedback, keyframeFeedback } from './sdp/rtcp-feedback.ts'
import { attribute, type SessionDescription } from './sdp/session-description.ts'
import type { ChosenTrack, SkippedTrack } from './track/choice.ts'

/** A chosen track that was set up. */
export interface SetUpTrack {
  readonly chosen: ChosenTrack
  readonly channels: Channels
  readonly feedback: KeyframeFeedback | null
}

/** Answers to a second SETUP that may mean: not without another DESCRIBE. */
const DESCRIBE_AGAIN: ReadonlySet<number> = new Set([400, 454, 455, 459])

/**
 * SETUP of each chosen track. The first must succeed; what is wrong with a later one is given back, and stops nothing.
 *
 * @throws ProtocolError of the first track, or of the connection
 */
export async function setUpTracks(
  session: ClientSession,
  { base }: Description,
  description: SessionDescription,
  chosen: readonly ChosenTrack[],
  report: ReportDeviation,
): Promise<{ readonly done: readonly SetUpTrack[]; readonly refused: readonly SkippedTrack[] }> {
  session.useAggregateControl(resolveControl(base, attribute(description.attributes, 'control'), report))
  const done: SetUpTrack[] = []
  const refused: SkippedTrack[] = []
  for (const track of chosen) {
    const wanted = { rtp: done.length * 2, rtcp: done.length * 2 + 1 }
    const address = resolveControl(base, track.control, report)
    const media = description.media[track.index]
    const feedback = media ? keyframeFeedback(media, track.format.payloadType) : null
    try {
      const { channels } = await (done.length === 0
        ? session.setup(address, { channels: wanted })
        : setUpAnother(session, address, wanted, report))
      done.push({ chosen: track, channels, feedback })
    } catch (error) {
      const mayGoOn = done.length > 0 && error instanceof ProtocolError && error.place.status !== undefined
      if (!mayGoOn) throw error
      refused.push({ media: track.kind, encoding: track.format.encoding, reason: error.message })
    }
  }
  return { done, refused }
}

/** Some servers take a second SETUP only after another DESCRIBE. */
async function setUpAnother(
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
