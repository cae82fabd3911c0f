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
import { OutgoingTrack } from './outgoing-track.ts'

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
  readonly #clipTracks: readonly ClipTrack[]
  readonly #sink: MediaSink
  readonly #cname: string
  readonly #tracks = new Map<ClipTrack, OutgoingTrack>()
  /** The track at whose random access points all others start too: the video, where it was set up. */
  #leading: ClipTrack | undefined
  #flow: Flow = PAUSED
  #startDue = 0
  #nextReport = 0

  constructor(source: LiveSource, clipTracks: readonly ClipTrack[], sink: MediaSink, cname: string) {
    this.#source = source
    this.#clipTracks = clipTracks
    this.#sink = sink
    this.#cname = cname
  }

  setup(control: string, channels: InterleavedChannels): TrackSetup {
    const track = this.#clipTracks.find((candidate) => candidate.control === control)
    if (!track) throw new RtspRefusal(404)
    const known = this.#tracks.get(track)
    if (known) known.channels = channels
    const outgoing = known ?? new OutgoingTrack(track, channels, this.#cname)
    this.#tracks.set(track, outgoing)
    if (track.kind === 'video' || this.#leading === undefined) this.#leading = track
    return { ssrc: outgoing.ssrc }
  }

  prepare(request: PlayRequest): PlayAnswer {
    // A camera has no past: only the live edge can be played, and at its own speed.
    if (request.range?.unit === 'clock') throw new RtspRefusal(457)
    if (!this.#leading) throw new RtspRefusal(455)
    const start = this.#source.nextStart(this.#leading)
    this.#startDue = start.due
    return {
      range: { unit: 'npt', start: 'now' },
      scale: request.scale === 1 ? undefined : 1,
      tracks: [...this.#tracks.values()].map((outgoing) => ({
        control: outgoing.track.control,
        sequence: outgoing.sequence,
        rtpTime: outgoing.timestampAt(start.time),
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
    if (this.#flow.name !== 'paused' && this.#sink.bufferedAmount <= FULL) {
      for (const track of this.#tracks.values()) this.#sink.send(track.report(this.#source.now(), 'goodbye'))
    }
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
        this.#sink.send(outgoing.address(frame))
    }
  }

  interrupted(): void {
    if (this.#flow.name !== 'paused') this.#flow = LOSING
  }

  #nextFlow(frame: LiveFrame): Flow {
    const unread = this.#sink.bufferedAmount
    const canStart = frame.randomAccess && frame.track === this.#leading
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
    for (const track of this.#tracks.values()) this.#sink.send(track.report(this.#source.now(), 'goes on'))
  }
}
