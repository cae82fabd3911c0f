import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import type { PlayerState } from '../../web/playback/player/player-state.ts'
import { mediaEventsOf } from '../../web/rtsp-player-events.ts'

const error = new ProtocolError('connection-lost', 'The network is gone')
const state = (name: PlayerState['name']): PlayerState =>
  name === 'failed' ? { name, error } : name === 'reconnecting' ? { name, error, attempt: 1 } : { name }

describe('what a media element tells of a player', () => {
  it.each([
    ['idle', 'connecting', 'play'],
    ['connecting', 'playing', 'playing'],
    ['playing', 'stalled', 'waiting'],
    ['stalled', 'playing', 'playing'],
    ['playing', 'reconnecting', 'waiting'],
    ['playing', 'paused', 'pause'],
    ['paused', 'connecting', 'play'],
    ['playing', 'ended', 'pause ended'],
    ['connecting', 'failed', 'pause error'],
    ['connecting', 'autoplay-blocked', 'pause'],
    ['playing', 'idle', 'emptied'],
    ['idle', 'idle', ''],
    ['idle', 'failed', 'error'],
  ] as const)('live, from %s to %s: %s', (before, now, events) => {
    expect(mediaEventsOf(state(before), state(now), true).join(' ')).toBe(events)
  })

  it('of a recording is left to what plays it, where that knows better', () => {
    expect(mediaEventsOf(state('connecting'), state('playing'), false)).toEqual([])
    expect(mediaEventsOf(state('playing'), state('stalled'), false)).toEqual([])
    expect(mediaEventsOf(state('playing'), state('ended'), false)).toEqual(['pause', 'ended'])
  })
})
