import { Milliseconds } from '../../../protocol/units.ts'
import { onTick } from '../page-ticks.ts'
import type { ShownFrames } from '../shown-frames.ts'
import { type StandstillStep, StandstillWatch } from './recovery.ts'

/** A picture that is older is marked; where they come seldom, one that is older than this many of their intervals. */
const STALE_MS = 1_000
const STALE_INTERVALS = 2

/** How long a picture may be on the screen unmarked, in milliseconds. @param interval from one to the next */
export const staleAfter = (interval: number): number => Math.max(STALE_MS, interval * STALE_INTERVALS)

export interface WatchedFacts {
  /** A live picture is on the screen that a person takes for the present. */
  readonly isPresent: boolean
  /** Pictures come, and a media element is to show them. */
  readonly isFed: boolean
}

export interface PlayerWatchEvents {
  /** @param age milliseconds since the picture was new; told again while it grows */
  stale(isStale: boolean, age: Milliseconds): void
  standstill(step: StandstillStep): void
}

/** Looks a few times a second at how old the picture on the screen is. Of a page that nobody sees nothing is told. */
export class PlayerWatch {
  readonly #frames: ShownFrames
  readonly #facts: () => WatchedFacts
  readonly #events: PlayerWatchEvents
  readonly #standstill = new StandstillWatch()
  readonly #endTicks: () => void
  #isStale = false
  /** Milliseconds since 1970 from which on somebody waits for a picture. */
  #waitingSince = wallClock()
  #shownBefore = 0

  constructor(frames: ShownFrames, facts: () => WatchedFacts, events: PlayerWatchEvents) {
    this.#frames = frames
    this.#facts = facts
    this.#events = events
    this.#endTicks = onTick(() => this.#look())
    document.addEventListener('visibilitychange', this.#onVisibility)
  }

  get isStale(): boolean {
    return this.#isStale
  }

  /** A new picture is on the screen. */
  shown(): void {
    this.#setStale(false, 0)
  }

  /** The stream was asked for just now: an old picture is what everybody expects. */
  started(): void {
    this.#waitingSince = wallClock()
  }

  close(): void {
    this.#endTicks()
    document.removeEventListener('visibilitychange', this.#onVisibility)
  }

  readonly #onVisibility = (): void => {
    this.#waitingSince = wallClock()
  }

  #look(): void {
    const { last, interval, shown } = this.#frames
    const { isPresent, isFed } = this.#facts()
    const isNew = shown !== this.#shownBefore
    this.#shownBefore = shown
    const age = wallClock() - Math.max(last?.shownAt ?? 0, this.#waitingSince)
    const isOld = age > staleAfter(interval)
    if (!isPresent || !last) this.#setStale(false, 0)
    else if (isOld && !document.hidden) this.#setStale(true, wallClock() - (last.arrival ?? last.shownAt))
    // Before its first picture an element may take its time; afterwards pictures that come seldom are not missed early.
    const isStanding = isFed && !isNew && !document.hidden && (!last || isOld)
    const step = this.#standstill.look(performance.now(), isStanding)
    if (step) this.#events.standstill(step)
  }

  #setStale(isStale: boolean, age: number): void {
    if (!isStale && !this.#isStale) return
    this.#isStale = isStale
    this.#events.stale(isStale, Milliseconds(age))
  }
}

const wallClock = (): number => performance.timeOrigin + performance.now()
