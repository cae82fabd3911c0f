import { ProtocolError, type ProtocolErrorCode } from '../../../protocol/errors.ts'
import { partNotLoaded } from '../part-not-loaded.ts'
import type { SessionMessage, StreamRequest } from '../stream/messages.ts'
import type { StreamHandle, StreamHost } from '../stream/stream-host.ts'
import { PlayerReconnection } from './player-reconnection.ts'
import type { StreamSwitch } from './player-switch.ts'
import type { GetTicket, TicketKeeper } from './player-tickets.ts'
import { isRetryable } from './reconnect.ts'

/** What is to be played, and how. */
export type PlayerRequest = Pick<StreamRequest, 'address' | 'renderer' | 'audio'>

export interface PlayerSessionEvents {
  /** What the session tells that is seen. */
  receive(message: SessionMessage): void
  /** None could be opened. */
  failed(error: ProtocolError): void
  /** Another follows, from zero; what it tells comes after this. */
  begins(): void
  /** Something was got over. */
  warning(error: ProtocolError): void
}

/**
 * The session that a player shows: opened with a ticket, where the page gives some, replaced while it plays, and opened anew
 * when it has broken.
 */
export class PlayerSession {
  readonly reconnection = new PlayerReconnection()
  /** What fetches tickets; without it the address has one, or none is wanted. */
  getTicket: GetTicket | undefined
  readonly #host: StreamHost
  readonly #place: () => Pick<StreamRequest, 'isAtEdge' | 'defersSound' | 'abilities'>
  readonly #events: PlayerSessionEvents
  #request: PlayerRequest | undefined
  #recorder: number | undefined
  #handle: StreamHandle | undefined
  #switch: StreamSwitch | undefined
  #tickets: TicketKeeper | undefined
  /** The bridge has taken the ticket of this session. */
  #isTicketGood = false
  /** What is still on its way for an earlier turn is not wanted any more. */
  #turn = 0

  /** @param place what is to be known of the place where it is shown, when a session is opened */
  constructor(
    host: StreamHost,
    place: () => Pick<StreamRequest, 'isAtEdge' | 'defersSound' | 'abilities'>,
    events: PlayerSessionEvents,
  ) {
    this.#host = host
    this.#place = place
    this.#events = events
  }

  /** Undefined where there is none, or none yet. */
  get handle(): StreamHandle | undefined {
    return this.#handle
  }

  /** What was asked for last. */
  get request(): PlayerRequest | undefined {
    return this.#request
  }

  /** Outlet that records what comes, of this session and of those that follow; undefined: none. */
  set recorder(outlet: number | undefined) {
    this.#recorder = outlet
    this.#handle?.track({ name: 'record', outlet: outlet ?? null })
  }

  /** In place of the one before, which ends at once. */
  start(request: PlayerRequest): void {
    this.end()
    this.#request = request
    this.reconnection.reset()
    this.#open(request)
  }

  /**
   * In place of the one that plays, which goes on up to the first picture of the other. Where there will be none, it goes on
   * for good.
   */
  change(request: PlayerRequest): void {
    this.#request = request
    this.#endSwitch()
    const turn = this.#turn
    this.#withTicket(request, this.#events.warning, async (ready) => {
      try {
        // Loaded on demand: most players stay with their stream.
        const { StreamSwitch } = await import('./player-switch.ts')
        if (turn === this.#turn) this.#switch = this.#begin(new StreamSwitch(), ready)
      } catch {
        if (turn === this.#turn) this.#open(request)
      }
    })
  }

  /** It has broken. @returns whether another will be opened, when it is time */
  retry(error: ProtocolError): boolean {
    const request = this.#request
    const isWorthIt = isRetryable(error.code) || this.#mayAskAgain(error.code)
    this.#close()
    if (!request || !isWorthIt) {
      this.reconnection.cancel()
      return false
    }
    this.reconnection.schedule(request.address.websocketUrl, error, () => this.#open(this.#request ?? request))
    return true
  }

  /** Shows the bridge a ticket in place of the one before. */
  renew(ticket: string): void {
    if (this.#request) this.#request = { ...this.#request, address: { ...this.#request.address, ticket } }
    if (ticket !== '') this.#handle?.renew(ticket)
  }

  /** Nobody wants to see it any more. */
  end(): void {
    this.reconnection.cancel()
    this.#close()
  }

  #open(request: PlayerRequest): void {
    this.#close()
    this.#isTicketGood = false
    this.#events.begins()
    this.#withTicket(request, this.#events.failed, (ready) => {
      this.#handle = this.#host.open({ ...ready, recorder: this.#recorder }, (message) => this.#receive(message))
    })
  }

  /** The page may have a better ticket than the one that was refused: one that was good has expired. */
  #mayAskAgain(code: ProtocolErrorCode): boolean {
    return code === 'ticket-required' && this.getTicket !== undefined && this.#isTicketGood
  }

  #close(): void {
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
    // Not two of them into one recording: this one follows when the other is over.
    this.recorder = this.#recorder
    this.#events.begins()
    for (const message of told) this.#receive(message)
  }

  #receive(message: SessionMessage): void {
    if (message.type === 'stage' && message.stage === 'connected') this.reconnection.reached()
    if (message.type === 'stage' && message.stage === 'set-up') {
      this.reconnection.setUp()
      this.#isTicketGood = true
    }
    if (message.type === 'closed') {
      this.#endSwitch()
      this.#tickets?.close()
      this.#handle = undefined
    }
    this.#events.receive(message)
  }

  #withTicket(
    request: PlayerRequest,
    fail: (error: ProtocolError) => void,
    go: (request: StreamRequest) => void,
  ): void {
    if (!this.getTicket) {
      go({ ...request, ...this.#place() })
      return
    }
    const turn = this.#turn
    this.#fetchTicket().then(
      (ticket) => turn === this.#turn && go({ ...request, ...this.#place(), address: { ...request.address, ticket } }),
      (cause: unknown) => turn === this.#turn && fail(asProtocolError(cause)),
    )
  }

  async #fetchTicket(): Promise<string> {
    if (!this.#tickets) {
      // Loaded on demand: most pages have a ticket at hand, or need none.
      const { TicketKeeper } = await import('./player-tickets.ts')
      this.#tickets ??= new TicketKeeper(
        () => this.getTicket,
        (ticket) => this.#handle?.renew(ticket),
        (error) => this.#events.warning(error),
      )
    }
    return this.#tickets.fetch()
  }
}

const asProtocolError = (cause: unknown): ProtocolError =>
  cause instanceof ProtocolError ? cause : partNotLoaded(cause)
