import type { SenderClock } from '../rtcp/sender-clock.ts'
import { Seconds, Ticks } from '../units.ts'

/** Seconds. Tracks are moved only when they are further apart than this: smaller errors are those of the reports themselves. */
const TOLERANCE = 0.02
/** Seconds at which a correction that was begun ends. */
const AT_REST = 0.002
/** Seconds by which a track is moved at the most, a second of media: no step that is heard. */
const SLEW = 0.02
/** Seconds. Further off than this is moved at once: a minute out of step is worse than one gap. */
const FAR_OFF = 0.25
/** Seconds. So large a change is believed when both tracks' reports have told it for a while: one of two clocks that step together is told first. */
const SUDDEN = 0.1
const REPORTS_FOR_A_CHANGE = 3
/** Seconds by which the arrival of two tracks can be apart. What sender reports say beyond that is no time they share. */
const PLAUSIBLE = 10
/** Seconds: zones differ by whole quarters of an hour. */
const ZONE_STEP = 900

export interface TimelineTrack {
  readonly clockRate: number
  readonly senderClock: SenderClock
}

/** What the place of a track beside the leading one rests on. */
type Alignment =
  /** Arrival or RTP-Info; the first reports of both tracks replace it. */
  | { readonly by: 'assumption' }
  | { readonly by: 'reports' }
  /** Reports tell another place since both tracks had heard so many. */
  | { readonly by: 'contradicted'; readonly offset: number; readonly heard: number; readonly leaderHeard: number }
  /** On the way to where the reports tell. */
  | { readonly by: 'correction'; readonly offset: number }

interface Placed extends TimelineTrack {
  /** Session time of the track's tick 0, in seconds; undefined before its first unit. */
  offset: number | undefined
  alignment: Alignment
  lastTicks: number
  /** RTP-Info: these ticks are the start of what PLAY asked for, on all tracks. */
  playStart: Ticks | undefined
}

/**
 * One timeline for all tracks of a session. Its zero is the first unit of the leading track (the picture), and it runs
 * by that track's clock. The others are aligned by sender reports (RFC 3550 section 6.4.1); before those came by
 * RTP-Info (RFC 2326 section 12.33); without either by when they arrived. Small corrections are spread over time.
 */
export class SessionTimeline {
  readonly #tracks: Placed[] = []
  readonly #start: Seconds
  readonly #recorded: boolean
  readonly #scale: number
  /** Its clock was another than was believed, and where it stands by the right one is not known yet. */
  #awaitsLeader = false
  /** Where the leading track stands, in seconds, and when that was. */
  #leaderTime = 0
  #leaderArrival = 0
  /** How often a track was moved at once, because it was far off. */
  realignments = 0
  /** The sender reports of two tracks tell times that are whole quarters of an hour apart, as UTC and local time. */
  differentZones = false

  /**
   * @param start session time at which it begins
   * @param recorded whether RTP-Info says where `start` lies; of what is live the first unit is the start
   * @param scale seconds of the presentation in a second of its timestamps (RFC 2326 section 12.34), above 0
   */
  constructor(start = Seconds(0), recorded = false, scale = 1) {
    this.#start = start
    this.#recorded = recorded
    this.#scale = scale
  }

  /** The first track that is added leads. Returns its index. */
  add(track: TimelineTrack): number {
    this.#tracks.push({
      ...track,
      offset: undefined,
      alignment: { by: 'assumption' },
      lastTicks: 0,
      playStart: undefined,
    })
    return this.#tracks.length - 1
  }

  /** PLAY's answer said that this is where the track starts. */
  setPlayStart(index: number, ticks: Ticks): void {
    const track = this.#tracks[index]
    if (track) track.playStart = ticks
  }

  /** Where on the timeline the start of the Range that PLAY asked for lies; undefined where RTP-Info did not tell, or nothing was shown. */
  get playStart(): Seconds | undefined {
    const leader = this.#tracks[0]
    if (leader?.offset === undefined || leader.playStart === undefined) return undefined
    return Seconds(leader.playStart / leader.clockRate + leader.offset)
  }

  /** A track's media clock began anew, so its place beside the others is a guess until the next reports. */
  unsettle(index: number): void {
    for (const [at, track] of this.#tracks.entries()) {
      if (index === 0 || at === index) track.alignment = { by: 'assumption' }
    }
  }

  /** A track's media clock was another than was believed: where it lies beside the others is what its arrival tells. */
  recount(index: number): void {
    this.unsettle(index)
    if (index === 0) this.#awaitsLeader = true
    for (const [at, track] of this.#tracks.entries()) {
      if (at === 0 || (index !== 0 && at !== index)) continue
      track.offset = undefined
      track.playStart = undefined
    }
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
        track.offset = this.#start - this.#startTicks(track, ticks) / track.clockRate
      }
      this.#leaderTime = ticks / track.clockRate + track.offset
      this.#leaderArrival = arrival
      this.#awaitsLeader = false
    } else {
      if (leader.offset === undefined || this.#awaitsLeader) return undefined
      this.#align(track, leader, leader.offset, ticks, arrival)
    }
    if (track.offset === undefined) return undefined
    const time = ticks + Math.round(track.offset * track.clockRate)
    const start = Math.round(this.#start * track.clockRate)
    return Ticks(this.#scale === 1 ? time : start + Math.round((time - start) * this.#scale))
  }

  /** The tick at which the timeline begins: of RTP-Info where that is near, for it is often wrong, else of the first unit. */
  #startTicks(leader: Placed, first: Ticks): Ticks {
    const stated = leader.playStart
    if (!this.#recorded || stated === undefined) return first
    return Math.abs(first - stated) < PLAUSIBLE * leader.clockRate ? stated : first
  }

  #align(track: Placed, leader: Placed, leaderOffset: number, ticks: Ticks, arrival: number): void {
    track.offset ??= this.#assume(track, leader, leaderOffset, ticks, arrival)
    const seconds = Math.min(1, Math.max(0, (ticks - track.lastTicks) / track.clockRate))
    track.lastTicks = ticks
    const reported = alignBySenderReports(track, leader, leaderOffset, ticks)
    if (reported === undefined) return
    const target = this.#plausible(reported, this.#timeByArrival(arrival) - ticks / track.clockRate)
    if (target !== undefined) this.#follow(track, leader, track.offset, target, seconds)
  }

  /** By RTP-Info, or by arrival: as if the tracks' ways had taken equally long. */
  #assume(track: Placed, leader: Placed, leaderOffset: number, ticks: Ticks, arrival: number): number {
    const byArrival = this.#timeByArrival(arrival) - ticks / track.clockRate
    if (track.playStart === undefined || leader.playStart === undefined) return byArrival
    return leader.playStart / leader.clockRate + leaderOffset - track.playStart / track.clockRate
  }

  #timeByArrival(arrival: number): number {
    return this.#leaderTime + (arrival - this.#leaderArrival) / 1000
  }

  /** What reports tell, as far as arrival allows it; freed of the zone where one track tells local time and the other does not. */
  #plausible(reported: number, byArrival: number): number | undefined {
    if (Math.abs(reported - byArrival) <= PLAUSIBLE) return reported
    const inZone = reported - Math.round((reported - byArrival) / ZONE_STEP) * ZONE_STEP
    if (Math.abs(inZone - byArrival) > PLAUSIBLE) return undefined
    this.differentZones = true
    return inZone
  }

  /** @param seconds of media since the unit before */
  #follow(track: Placed, leader: Placed, offset: number, target: number, seconds: number): void {
    const error = target - offset
    const size = Math.abs(error)
    const { alignment } = track
    if (alignment.by === 'assumption') {
      if (size > TOLERANCE) track.offset = target
      track.alignment = { by: 'reports' }
    } else if (size > SUDDEN && !isBelieved(track, leader, target)) {
      // The clocks of both tracks may be about to say the same again.
    } else if (size > FAR_OFF) {
      track.offset = target
      track.alignment = { by: 'reports' }
      this.realignments++
    } else if (size > TOLERANCE || (alignment.by === 'correction' && size > AT_REST)) {
      track.offset = offset + Math.sign(error) * Math.min(size, SLEW * seconds)
      track.alignment = { by: 'correction', offset: target }
    } else {
      track.alignment = { by: 'reports' }
    }
  }
}

/** Whether a correction is on its way there, or the reports of both tracks have told this place often enough. */
function isBelieved(track: Placed, leader: Placed, target: number): boolean {
  const { alignment } = track
  const same = 'offset' in alignment && Math.abs(alignment.offset - target) <= SUDDEN
  if (same && alignment.by === 'correction') return true
  if (!same || alignment.by !== 'contradicted') {
    const heard = track.senderClock.heard
    track.alignment = { by: 'contradicted', offset: target, heard, leaderHeard: leader.senderClock.heard }
    return false
  }
  return (
    track.senderClock.heard - alignment.heard >= REPORTS_FOR_A_CHANGE &&
    leader.senderClock.heard - alignment.leaderHeard >= REPORTS_FOR_A_CHANGE
  )
}

/** The offset at which both tracks show the same moment of the sender's wall clock at once; undefined before both have told it. */
function alignBySenderReports(
  track: TimelineTrack,
  leader: TimelineTrack,
  leaderOffset: number,
  ticks: Ticks,
): number | undefined {
  if (!track.senderClock.settled || !leader.senderClock.settled) return undefined
  const moment = track.senderClock.wallClock(ticks)
  const leaderAtZero = leader.senderClock.wallClock(Ticks(0))
  if (moment === undefined || leaderAtZero === undefined) return undefined
  return (moment - leaderAtZero) / 1000 + leaderOffset - ticks / track.clockRate
}
