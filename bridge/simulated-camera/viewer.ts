import {
  type InterleavedChannels,
  type MediaSink,
  type PlayAnswer,
  type PlayRequest,
  RtspRefusal,
  type ServerPlayback,
  type TrackSetup,
} from '../../protocol/rtsp/server-stream.ts'
import type { ClipTrack } from './clip.ts'
import type { FrameReceiver, LiveFrame, LiveSource } from './live-source.ts'
import type { OutgoingTrack } from './outgoing-track.ts'
import { OutgoingTracks } from './outgoing-tracks.ts'

/** Bytes that a viewer may leave unread; beyond them it loses the rest of the group of pictures. */
const FULL = 1024 * 1024
/** It gets pictures again, from a keyframe on, when no more than this is unread. */
const DRAINED = 128 * 1024
/** Seconds between two sender reports. */
const REPORT_INTERVAL = 2

/** What becomes of the next frame. */
type Flow =
  | { readonly name: 'paused' }
  /** Frames due before `due` are not for this viewer, and no loss either: it begins at a keyframe. */
  | { readonly name: 'starting'; readonly due: number }
  | { readonly name: 'flowing' }
  /** The viewer reads too slowly, or the source skipped: frames are lost up to the next keyframe. */
  | { readonly name: 'losing' }

const PAUSED: Flow = { name: 'paused' }
const FLOWING: Flow = { name: 'flowing' }
const LOSING: Flow = { name: 'losing' }

/** One viewer of the live source: its RTP streams, its start at a keyframe, and what it loses when it is slow. */
export class Viewer implements ServerPlayback, FrameReceiver {
  readonly #source: LiveSource
  readonly #sink: MediaSink
  readonly #tracks: OutgoingTracks
  #flow: Flow = PAUSED
  #startDue = 0
  #nextReport = 0

  constructor(source: LiveSource, clipTracks: readonly ClipTrack[], sink: MediaSink, cname: string) {
    this.#source = source
    this.#sink = sink
    this.#tracks = new OutgoingTracks(clipTracks, cname)
  }

  setup(control: string, channels: InterleavedChannels): TrackSetup {
    return this.#tracks.setup(control, channels)
  }

  prepare(request: PlayRequest): PlayAnswer {
    // A camera has no past: only the live edge can be played, and at its own speed.
    if (request.range && request.range.unit !== 'npt') throw new RtspRefusal(457)
    const { leading } = this.#tracks
    if (!leading) throw new RtspRefusal(455)
    const start = this.#source.nextStart(leading.track)
    this.#startDue = start.due
    return {
      range: { unit: 'npt', start: 'now' },
      tracks: [...this.#tracks].map((outgoing) => ({
        control: outgoing.track.control,
        sequence: outgoing.sequence,
        rtpTime: outgoing.timestamp(ticksAt(outgoing, start.time)),
      })),
    }
  }

  start(): void {
    this.#flow = { name: 'starting', due: this.#startDue }
    this.#source.add(this)
    // Before the first packet, so that picture and sound are in step from the first on.
    this.#report(this.#source.now())
  }

  pause(): void {
    this.#flow = PAUSED
    this.#source.remove(this)
  }

  close(): void {
    if (this.#flow.name !== 'paused' && this.#sink.bufferedAmount <= FULL) this.#sendReports('goodbye')
    this.pause()
  }

  frame(frame: LiveFrame): void {
    const outgoing = this.#tracks.get(frame.track)
    if (!outgoing) return
    this.#flow = this.#nextFlow(frame)
    switch (this.#flow.name) {
      case 'paused':
      case 'starting':
        return
      case 'losing':
        outgoing.drop(frame)
        return
      case 'flowing':
        if (frame.due >= this.#nextReport) this.#report(frame.due)
        this.#sink.send(outgoing.address(frame, frame.rtpTime))
    }
  }

  interrupted(): void {
    if (this.#flow.name !== 'paused') this.#flow = LOSING
  }

  #nextFlow(frame: LiveFrame): Flow {
    const unread = this.#sink.bufferedAmount
    const canStart = frame.randomAccess && frame.track === this.#tracks.leading?.track
    switch (this.#flow.name) {
      case 'paused':
        return this.#flow
      case 'starting':
        if (frame.due < this.#flow.due) return this.#flow
        return unread > DRAINED ? LOSING : FLOWING
      case 'flowing':
        return unread > (canStart ? DRAINED : FULL) ? LOSING : FLOWING
      case 'losing':
        return canStart && unread <= DRAINED ? FLOWING : LOSING
    }
  }

  #report(seconds: number): void {
    this.#nextReport = seconds + REPORT_INTERVAL
    this.#sendReports('goes on')
  }

  #sendReports(ending: 'goodbye' | 'goes on'): void {
    const now = this.#source.now()
    for (const outgoing of this.#tracks) {
      this.#sink.send(outgoing.report(now, ticksAt(outgoing, now), ending))
    }
  }
}

const ticksAt = ({ track }: OutgoingTrack, seconds: number): number => Math.round(seconds * track.clockRate)
