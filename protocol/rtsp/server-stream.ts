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
  /** When the description last changed, in milliseconds of the Unix epoch; for If-Modified-Since (section 12.23). */
  readonly lastModified?: number | undefined
  /** A viewer sets up its first track. */
  open(sink: MediaSink): ServerPlayback
}

/** Where a playback sends. */
export interface MediaSink {
  /** Sends whole interleaved frames, several at a time if need be. The caller may reuse the bytes at once. */
  send(frames: Uint8Array): void
  /**
   * The same for bytes that never change again, such as those that many viewers are sent: they need not be copied.
   *
   * @param headRoom bytes in front of them, in the same memory, that are for the head of whatever carries them. Default 0.
   */
  sendShared(frames: Uint8Array, headRoom?: number): void
  /** Bytes that the viewer has not taken yet. There is no other bound than the sender's: look before `send`. */
  readonly bufferedAmount: number
  /** The range that was asked for is played: the session is Ready for the next PLAY (RFC 2326 appendix A.2). */
  finished(): void
  /**
   * The media cannot go on: closes the playback and the connection.
   *
   * @param error what the client did, where it is the client's doing
   */
  end(error?: ProtocolError): void
}

/**
 * One viewer's playback of one stream, from the first SETUP to TEARDOWN. The session calls in the order of the state
 * machine and never two at a time. Each call may throw an `RtspRefusal`.
 */
export interface ServerPlayback {
  /** SETUP of one track. */
  setup(control: string, channels: InterleavedChannels): TrackSetup | Promise<TrackSetup>
  /**
   * PLAY: finds where to begin. Nothing may be sent yet, for the answer goes first. It may come while it plays (a seek,
   * another scale); a refusal then changes nothing.
   */
  prepare(request: PlayRequest): PlayAnswer | Promise<PlayAnswer>
  /** The answer to PLAY is out: sends from where `prepare` said. */
  start(): void
  /** PAUSE: sends nothing more until the next `start`. What was prepared before it and did not start is forgotten. */
  pause(): void
  /** The value of a parameter that GET_PARAMETER asks for, as one line of text; undefined where there is none of the name. */
  parameter?(name: string): string | undefined
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
  /** Seconds of the presentation in a second of its timestamps (RFC 2326 section 12.34); 1 where none was stated. Never 0. */
  readonly scale: number
  /** Seconds of its timestamps in a second of the clock (section 12.35), above 0; 1 where none was stated. */
  readonly speed: number
}

export interface PlayAnswer {
  /** Where it truly starts, such as at a keyframe before the place. */
  readonly range: Range
  /** What was chosen of the Scale that was asked for; 1 where it is left out. */
  readonly scale?: number | undefined
  /** What was chosen of the Speed that was asked for; 1 where it is left out. */
  readonly speed?: number | undefined
  /** The tracks that will be sent: at another scale not all may be. */
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
