import { describe, expect, it } from 'vitest'
import { parseWwwAuthenticate } from '../../../../protocol/rtsp/headers/www-authenticate.ts'

const parse = (text: string) =>
  parseWwwAuthenticate(text).map((challenge) => [challenge.scheme, Object.fromEntries(challenge.parameters)])

describe('a WWW-Authenticate header', () => {
  it('gives scheme and parameters', () => {
    expect(parse('Digest realm="cam, 1", nonce="a=b", qop="auth,auth-int", algorithm=SHA-256, stale=TRUE')).toEqual([
      ['digest', { realm: 'cam, 1', nonce: 'a=b', qop: 'auth,auth-int', algorithm: 'SHA-256', stale: 'TRUE' }],
    ])
  })

  it('may hold several challenges in one field', () => {
    expect(parse('Basic realm="x", Digest realm="y", nonce="1", Negotiate')).toEqual([
      ['basic', { realm: 'x' }],
      ['digest', { realm: 'y', nonce: '1' }],
      ['negotiate', {}],
    ])
  })

  it('tolerates values without quotes, empty ones and escaped quotes', () => {
    expect(parse('Digest realm=cam,nonce = abc, opaque="", domain="a\\"b"')).toEqual([
      ['digest', { realm: 'cam', nonce: 'abc', opaque: '', domain: 'a"b' }],
    ])
  })

  it.each<[value: string, challenges: [string, Record<string, string>][]]>([
    ['Basic realm="a, b"', [['basic', { realm: 'a, b' }]]],
    ['Basic', [['basic', {}]]],
    ['Digest realm="a\\"b", nonce=1', [['digest', { realm: 'a"b', nonce: '1' }]]],
    [
      'Basic realm="a", Digest realm=b,nonce=c',
      [
        ['basic', { realm: 'a' }],
        ['digest', { realm: 'b', nonce: 'c' }],
      ],
    ],
    [
      'Basic realm=IP Camera Digest realm="x"',
      [
        ['basic', { realm: 'IP Camera' }],
        ['digest', { realm: 'x' }],
      ],
    ],
    ['Digest realm=IP Camera(7), nonce=ab==', [['digest', { realm: 'IP Camera(7)', nonce: 'ab==' }]]],
    ['Digest realm="a" nonce="b" qop="auth,auth-int"', [['digest', { realm: 'a', nonce: 'b', qop: 'auth,auth-int' }]]],
    ['Digest realm = "x" , nonce = "y"', [['digest', { realm: 'x', nonce: 'y' }]]],
    ['Digest realm=, nonce=y', [['digest', { realm: '', nonce: 'y' }]]],
    ['realm="x"', []],
    ['', []],
    [',,,', []],
  ])('reads %s', (value, challenges) => {
    expect(parse(value)).toEqual(challenges)
  })

  it('is read in linear time', () => {
    const started = performance.now()
    for (const part of ['a ', 'a=b ', 'a=" ', '\\"', '"', ',', '=', ' ', 'a', 'a=b c ']) {
      parse(`Digest realm=${part.repeat(100_000)}`)
      parse(`Digest realm="${part.repeat(100_000)}=`)
    }
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
