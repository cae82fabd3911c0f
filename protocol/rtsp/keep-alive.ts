/**
 * The methods by which a client keeps its session alive (RFC 2326 section 10.8 and appendix A). `auto`: GET_PARAMETER where
 * the server has it, else OPTIONS, which older servers understand as well.
 */
export const KEEP_ALIVE_METHODS = ['auto', 'OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER'] as const

/** How a session is kept alive. */
export interface KeepAlive {
  /** Default `auto`. */
  readonly method?: (typeof KEEP_ALIVE_METHODS)[number]
  /** Seconds between two signs of life; by default as the server's time-out has it. */
  readonly intervalSeconds?: number
}

/** Seconds before the server's patience ends at which it is sent a sign of life: a late one costs the session. */
const MARGIN = 5

/**
 * @param timeout seconds, as the server states them
 * @returns seconds until the next sign of life; half of the time-out where it is short
 */
export const keepAliveSeconds = ({ intervalSeconds }: KeepAlive, timeout: number): number =>
  intervalSeconds ?? (timeout > 2 * MARGIN ? timeout - MARGIN : timeout / 2)

/**
 * @param methods those that the server says it has
 * @param refused it refused what `auto` asked before: some list GET_PARAMETER and do not take it
 */
export function keepAliveMethod(
  { method = 'auto' }: KeepAlive,
  methods: ReadonlySet<string>,
  refused: boolean,
): string {
  if (method !== 'auto') return method
  return methods.has('GET_PARAMETER') && !refused ? 'GET_PARAMETER' : 'OPTIONS'
}
