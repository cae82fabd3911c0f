import { describe, expect, it } from 'vitest'
import { keepAliveMethod, keepAliveSeconds } from '../../../protocol/rtsp/keep-alive.ts'

const METHODS = new Set(['OPTIONS', 'GET_PARAMETER'])

describe('a sign of life', () => {
  it.each([
    [60, 55],
    [30, 25],
    [8, 4],
    [1, 0.5],
  ])('is due before a time-out of %i s: after %d', (timeout, seconds) => {
    expect(keepAliveSeconds({}, timeout)).toBe(seconds)
  })

  it('is due as often as was said, whatever the time-out', () => {
    expect(keepAliveSeconds({ intervalSeconds: 20 }, 60)).toBe(20)
  })

  it('is GET_PARAMETER where the server has it and takes it, else OPTIONS', () => {
    expect(keepAliveMethod({}, METHODS, false)).toBe('GET_PARAMETER')
    expect(keepAliveMethod({}, METHODS, true)).toBe('OPTIONS')
    expect(keepAliveMethod({ method: 'auto' }, new Set(), false)).toBe('OPTIONS')
  })

  it('is what was said, whatever the server says it has or takes', () => {
    expect(keepAliveMethod({ method: 'OPTIONS' }, METHODS, false)).toBe('OPTIONS')
    expect(keepAliveMethod({ method: 'SET_PARAMETER' }, METHODS, true)).toBe('SET_PARAMETER')
  })
})
