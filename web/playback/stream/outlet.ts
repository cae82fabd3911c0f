import type { TimedAccessUnit, TrackConfiguration } from '../../../protocol/index.ts'
import type { RendererName } from '../choice/renderers.ts'
import type { OutletCommand, ReceivedInitialization, ReceivedMedia } from './messages.ts'
import type { SourceCommand } from './source-messages.ts'

/** Where the access units of a track end that do not become segments. It lives on from one session to the next. */
export interface Outlet {
  /** What the units from here on are. */
  configure(track: TrackConfiguration, renderer: RendererName): void
  /** The data is good during the call only. */
  push(unit: TimedAccessUnit): void
  /** What comes next belongs to another place or another session: what waits is let go. */
  reset(): void
  /** What comes next goes on behind what is here, and may begin a little before its end. */
  resume(): void
  command(command: OutletCommand): void
  close(): void
}

/** Where the segments of a session end that do not go to the page. It lives on from one session to the next. */
export interface SegmentOutlet {
  initialization(segment: ReceivedInitialization): void
  media(segment: ReceivedMedia): void
  command(command: SourceCommand): void
  close(): void
}
