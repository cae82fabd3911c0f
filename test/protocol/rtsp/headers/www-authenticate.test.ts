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
})
