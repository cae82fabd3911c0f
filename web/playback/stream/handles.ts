import type { RecorderCommand } from '../../recording/recorder-messages.ts'
import type { OutletCommand, OutletMessage, SessionCommand, TrackCommand } from './messages.ts'
import type { SourceCommand } from './source-messages.ts'

/** A session as the page sees it. */
export interface StreamHandle {
  /** For a session that has told `opened`. A refusal is told; what came of it otherwise is in the messages. */
  command(command: SessionCommand): void
  track(command: TrackCommand): void
  /** Shows the bridge a new ticket. */
  renew(ticket: string): void
  /** Ends the session; nothing is told after this. */
  close(): void
}

/** An outlet as the page sees it: a screen, a speaker, the source of a media element, or a recorder. */
export interface OutletHandle {
  /** For `TrackCommand`. */
  readonly id: number
  command(command: OutletCommand | SourceCommand | RecorderCommand): void
  /** Nothing is told after this. */
  close(): void
}

/** `lost`: the worker that held it is gone. */
export type ToldByOutlet = OutletMessage | { readonly type: 'lost' }

export type OutletListener = (message: ToldByOutlet) => void
