import type { ProtocolError } from '../../protocol/errors.ts'
import type { Pace } from './canvas/screen-messages.ts'
import type { ShownFrame } from './shown-frames.ts'
import type { StreamHandle } from './stream/handles.ts'
import type { ReceivedInitialization, ReceivedMedia } from './stream/messages.ts'
import type { TrackKind } from './stream/track-kind.ts'

export type { TrackKind } from './stream/track-kind.ts'

/** What is being seen or heard: a time of the stream, a moment, and the pace of the time from there on. */
export type PictureTime = Pace

/**
 * What a media element shows.
 *
 * @param offset added to a time of the stream to get one of the element; undefined where nothing of it is there
 * @param frame the newest picture from it, by which it is known better than by the play head, which the display follows
 */
export function pictureTimeOf(
  video: HTMLVideoElement,
  offset: number | undefined,
  frame?: ShownFrame | undefined,
): PictureTime | undefined {
  const { readyState, paused, currentTime, playbackRate: rate } = video
  if (offset === undefined || paused || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return undefined
  if (frame) return { mediaTime: frame.mediaTime - offset, at: frame.shownAt, rate }
  return { mediaTime: currentTime - offset, at: performance.timeOrigin + performance.now(), rate }
}

/**
 * Brings tracks of a live stream to the screen or to the ear. One lives as long as its picture is to be kept, across
 * sessions; which of them takes a track is chosen in `choice/`.
 */
export interface Renderer {
  /** Takes the picture from the screen. Nothing is told after it. */
  close(): void
}

/** It takes MP4 segments. */
export interface SegmentRenderer extends Renderer {
  /**
   * This session with these tracks follows; what is on the screen stays until its first picture.
   *
   * @param pictureElsewhere another renderer has the picture: sound is wanted only while it is heard
   */
  begin(session: StreamHandle, tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void
  /** Of the same stream these tracks are shown here from now on: the others have another renderer, or none. */
  retake(tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void
  initialization(segment: ReceivedInitialization): void
  media(segment: ReceivedMedia): void
  /** Sound that is not heard is not decoded either: it would only cost delay. */
  setAudible(audible: boolean): void
  /** So much is kept behind the live edge, in seconds, for who wants to go back; 0: what was played goes. */
  set timeShift(seconds: number)
  /** Added to a time of the stream to get one of the element; undefined while nothing of the stream is there. */
  readonly offset: number | undefined
  /** Duration of a video frame in seconds; 0 where there is no video. */
  readonly frameDuration: number
  /** Sound is being decoded. */
  readonly hasAudio: boolean
}

/** It takes access units, which go to its outlet without passing the page. */
export interface UnitRenderer extends Renderer {
  /** What is being shown; undefined where nothing is. */
  readonly pictureTime: PictureTime | undefined
  /** Leads a track of a session here, in place of the one before. */
  take(session: StreamHandle, trackId: number): void
}

/** It shows a recording, by the clock of a media element or of a canvas. */
export interface RecordedRenderer {
  /** Seconds in hand at which the server is told to pause, and to go on: it sends, whether or not anything plays. */
  readonly mostInHand: number
  readonly leastInHand: number
  /** Where what has come ends, in seconds; undefined where nothing has. */
  readonly end: number | undefined
  /** There is enough in hand to play, and to let a decoder show the first picture. */
  readonly isFlowing: boolean
  /** Duration of a video frame in seconds; 0 where there is no video. */
  readonly frameDuration: number
  /** A stream with these tracks follows, from a place on. What is on the screen stays until its first picture. */
  begin(tracks: ReadonlySet<TrackKind>, position: number): void
  /**
   * What follows begins at another place: all that is buffered goes.
   *
   * @param position seconds
   * @param options.sound whether there is any: a server leaves it away at another pace than the usual
   */
  flush(position: number, options: { readonly sound: boolean }): void
  /** What follows goes on behind what is there, from a keyframe at or before its end: what comes again is left out. */
  continue(): void
  initialization(segment: ReceivedInitialization): void
  media(segment: ReceivedMedia): void
  /** There was not enough: some is gathered before it goes on. */
  gather(): void
  /** Nothing more will come: it ends where the material does. */
  finish(): void
  close(): void
}

export interface RendererEvents {
  /** The element is about to lose its picture to a new source. */
  attaching(): void
  /** The element was given the new source; it wants `play()` again. */
  attached(): void
  /** Something is in the buffer. */
  appended(): void
  /** A picture is in the buffer. @param mediaTime its time on the element's timeline, in seconds. */
  queued(segment: Pick<ReceivedMedia, 'arrival' | 'wallClock'>, mediaTime: number): void
  /** Pictures were dropped because the browser did not keep up. */
  dropped(pictures: number): void
  warning(error: ProtocolError): void
  /** It cannot go on; `close` follows from the one who is told. */
  failed(error: ProtocolError): void
}
