/** Where the bridge stands between its start and its end. */
export type BridgePhase =
  | 'starting'
  | 'serving'
  /** It serves as before, and says that it is about to end. */
  | 'announced'
  | 'draining'
  | 'closed'

/** How the bridge empties itself before it ends. */
export interface DrainTimes {
  /**
   * Milliseconds for which it goes on as before and only `/readyz` says that it is about to end, so that load balancers
   * send nobody more. Default 0.
   */
  readonly noticeMilliseconds: number
  /** Milliseconds over which the viewers are sent away, evenly, so that they do not all come back at once. Default 5,000. */
  readonly spreadMilliseconds: number
}

export const DEFAULT_DRAIN: DrainTimes = { noticeMilliseconds: 0, spreadMilliseconds: 5_000 }

/**
 * Calls for each of the things, the first at once and the others evenly over the time. Ends early, without the rest, where
 * it is aborted.
 *
 * @param isStillThere false for those that went meanwhile: nobody waits for their turn
 */
export async function spreadOver<T>(
  things: readonly T[],
  milliseconds: number,
  each: (thing: T) => void,
  isStillThere: (thing: T) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now()
  for (const [index, thing] of things.entries()) {
    if (!isStillThere(thing)) continue
    await pause(started + (milliseconds * index) / things.length - performance.now(), signal)
    if (signal.aborted) return
    each(thing)
  }
}

/** Resolves after the time, or when it is aborted. Never rejects. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
