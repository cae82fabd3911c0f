import type { Grant, Right } from './grant.ts'
import type { Visitor } from './visitor.ts'

/** What is asked about a visitor. */
export interface Question {
  readonly visitor: Visitor
  /** A right to a stream; or which streams there are for him. */
  readonly what: Right | 'list'
  /** The stream that he wants, or `url:HOST:PORT`; undefined where that is not known yet, or many are meant. */
  readonly where: string | undefined
}

/** Decides what visitors may do. */
export interface Authority {
  /**
   * By `tickets`, which say all there is to say: they are read once, and end when they say so. By a `hook`, which is asked
   * for each stream when that is known, and again when what it granted ends.
   */
  readonly by: 'tickets' | 'hook'
  /** What a ticket looks like that comes on the open connection in place of the one before. */
  readonly ticketPattern: RegExp
  /**
   * @param signal the answer is of no use any more
   * @throws Refusal 4401, 4403; 4500 where it cannot be decided now, whose cause is for the operator
   */
  decide(question: Question, signal?: AbortSignal): Promise<Grant>
}

/** RFC 7515 section 3.1. */
export const JSON_WEB_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/
