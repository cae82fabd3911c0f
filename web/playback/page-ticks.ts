/** Milliseconds from one tick to the next. */
const TICK_MS = 200

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/**
 * Calls back five times a second, all players of the page in one go: a timer for each would be as many tasks, and what they
 * ask of the display would come at as many moments.
 *
 * @returns ends it
 */
export function onTick(listener: () => void): () => void {
  // A function that listens twice does so by two entries.
  const entry = (): void => listener()
  listeners.add(entry)
  timer ??= setInterval(tick, TICK_MS)
  return () => {
    listeners.delete(entry)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function tick(): void {
  for (const listener of listeners) {
    try {
      listener()
    } catch (cause) {
      // One player's fault is not the others'.
      reportError(cause)
    }
  }
}
