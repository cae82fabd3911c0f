import { CLOSE, Refusal } from '../close-code.ts'
import { type Authority, JSON_WEB_TOKEN } from './authority.ts'
import { EVERYONE, type Grant } from './grant.ts'
import type { Visitor } from './visitor.ts'

export interface PermissionEvents {
  /** Who decides now; null where everyone may watch. */
  authority(): Authority | null
  /** A visitor was refused. */
  refused(refusal: Refusal): void
}

/** What one visitor may do, as whoever decides has it now. */
export class Permission {
  readonly #events: PermissionEvents
  #visitor: Visitor

  constructor(visitor: Visitor, events: PermissionEvents) {
    this.#visitor = visitor
    this.#events = events
  }

  /** Where everyone may watch there is nothing to wait for. */
  get isOpen(): boolean {
    return this.#events.authority() === null
  }

  /** The stream must be known before it can be decided; what is granted for it ends, and is asked for again. */
  get isByStream(): boolean {
    return this.#events.authority()?.by === 'hook'
  }

  /** To watch the stream: see `Question`. @throws Refusal */
  toView(where: string | undefined, signal?: AbortSignal): Promise<Grant> {
    return this.#ask('view', where, signal)
  }

  /** To see which streams there are. @throws Refusal */
  toList(): Promise<Grant> {
    return this.#ask('list', undefined)
  }

  /** Takes a text for the ticket in place of the one before. @returns whether it looks like one */
  takeTicket(text: string): boolean {
    const pattern = this.#events.authority()?.ticketPattern ?? JSON_WEB_TOKEN
    if (!pattern.test(text)) return false
    this.#visitor = { ...this.#visitor, ticket: text }
    return true
  }

  async #ask(what: 'view' | 'list', where: string | undefined, signal?: AbortSignal): Promise<Grant> {
    const authority = this.#events.authority()
    if (!authority) return EVERYONE
    try {
      return await authority.decide({ visitor: this.#visitor, what, where }, signal)
    } catch (error) {
      const refusal = error instanceof Refusal ? error : undecided(error)
      if (!signal?.aborted) this.#events.refused(refusal)
      throw refusal
    }
  }
}

/** @param cause for the operator: holds no secret */
export const undecided = (cause: unknown): Refusal =>
  new Refusal(CLOSE.undecided, 'the bridge cannot find out now who may watch', { cause })
