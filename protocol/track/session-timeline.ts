import type { SenderClock } from '../rtcp/sender-clock.ts'
import { Ticks } from '../units.ts'

/** Tracks are moved only when they are further apart than this: smaller errors are those of the reports themselves. */
const TOLERANCE_SECONDS = 0.02

export interface TimelineTrack {
  readonly clockRate: number
  readonly senderClock: SenderClock
}

interface Placed extends TimelineTrack {
  /** Session time of the track's tick 0; undefined before its first unit. */
  offset: number | undefined
  /** RTP-Info: these ticks are the start of what PLAY asked for, on all tracks. */
  playStart: Ticks | undefined
}

/**
 * One timeline for all tracks of a session. Its zero is the first unit of the leading track (the picture). The others
 * are aligned by sender reports (RFC 3550 section 6.4.1); before those came by RTP-Info (RFC 2326 section 12.33);
 * without either by when they arrived.
 */
export class SessionTimeline {
  readonly #tracks: Placed[] = []
  #leaderArrival = 0

  /** The first track that is added leads. Returns its index. */
  add(track: TimelineTrack): number {
    this.#tracks.push({ ...track, offset: undefined, playStart: undefined })
    return this.#tracks.length - 1
  }

  /** PLAY's answer said that this is where the track starts. */
  setPlayStart(index: number, ticks: Ticks): void {
    const track = this.#tracks[index]
    if (track) track.playStart = ticks
  }

  /**
   * Where a place on a track's media clock lies on the session's timeline, in ticks of the track; undefined while the
   * leading track has shown nothing yet. Exact to the tick as long as the alignment stays.
   *
   * @param arrival milliseconds of a monotonic clock
   */
  place(index: number, ticks: Ticks, arrival: number): Ticks | undefined {
    const track = this.#tracks[index]
    const leader = this.#tracks[0]
    if (!track || !leader) return undefined
    if (track === leader) {
      if (track.offset === undefined) {
        track.offset = -ticks / track.clockRate
        this.#leaderArrival = arrival
      }
    } else {
      if (leader.offset === undefined) return undefined
      this.#align(track, leader, leader.offset, ticks, arrival)
    }
    return track.offset === undefined ? undefined : Ticks(ticks + Math.round(track.offset * track.clockRate))
  }

  #align(track: Placed, leader: Placed, leaderOffset: number, ticks: Ticks, arrival: number): void {
    const bySenderReports = alignBySenderReports(track, leader, leaderOffset, ticks)
    if (bySenderReports !== undefined) {
      if (track.offset === undefined || Math.abs(bySenderReports - track.offset) > TOLERANCE_SECONDS) {
        track.offset = bySenderReports
      }
    } else if (track.offset === undefined && track.playStart !== undefined && leader.playStart !== undefined) {
      track.offset = leader.playStart / leader.clockRate + leaderOffset - track.playStart / track.clockRate
    } else if (track.offset === undefined) {
      track.offset = (arrival - this.#leaderArrival) / 1000 - ticks / track.clockRate
    }
  }
}

/** The offset at which both tracks show the same moment of the sender's wall clock at once. */
function alignBySenderReports(
  track: TimelineTrack,
  leader: TimelineTrack,
  leaderOffset: number,
  ticks: Ticks,
): number | undefined {
  const moment = track.senderClock.wallClock(ticks)
  const leaderAtZero = leader.senderClock.wallClock(0 as Ticks)
  if (moment === undefined || leaderAtZero === undefined) return undefined
  return (moment - leaderAtZero) / 1000 + leaderOffset - ticks / track.clockRate
}
