import { ProtocolError } from '../errors.ts'
import type { Range } from './headers/range.ts'

/** What an RTSP server offers. The simulated camera implements it. */
export interface ServerStreams {
  /**
   * The stream at `path` (from the first `/`, no `/` at the end), or null: 404. It is also asked for the paths of
   * tracks, and of whatever a client thinks up. May throw an `RtspRefusal` that says more.
   */
  find(path: string, query: string): ServerStream | null | Promise<ServerStream | null>
}

export interface ServerStream {
  /** The `a=control` of each track: one path segment, relative to the stream's own address. */
  readonly controls: readonly string[]
  /** The session description (RFC 2326 appendix C), whose controls are those above. */
  describe(): Uint8Array | Promise<Uint8Array>
  /** A viewer sets up its first track. */
  open(sink: MediaSink): ServerPlayback
}

/** Where a playback sends. */
export interface MediaSink {
  /** Sends whole interleaved frames, several at a time if need be. The caller may reuse the bytes at once. */
  send(frames: Uint8Array): void
  /** Bytes that the viewer has not taken yet. There is no other bound than the sender's: look before `send`. */
  readonly bufferedAmount: number
  /** The media is over, or cannot go on: closes the playback and the connection. */
  end(): void
}

/**
 * One viewer's playback of one stream, from the first SETUP to TEARDOWN. The session calls in the order of the state
 * machine and never two at a time. Each call may throw an `RtspRefusal`.
 */
export interface ServerPlayback {
  /** SETUP of one track. */
  setup(control: string, channels: InterleavedChannels): TrackSetup | Promise<TrackSetup>
  /** PLAY: finds where to begin. Nothing may be sent yet, for the answer goes first. */
  prepare(request: PlayRequest): PlayAnswer | Promise<PlayAnswer>
  /** The answer to PLAY is out: sends from where `prepare` said. */
  start(): void
  /** PAUSE: sends nothing more until the next `start`. */
  pause(): void
  /** An RTP or RTCP packet from the viewer, `bytes[start … end)`, good during the call. */
  received?(control: string, kind: 'rtp' | 'rtcp', bytes: Uint8Array, start: number, end: number): void
  /** TEARDOWN, silence, or the end of the connection. A last BYE may still be sent. Called once. */
  close(): void
}

export interface InterleavedChannels {
  readonly rtp: number
  readonly rtcp: number
}

export interface TrackSetup {
  readonly ssrc?: number | undefined
}

export interface PlayRequest {
  /** Null where none was stated: go on from where it stands. */
  readonly range: Range | null
  /** 1 where none was stated. */
  readonly scale: number
}

export interface PlayAnswer {
  readonly range: Range
  /** What was chosen of the Scale that was asked for; left out where it is 1. */
  readonly scale?: number | undefined
  readonly tracks: readonly TrackStart[]
}

/** Where a track begins: one entry of RTP-Info (RFC 2326 section 12.33). */
export interface TrackStart {
  readonly control: string
  /** Sequence number of the first packet. */
  readonly sequence: number
  /** RTP timestamp that belongs to the start of the range, on this track's clock. */
  readonly rtpTime: number
}

/** A request is answered with this status instead of being done. */
export class RtspRefusal extends ProtocolError {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** What follows the code in the status line; the standard's phrase where it is undefined. */
  readonly reason: string | undefined

  constructor(status: number, reason?: string, headers: readonly (readonly [string, string])[] = []) {
    super('rtsp-status', `Refused with ${status}${reason ? `: ${reason}` : ''}`, { place: { status } })
    this.status = status
    this.reason = reason
    this.headers = headers
  }
}
