import type { ProtocolError, ProtocolErrorCode } from '../../../protocol/errors.ts'
import type { PlayerState, PlayerStateName } from './player-state.ts'
import { isRetryable } from './reconnect.ts'

/** What can happen to a player. */
export type Incident =
  /** It is wanted: a person, `autoplay`, or the return to a page. */
  | { readonly name: 'started' }
  /** The camera was asked to play, and does. */
  | { readonly name: 'set-up' }
  /** A picture is on the screen, or a sound in the ear. */
  | { readonly name: 'shown' }
  /** No new picture for too long. */
  | { readonly name: 'stood-still' }
  /** What decodes begins anew, without another session. */
  | { readonly name: 're-initialised' }
  | { readonly name: 'paused' }
  /** A recording goes on where it was paused. */
  | { readonly name: 'resumed' }
  /** The browser wants a click first. */
  | { readonly name: 'blocked' }
  | { readonly name: 'ended' }
  /** The session broke, and another is tried. */
  | { readonly name: 'broken'; readonly error: ProtocolError; readonly attempt: number }
  /** Trying again cannot help. */
  | { readonly name: 'given-up'; readonly error: ProtocolError }
  /** It is not wanted any more. */
  | { readonly name: 'stopped' }

type Transitions = Readonly<Partial<Record<Incident['name'], PlayerStateName>>>

/** From whatever state. */
const ALWAYS: Transitions = {
  started: 'connecting',
  paused: 'paused',
  blocked: 'autoplay-blocked',
  ended: 'ended',
  'given-up': 'failed',
  stopped: 'idle',
}

/** The whole machine. What is not in it changes nothing: it came too late, or from something that is over. */
export const TRANSITIONS: Readonly<Record<PlayerStateName, Transitions>> = {
  idle: ALWAYS,
  connecting: { ...ALWAYS, 'set-up': 'waiting-for-keyframe', shown: 'playing', broken: 'reconnecting' },
  'waiting-for-keyframe': { ...ALWAYS, shown: 'playing', broken: 'reconnecting' },
  playing: { ...ALWAYS, 'stood-still': 'stalled', 're-initialised': 'waiting-for-keyframe', broken: 'reconnecting' },
  stalled: { ...ALWAYS, shown: 'playing', 're-initialised': 'waiting-for-keyframe', broken: 'reconnecting' },
  paused: { ...ALWAYS, resumed: 'playing' },
  'autoplay-blocked': ALWAYS,
  // The last picture and the reason stay until there is another picture: `set-up` is not worth a word.
  reconnecting: { ...ALWAYS, shown: 'playing', broken: 'reconnecting' },
  failed: ALWAYS,
  ended: ALWAYS,
}

/** The state that follows; undefined where nothing changes. */
export function nextState({ name }: PlayerState, incident: Incident): PlayerState | undefined {
  const next = TRANSITIONS[name][incident.name]
  if (next === undefined) return undefined
  if (next === 'reconnecting') return incident.name === 'broken' ? { ...incident, name: next } : undefined
  if (next === 'failed') return incident.name === 'given-up' ? { name: next, error: incident.error } : undefined
  return { name: next }
}

/** What is done about a fault, from the least to the most. Skipping to a keyframe and seeking need nobody here. */
export type Repair = 're-initialise' | 'reconnect' | 'give-up'

/** What decodes has met something that it could not take; the session is well. */
const OF_THE_DECODER: ReadonlySet<ProtocolErrorCode> = new Set(['decode-failed', 'append-failed'])
/** A decoder that fails again within this time will fail for ever on what this session gives it. */
const AGAIN_MS = 10_000

/** Chooses the least repair that may help. */
export class Repairs {
  #reinitialisedAt = Number.NEGATIVE_INFINITY

  /** @param now milliseconds of a monotonic clock */
  choose(code: ProtocolErrorCode, now: number): Repair {
    if (!isRetryable(code)) return 'give-up'
    if (!OF_THE_DECODER.has(code) || now - this.#reinitialisedAt < AGAIN_MS) return 'reconnect'
    this.#reinitialisedAt = now
    return 're-initialise'
  }

  /** Whether the picture has to be built anew with the next session. */
  static endsPicture(code: ProtocolErrorCode): boolean {
    return OF_THE_DECODER.has(code)
  }
}

/** Steps against a decoder that says nothing: pictures come, and none is shown for so many milliseconds. */
export const STANDSTILL_STEPS = [
  { after: 1_500, step: 'seek' },
  { after: 3_000, step: 're-initialise' },
  { after: 9_000, step: 'reconnect' },
] as const

export type StandstillStep = (typeof STANDSTILL_STEPS)[number]['step']

/** Time counts by looks, and no look for more than this: a machine that slept, or a page that was busy, stood not still. */
const LONGEST_LOOK_MS = 500

/** Sees pictures that come and are not shown. Pure logic; call it a few times a second. */
export class StandstillWatch {
  #stoodFor = 0
  #next = 0
  #lookedAt: number | undefined

  /**
   * @param now milliseconds of a monotonic clock
   * @param isStanding pictures come, someone looks, and none was shown since the last look
   */
  look(now: number, isStanding: boolean): StandstillStep | undefined {
    const since = Math.min(LONGEST_LOOK_MS, now - (this.#lookedAt ?? now))
    this.#lookedAt = now
    if (!isStanding) {
      this.#stoodFor = 0
      this.#next = 0
      return undefined
    }
    this.#stoodFor += since
    const due = STANDSTILL_STEPS[this.#next]
    if (!due || this.#stoodFor < due.after) return undefined
    this.#next += 1
    return due.step
  }
}
