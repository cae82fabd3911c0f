import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../../protocol/errors.ts'
import type { PlayerState, PlayerStateName } from '../../../../web/playback/player/player-state.ts'
import {
  type Incident,
  nextState,
  Repairs,
  STANDSTILL_STEPS,
  StandstillWatch,
  TRANSITIONS,
} from '../../../../web/playback/player/recovery.ts'

const error = new ProtocolError('connection-lost', 'The cable was pulled')
const broken: Incident = { name: 'broken', error, attempt: 1 }
const givenUp: Incident = { name: 'given-up', error }
const INCIDENTS: readonly Incident[] = [
  { name: 'started' },
  { name: 'set-up' },
  { name: 'shown' },
  { name: 'stood-still' },
  { name: 're-initialised' },
  { name: 'paused' },
  { name: 'resumed' },
  { name: 'blocked' },
  { name: 'ended' },
  broken,
  givenUp,
  { name: 'stopped' },
]

const STATES = Object.keys(TRANSITIONS) as PlayerStateName[]
const stateOf = (name: PlayerStateName): PlayerState =>
  name === 'reconnecting' ? { name, error, attempt: 1 } : name === 'failed' ? { name, error } : { name }

/** The states that a player goes through. */
const statesThrough = (...incidents: Incident[]): string[] => {
  let state: PlayerState = { name: 'idle' }
  return incidents.map((incident) => {
    state = nextState(state, incident) ?? state
    return state.name
  })
}

describe('the states of a player', () => {
  it('are these, and follow from each other like this', () => {
    const table = STATES.map((name) => {
      const ways = INCIDENTS.flatMap((incident) => {
        const next = nextState(stateOf(name), incident)
        return next ? [`${incident.name} → ${next.name}`] : []
      })
      return `${name}: ${ways.join(', ')}`
    })
    expect(table).toMatchInlineSnapshot(`
      [
        "idle: started → connecting, paused → paused, blocked → autoplay-blocked, ended → ended, given-up → failed, stopped → idle",
        "connecting: started → connecting, set-up → waiting-for-keyframe, shown → playing, paused → paused, blocked → autoplay-blocked, ended → ended, broken → reconnecting, given-up → failed, stopped → idle",
        "waiting-for-keyframe: started → connecting, shown → playing, paused → paused, blocked → autoplay-blocked, ended → ended, broken → reconnecting, given-up → failed, stopped → idle",
        "playing: started → connecting, stood-still → stalled, re-initialised → waiting-for-keyframe, paused → paused, blocked → autoplay-blocked, ended → ended, broken → reconnecting, given-up → failed, stopped → idle",
        "stalled: started → connecting, shown → playing, re-initialised → waiting-for-keyframe, paused → paused, blocked → autoplay-blocked, ended → ended, broken → reconnecting, given-up → failed, stopped → idle",
        "paused: started → connecting, paused → paused, resumed → playing, blocked → autoplay-blocked, ended → ended, given-up → failed, stopped → idle",
        "autoplay-blocked: started → connecting, paused → paused, blocked → autoplay-blocked, ended → ended, given-up → failed, stopped → idle",
        "reconnecting: started → connecting, shown → playing, paused → paused, blocked → autoplay-blocked, ended → ended, broken → reconnecting, given-up → failed, stopped → idle",
        "failed: started → connecting, paused → paused, blocked → autoplay-blocked, ended → ended, given-up → failed, stopped → idle",
        "ended: started → connecting, paused → paused, blocked → autoplay-blocked, ended → ended, given-up → failed, stopped → idle",
      ]
    `)
  })

  it('an ordinary day', () => {
    expect(
      statesThrough(
        { name: 'started' },
        { name: 'set-up' },
        { name: 'shown' },
        { name: 'paused' },
        { name: 'started' },
      ),
    ).toEqual(['connecting', 'waiting-for-keyframe', 'playing', 'paused', 'connecting'])
  })

  it('a bad one: the picture stands still, the connection breaks twice, and it plays again', () => {
    expect(
      statesThrough(
        { name: 'started' },
        { name: 'shown' },
        { name: 'stood-still' },
        broken,
        { name: 'set-up' },
        broken,
        { name: 'set-up' },
        { name: 'shown' },
      ).slice(2),
    ).toEqual(['stalled', 'reconnecting', 'reconnecting', 'reconnecting', 'reconnecting', 'playing'])
  })

  it('say why', () => {
    expect(nextState({ name: 'playing' }, broken)).toEqual({ name: 'reconnecting', error, attempt: 1 })
    expect(nextState({ name: 'playing' }, givenUp)).toEqual({ name: 'failed', error })
  })

  it.each(['idle', 'paused', 'failed', 'ended', 'autoplay-blocked'] as const)(
    'a picture or a fault that comes too late does not wake a player that is %s',
    (name) => {
      expect(nextState(stateOf(name), { name: 'shown' })).toBeUndefined()
      expect(nextState(stateOf(name), broken)).toBeUndefined()
      expect(nextState(stateOf(name), { name: 'stood-still' })).toBeUndefined()
    },
  )
})

describe('repairs', () => {
  it('a decoder that fails is begun anew first, and only if that does not help, the session', () => {
    const repairs = new Repairs()
    expect(repairs.choose('decode-failed', 0)).toBe('re-initialise')
    expect(repairs.choose('append-failed', 5_000)).toBe('reconnect')
  })

  it('a decoder that fails once in a while is begun anew each time', () => {
    const repairs = new Repairs()
    expect([0, 20_000, 40_000].map((now) => repairs.choose('append-failed', now))).toEqual([
      're-initialise',
      're-initialise',
      're-initialise',
    ])
  })

  it('a connection is made anew, and what a person has to change is given up', () => {
    const repairs = new Repairs()
    expect(repairs.choose('connection-lost', 0)).toBe('reconnect')
    expect(repairs.choose('unauthorized', 0)).toBe('give-up')
  })
})

describe('pictures that come and are not shown', () => {
  const LOOK = 250
  const watch = () => {
    const standstill = new StandstillWatch()
    let now = 0
    return (seconds: number, isStanding = true) => {
      const steps: string[] = []
      for (const end = now + seconds * 1000; now < end; ) {
        now += LOOK
        const step = standstill.look(now, isStanding)
        if (step) steps.push(`${step} at ${now / 1000}`)
      }
      return steps
    }
  }

  it('are sought, then decoded anew, then asked for anew', () => {
    const run = watch()
    run(10, false)
    expect(run(30)).toEqual(['seek at 11.5', 're-initialise at 13', 'reconnect at 19'])
    expect(STANDSTILL_STEPS.map(({ step }) => step)).toEqual(['seek', 're-initialise', 'reconnect'])
  })

  it('begin from the least when they were shown between', () => {
    const run = watch()
    run(1, false)
    run(4)
    run(0.25, false)
    expect(run(2)).toEqual(['seek at 6.75'])
  })

  it('are not missed by a machine that slept', () => {
    const standstill = new StandstillWatch()
    expect(standstill.look(0, true)).toBeUndefined()
    expect(standstill.look(8 * 3_600_000, true)).toBeUndefined()
  })
})
