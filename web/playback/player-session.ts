import { ProtocolError, type ProtocolErrorCode } from '../../protocol/errors.ts'
import type { SessionMessage, StreamRequest } from './messages.ts'
import type { StreamSwitch } from './player-switch.ts'
import type { GetTicket, TicketKeeper } from './player-tickets.ts'
import type { StreamHandle, StreamHost } from './stream-host.ts'

export interface PlayerSessionEvents {
  /** What the session tells that is seen. */
  receive(message: SessionMessage): void
  /** None could be opened. */
  failed(error: ProtocolError): void
  /** Another is seen from here on; what it has told follows. */
  replaced(): void
  /** Something was got over. */
  warning(error: ProtocolError): void
}

/** The session that a player shows: opened with a ticket, where the page gives some, and replaced while it plays. */
export class PlayerSession {
  /** What fetches tickets; without it the address has one, or none is wanted. */
  getTicket: GetTicket | undefined
  readonly #host: StreamHost
  readonly #events: PlayerSessionEvents
  #handle: StreamHandle | undefined
  #switch: StreamSwitch | undefined
  #tickets: TicketKeeper | undefined
  /** The bridge has taken the ticket of this session. */
  #isTicketGood = false
  /** What is still on its way for an earlier turn is not wanted any more. */
  #turn = 0

  constructor(host: StreamHost, events: PlayerSessionEvents) {
    this.#host = host
    this.#events = events
  }

  /** Undefined where there is none, or none yet. */
  get handle(): StreamHandle | undefined {
    return this.#handle
  }

  /** In place of the one before, which ends at once. */
  open(request: StreamRequest): void {
    this.close()
    this.#isTicketGood = false
    this.#withTicket(request, this.#events.failed, (ready) => {
      this.#handle = this.#host.open(ready, (message) => this.#receive(message))
    })
  }

  /**
   * In place of the one that plays, which goes on up to the first picture of the other. Where there will be none, it goes on
   * for good.
   */
  replace(request: StreamRequest): void {
    this.#endSwitch()
    const turn = this.#turn
    this.#withTicket(request, this.#events.warning, async (ready) => {
      try {
        // Loaded on demand: most players stay with their stream.
        const { StreamSwitch } = await import('./player-switch.ts')
        if (turn === this.#turn) this.#switch = this.#begin(new StreamSwitch(), ready)
      } catch {
        if (turn === this.#turn) this.open(request)
      }
    })
  }

  /** Shows the bridge a ticket in place of the one before. */
  renew(ticket: string): void {
    this.#handle?.renew(ticket)
  }

  /** The page may have a better ticket than the one that was refused: one that was good has expired. */
  mayAskAgain(code: ProtocolErrorCode): boolean {
    return code === 'ticket-required' && this.getTicket !== undefined && this.#isTicketGood
  }

  close(): void {
    this.#endSwitch()
    this.#tickets?.close()
    this.#handle?.close()
    this.#handle = undefined
  }

  #endSwitch(): void {
    this.#turn += 1
    this.#switch?.close()
    this.#switch = undefined
  }

  #begin(next: StreamSwitch, request: StreamRequest): StreamSwitch {
    next.handle = this.#host.open(request, (message) => {
      if (next.handle === this.#handle) this.#receive(message)
      else if (next.isReadyWith(message)) this.#take(next)
      else if (message.type === 'closed') {
        this.#switch = undefined
        if (message.error) this.#events.warning(ProtocolError.fromJSON(message.error))
      }
    })
    return next
  }

  #take({ handle, told }: StreamSwitch): void {
    this.#switch = undefined
    this.#handle?.close()
    this.#handle = handle
    this.#events.replaced()
    for (const message of told) this.#receive(message)
  }

  #receive(message: SessionMessage): void {
    if (message.type === 'stage' && message.stage === 'set-up') this.#isTicketGood = true
    if (message.type === 'closed') {
      this.#endSwitch()
      this.#tickets?.close()
      this.#handle = undefined
    }
    this.#events.receive(message)
  }

  #withTicket(
    request: StreamRequest,
    fail: (error: ProtocolError) => void,
    go: (request: StreamRequest) => void,
  ): void {
    if (!this.getTicket) {
      go(request)
      return
    }
    const turn = this.#turn
    this.#fetchTicket().then(
      (ticket) => turn === this.#turn && go({ ...request, address: { ...request.address, ticket } }),
      (cause: unknown) => turn === this.#turn && fail(asProtocolError(cause)),
    )
  }

  async #fetchTicket(): Promise<string> {
    if (!this.#tickets) {
      // Loaded on demand: most pages have a ticket at hand, or need none.
      const { TicketKeeper } = await import('./player-tickets.ts')
      this.#tickets ??= new TicketKeeper(
        () => this.getTicket,
        (ticket) => this.renew(ticket),
        (error) => this.#events.warning(error),
      )
    }
    return this.#tickets.fetch()
  }
}

const asProtocolError = (cause: unknown): ProtocolError =>
  cause instanceof ProtocolError
    ? cause
    : new ProtocolError('part-not-loaded', `What asks for tickets is missing: ${cause}`)
