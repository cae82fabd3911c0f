/** How far behind the live edge a person wants to be: the attribute `latency`. */
export type WantedLatency =
  /** As near as the browser can show it. */
  | { readonly name: 'low' }
  /** So many seconds in hand. */
  | { readonly name: 'seconds'; readonly seconds: number }
  /** Half a second in hand, and more where the network needs it. */
  | { readonly name: 'smooth' }
  /** Low, and as much more as the jitter of the network asks for. */
  | { readonly name: 'auto' }

export const LOW_LATENCY: WantedLatency = { name: 'low' }

/** More would only fill memory: what is buffered is kept until it is played. */
const MOST_SECONDS = 10
const SMOOTH_SECONDS = 0.5
/**
 * What measured jitter may add at most. To `low` it is the usual lateness that is added, not the worst: a browser that runs
 * out of pictures all the time shows them later, not earlier.
 */
const MOST_ADDED = { low: 0.05, auto: 1, smooth: 2 } as const

/** A media element needs about as many seconds for sound: with them in hand, sound may be in it at no further delay. */
const SOUND_SECONDS = 0.5

/** It is wanted so near the edge that sound in the same media element would hold the picture back. */
export const isAtEdge = (wanted: WantedLatency): boolean =>
  wanted.name === 'seconds' ? wanted.seconds < SOUND_SECONDS : wanted.name !== 'smooth'

/** Attributes may hold anything: what cannot be read is `low`. */
export function wantedLatency(attribute: string | null | undefined): WantedLatency {
  const value = attribute?.trim() ?? ''
  if (value === 'smooth' || value === 'auto') return { name: value }
  const seconds = value === '' ? Number.NaN : Number(value)
  return seconds >= 0 ? { name: 'seconds', seconds: Math.min(MOST_SECONDS, seconds) } : LOW_LATENCY
}

/**
 * Seconds to keep in hand.
 *
 * @param lowest what the browser needs to play at all
 * @param late by how much pictures come later than the earliest, in seconds: on average, and at worst
 */
export function secondsInHand(
  wanted: WantedLatency,
  lowest: number,
  { usual, jitter }: { readonly usual: number; readonly jitter: number },
): number {
  switch (wanted.name) {
    case 'low':
      return lowest + Math.min(MOST_ADDED.low, usual)
    case 'seconds':
      return Math.max(lowest, wanted.seconds)
    case 'auto':
      return lowest + Math.min(MOST_ADDED.auto, jitter)
    case 'smooth':
      return Math.max(lowest, SMOOTH_SECONDS) + Math.min(MOST_ADDED.smooth, jitter)
  }
}
