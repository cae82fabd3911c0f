import type { Clip, ClipTrack } from './clip.ts'
import { FramePacker, type PackedFrame } from './packed-frame.ts'
import { type Position, TrackLoop } from './track-loop.ts'

/** Who is shown the clip. */
export interface FrameReceiver {
  /** The next access unit of a track, good during the call. The receiver fills in the headers. */
  frame(unit: LiveFrame): void
  /** The source had to skip: what was between the last frame and the next one never comes. */
  interrupted(): void
}

/** One access unit; the same buffer for all receivers, one after the other. */
export interface LiveFrame extends PackedFrame {
  readonly track: ClipTrack
  /** Seconds of the Unix epoch when it was due. */
  readonly due: number
  /** Ticks of the track's clock since the Unix epoch. */
  readonly rtpTime: number
  readonly randomAccess: boolean
}

/** Where a receiver that begins now can start. */
export interface LiveStart {
  /** Seconds of the Unix epoch when the frame is due. */
  readonly due: number
  /** Its presentation time: seconds of the Unix epoch. */
  readonly time: number
}

/** Seconds behind its time after which the source skips instead of catching up: the process slept. */
const TOO_LATE = 2

interface Cursor {
  readonly loop: TrackLoop
  position: Position
}

/**
 * Sends one clip to all its receivers at the pace of the wall clock. Each frame's due time follows from the clock
 * alone, so that nothing adds up; after a late wake-up the missed frames go out at once. It ticks only while somebody
 * receives.
 */
export class LiveSource {
  readonly #cursors: readonly Cursor[]
  readonly #receivers = new Set<FrameReceiver>()
  /** The wall clock when the monotonic one stood at `monotonic`, both in milliseconds: the time must not turn back. */
  #anchor = anchor()
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #packer = new FramePacker()

  constructor(clip: Clip) {
    this.#cursors = clip.tracks.map((track) => {
      const loop = new TrackLoop(track, clip.period)
      return { loop, position: loop.seek(0) }
    })
  }

  /** Seconds of the Unix epoch by the source's clock, which every timestamp and sender report goes by. */
  now(): number {
    if (this.#receivers.size === 0) this.#anchor = anchor()
    return (this.#anchor.wall + performance.now() - this.#anchor.monotonic) / 1000
  }

  /** The next frame of a track, not yet sent, at which a decoder can start. */
  nextStart(track: ClipTrack): LiveStart {
    const cursor = this.#cursors.find((candidate) => candidate.loop.track === track)
    const now = this.now()
    if (!cursor) return { due: now, time: now }
    const { loop } = cursor
    let position = this.#receivers.size > 0 ? cursor.position : loop.seek(now * track.clockRate)
    while (!loop.frame(position).randomAccess) position = loop.next(position)
    return { due: loop.sendTime(position) / track.clockRate, time: loop.rtpTime(position) / track.clockRate }
  }

  add(receiver: FrameReceiver): void {
    if (this.#receivers.size === 0) {
      this.#seek(this.now())
      this.#receivers.add(receiver)
      this.#schedule()
      return
    }
    this.#receivers.add(receiver)
  }

  remove(receiver: FrameReceiver): void {
    this.#receivers.delete(receiver)
    if (this.#receivers.size === 0) clearTimeout(this.#timer)
  }

  #seek(seconds: number): void {
    for (const cursor of this.#cursors) cursor.position = cursor.loop.seek(seconds * cursor.loop.track.clockRate)
  }

  #schedule(): void {
    const next = this.#nextDue()
    if (!next || this.#receivers.size === 0) return
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, (next.due - this.now()) * 1000))
  }

  #tick(): void {
    // A computer that sleeps stops the monotonic clock: go on at the time of day, for that is what the picture shows.
    const slept = Date.now() / 1000 - this.now() > TOO_LATE
    if (slept) this.#anchor = anchor()
    const now = this.now()
    if (slept || now - (this.#nextDue()?.due ?? now) > TOO_LATE) {
      this.#seek(now)
      for (const receiver of this.#receivers) receiver.interrupted()
    }
    for (let next = this.#nextDue(); next && next.due <= now; next = this.#nextDue()) {
      this.#send(next.cursor, next.due)
      next.cursor.position = next.cursor.loop.next(next.cursor.position)
    }
    this.#schedule()
  }

  #nextDue(): { readonly cursor: Cursor; readonly due: number } | undefined {
    let next: { cursor: Cursor; due: number } | undefined
    for (const cursor of this.#cursors) {
      const due = cursor.loop.sendTime(cursor.position) / cursor.loop.track.clockRate
      if (!next || due < next.due) next = { cursor, due }
    }
    return next
  }

  #send({ loop, position }: Cursor, due: number): void {
    const { track } = loop
    const { data, randomAccess } = loop.frame(position)
    const packed = this.#packer.pack(track.packetizer, data)
    const frame: LiveFrame = { ...packed, track, due, rtpTime: loop.rtpTime(position), randomAccess }
    for (const receiver of this.#receivers) receiver.frame(frame)
  }
}

const anchor = () => ({ wall: Date.now(), monotonic: performance.now() })
