import type { ProtocolError } from '../../protocol/errors.ts'
import type { ReceivedInitialization, ReceivedMedia } from './messages.ts'

/** Brings the segments of a live stream to the screen and to the ear. One lives as long as its picture is to be kept, across sessions. */
export interface Renderer {
  /** A stream with these tracks follows; what is on the screen stays until its first picture. */
  begin(tracks: ReadonlySet<'video' | 'audio'>): void
  initialization(segment: ReceivedInitialization): void
  media(segment: ReceivedMedia): void
  /** Sound that is not heard is not decoded either: it would only cost delay. */
  setAudible(audible: boolean): void
  /** Duration of a video frame in seconds; 0 where there is no video. */
  readonly frameDuration: number
  /** Sound is being decoded. */
  readonly hasAudio: boolean
  /** Takes the picture from the screen. Nothing is told after it. */
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
  queued(segment: ReceivedMedia, mediaTime: number): void
  /** Segments were dropped because the browser did not keep up. */
  dropped(segments: number): void
  warning(error: ProtocolError): void
  /** It cannot go on; `close` follows from the one who is told. */
  failed(error: ProtocolError): void
}
