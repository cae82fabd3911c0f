import type { Range } from '../../protocol/rtsp/headers/range.ts'
import {
  type InterleavedChannels,
  type MediaSink,
  type PlayAnswer,
  type PlayRequest,
  RtspRefusal,
  type ServerPlayback,
  type TrackSetup,
} from '../../protocol/rtsp/server-stream.ts'
import type { Clip } from './clip.ts'
import { OutgoingTracks } from './outgoing-tracks.ts'
import { FramePacker } from './packed-frame.ts'
import { type DueFrame, RecordingRun } from './recording-run.ts'

/** Bytes that a viewer may leave unread; beyond them the recording waits. */
const FULL = 1024 * 1024
/** Milliseconds after which a viewer that had left so much unread is looked at again. */
const WAIT = 50
/** Seconds behind its time after which the recording goes on later instead of catching up: the process slept. */
const TOO_LATE = 2
/** Seconds between two sender reports. */
const REPORT_INTERVAL = 2
/** Scale and Speed that are served, and those between. */
const SLOWEST = 0.5
const FASTEST = 4

type Flow =
  | { readonly name: 'stopped' }
  | { readonly name: 'prepared'; readonly run: RecordingRun }
  | { readonly name: 'playing'; readonly run: RecordingRun; readonly timer: ReturnType<typeof setTimeout> }

const STOPPED: Flow = { name: 'stopped' }

/**
 * One viewer of a recording, at its own place and pace: PLAY starts at the keyframe at or before the place that was
 * asked for, goes on where PAUSE stopped, and says BYE behind the last frame. Nobody is dropped for being slow: the
 * recording waits.
 */
export class RecordingViewer implements ServerPlayback {
  readonly #clip: Clip
  readonly #recordedAt: number
  readonly #sink: MediaSink
  readonly #tracks: OutgoingTracks
  readonly #packer = new FramePacker()
  #flow: Flow = STOPPED
  /** Normal play time of what comes next. */
  #position = 0
  /** Seconds of the clock of the timestamps: they never turn back, wherever the place (RFC 2326 appendix B). */
  #mediaTime = 0
  #nextReport = 0

  /** @param recordedAt seconds of the Unix epoch when the first frame was recorded */
  constructor(clip: Clip, recordedAt: number, sink: MediaSink, cname: string) {
    this.#clip = clip
    this.#recordedAt = recordedAt
    this.#sink = sink
    this.#tracks = new OutgoingTracks(clip.tracks, cname)
  }

  setup(control: string, channels: InterleavedChannels): TrackSetup {
    return this.#tracks.setup(control, channels)
  }

  prepare({ range, scale, speed }: PlayRequest): PlayAnswer {
    const { leading } = this.#tracks
    if (!leading) throw new RtspRefusal(455)
    const { from, end } = this.#place(range)
    this.#stop()

    const hasVideo = leading.track.kind === 'video'
    // Sound cannot be played at another pace without being another sound: it is left out then, or keeps its pace.
    const usedScale = hasVideo ? within(scale) : 1
    const tracks = usedScale === 1 ? [...this.#tracks] : [leading]
    const run = new RecordingRun(tracks, {
      // Where it stands the viewer's decoder goes on; anywhere else it can start at a keyframe alone.
      start: from === 'here' ? { exactly: this.#here } : { keyframeBefore: from },
      end,
      scale: usedScale,
      speed: within(speed),
      mediaTime: Math.max(this.#mediaTime, Date.now() / 1000),
    })
    this.#flow = { name: 'prepared', run }
    return {
      range: this.#stated(range, run.start, end),
      scale: run.scale,
      speed: run.speed,
      tracks: tracks.map((outgoing) => ({
        control: outgoing.track.control,
        sequence: outgoing.sequence,
        rtpTime: outgoing.timestamp(run.ticksAt(outgoing.track, run.start)),
      })),
    }
  }

  start(): void {
    if (this.#flow.name !== 'prepared') return
    const { run } = this.#flow
    run.begin(performance.now() / 1000)
    // Before the first packet, so that picture and sound are in step from the first on.
    this.#report(run, 'goes on')
    this.#schedule(run, 0)
  }

  pause(): void {
    this.#stop()
  }

  parameter(name: string): string | undefined {
    return name.toLowerCase() === 'position' ? `npt=${this.#now().toFixed(3)}` : undefined
  }

  close(): void {
    if (this.#flow.name === 'playing' && this.#sink.bufferedAmount <= FULL) this.#report(this.#flow.run, 'goodbye')
    this.#stop()
  }

  get #here(): number {
    return this.#position < this.#clip.period ? this.#position : 0
  }

  #now(): number {
    return this.#flow.name === 'playing' ? this.#flow.run.position(performance.now() / 1000) : this.#position
  }

  /** @throws RtspRefusal 457 for a place that the recording does not have */
  #place(range: Range | null): { readonly from: number | 'here'; readonly end: number } {
    const { period } = this.#clip
    // `now` is for what is live (RFC 2326 section 3.6).
    if (range?.start === 'now') throw new RtspRefusal(457, 'Invalid Range: a recording has no "now"')
    const toNpt = (value: number | undefined): number | undefined =>
      value !== undefined && range?.unit === 'clock' ? value / 1000 - this.#recordedAt : value
    const from = toNpt(range?.start)
    const end = Math.min(toNpt(range?.end) ?? period, period)
    const first = from ?? (this.#flow.name === 'playing' ? this.#now() : this.#here)
    if (first < 0 || first >= period || end <= first) {
      throw new RtspRefusal(457, `Invalid Range: the recording is npt=0-${Number(period.toFixed(3))}`)
    }
    return { from: from ?? 'here', end }
  }

  /** A range of the recording in the unit in which it was asked for. */
  #stated(asked: Range | null, start: number, end: number): Range {
    if (asked?.unit !== 'clock') return { unit: asked?.unit ?? 'npt', start, end }
    return { unit: 'clock', start: (this.#recordedAt + start) * 1000, end: (this.#recordedAt + end) * 1000 }
  }

  #stop(): void {
    if (this.#flow.name === 'playing') {
      const { run, timer } = this.#flow
      clearTimeout(timer)
      this.#position = run.pausePoint
      this.#mediaTime = run.mediaTimeAt(run.pausePoint)
    }
    this.#flow = STOPPED
  }

  /** @param delay seconds */
  #schedule(run: RecordingRun, delay: number): void {
    const timer = setTimeout(() => this.#tick(run), Math.max(0, delay * 1000))
    this.#flow = { name: 'playing', run, timer }
  }

  #tick(run: RecordingRun): void {
    const now = performance.now() / 1000
    const late = -run.waitingTime(now)
    if (late > TOO_LATE) run.delay(late)
    if (this.#sink.bufferedAmount > FULL) {
      run.delay(WAIT / 1000)
      this.#schedule(run, WAIT / 1000)
      return
    }
    for (let due = run.next(now); due; due = run.next(now)) this.#send(run, due)
    if (run.isOver(now)) this.#finish(run)
    else this.#schedule(run, run.waitingTime(now))
  }

  #send(run: RecordingRun, { outgoing, frame }: DueFrame): void {
    if (performance.now() / 1000 >= this.#nextReport) this.#report(run, 'goes on')
    const packed = this.#packer.pack(outgoing.track.packetizer, frame.data)
    this.#sink.send(outgoing.address(packed, run.ticksOf(outgoing.track, frame)))
  }

  #finish(run: RecordingRun): void {
    this.#stop()
    // RFC 2326 knows no other way to say that nothing follows; where the client chose the end it knows by itself.
    if (run.end >= this.#clip.period) this.#report(run, 'goodbye')
    this.#sink.finished()
  }

  #report(run: RecordingRun, ending: 'goodbye' | 'goes on'): void {
    const now = performance.now() / 1000
    this.#nextReport = now + REPORT_INTERVAL
    for (const outgoing of this.#tracks) {
      const ticks = run.ticksAt(outgoing.track, run.position(now))
      this.#sink.send(outgoing.report(Date.now() / 1000, ticks, ending))
    }
  }
}

/** Backwards is not served at all: 1 is then as good an answer as any, and told. */
const within = (pace: number): number => (pace < 0 ? 1 : Math.min(FASTEST, Math.max(SLOWEST, pace)))
