import { describe, expect, it } from 'vitest'
import { covers, EVERYONE, type Grant } from '../../../bridge/auth/grant.ts'

const grant = (...streams: string[]): Grant => ({ ...EVERYONE, streams })

describe('a grant', () => {
  it.each([
    ['lobby', 'lobby', true],
    ['lobby', 'lobby2', false],
    ['lobby', 'a/lobby', false],
    ['lob*', 'lobby', true],
    ['*', 'lobby', true],
    ['*', 'warehouse/dock-1', false],
    ['warehouse/*', 'warehouse/dock-1', true],
    ['warehouse/*', 'warehouse/a/b', false],
    ['warehouse/*', 'warehouse', false],
    ['warehouse/**', 'warehouse/a/b', true],
    ['**', 'warehouse/a/b', true],
    ['*-sub', 'lobby-sub', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'ac', false],
    ['a*a', 'a', false],
    ['a*ab*b', 'aab', false],
    ['l.bby', 'lobby', false],
    ['', 'lobby', false],
  ])('for %s covers %s: %s', (glob, name, expected) => {
    expect(covers(grant(glob), name)).toBe(expected)
  })

  it('is for any of its streams', () => {
    expect(covers(grant('a', 'b'), 'b')).toBe(true)
    expect(covers(grant(), 'b')).toBe(false)
  })

  it('takes no longer for a glob that was made to take long', () => {
    expect(covers(grant('*a'.repeat(2_000)), `${'a'.repeat(4_000)}b`)).toBe(false)
  })
})
