import { describe, expect, it } from 'vitest'
import { Authenticator } from '../../../protocol/rtsp/authentication.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'

const challenges = (...fields: string[]) => fields.flatMap(parseWwwAuthenticate)
const parameters = (authorization: string | undefined) =>
  Object.fromEntries(parseWwwAuthenticate(authorization ?? '')[0]?.parameters ?? [])

describe('an authenticator', () => {
  it('answers Basic (RFC 7617 section 2, its own example)', () => {
    const authenticator = new Authenticator({ username: 'Aladdin', password: 'open sesame' })
    expect(authenticator.challenged(challenges('Basic realm="WallyWorld"'), false)).toBe(true)
    expect(authenticator.authorization('DESCRIBE', 'rtsp://h/')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
    expect(authenticator.scheme).toBe('Basic')
  })

  it('answers Digest with neither qop nor algorithm (RFC 2069 form)', () => {
    const authenticator = new Authenticator({ username: 'admin', password: '12345' })
    authenticator.challenged(challenges('Digest realm="IP Camera", nonce="b2a1c0"'), false)
    // MD5(MD5("admin:IP Camera:12345"):b2a1c0:MD5("DESCRIBE:rtsp://10.0.0.9:554/live"))
    expect(authenticator.authorization('DESCRIBE', 'rtsp://10.0.0.9:554/live')).toBe(
      'Digest username="admin", realm="IP Camera", nonce="b2a1c0", uri="rtsp://10.0.0.9:554/live", ' +
        `response="${RFC_2069_RESPONSE}"`,
    )
  })

  it.each([
    ['MD5', 'MD5'],
    ['SHA-256', 'SHA-256'],
    ['SHA-256-sess', 'SHA-256-sess'],
  ])('answers Digest %s with qop auth, as OpenSSL computes it', async (_, algorithm) => {
    const authenticator = new Authenticator({ username: 'Mufasa', password: 'Circle of Life' })
    authenticator.challenged(
      challenges(
        `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf", opaque="FQhe"`,
      ),
      false,
    )
    const sent = parameters(authenticator.authorization('PLAY', '/dir/index.html'))
    expect(sent).toMatchObject({ qop: 'auth', nc: '00000001', opaque: 'FQhe', algorithm, uri: '/dir/index.html' })
    const { createHash } = await import('node:crypto')
    const hash = (text: string) =>
      createHash(algorithm.startsWith('MD5') ? 'md5' : 'sha256')
        .update(text)
        .digest('hex')
    let first = hash('Mufasa:http-auth@example.org:Circle of Life')
    if (algorithm.endsWith('-sess')) first = hash(`${first}:7ypf:${sent['cnonce']}`)
    expect(sent['response']).toBe(hash(`${first}:7ypf:00000001:${sent['cnonce']}:auth:${hash('PLAY:/dir/index.html')}`))
    expect(parameters(authenticator.authorization('PLAY', '/dir/index.html'))['nc']).toBe('00000002')
  })

  it('chooses the strongest it knows', () => {
    const authenticator = new Authenticator({ username: 'u', password: 'p' })
    authenticator.challenged(
      challenges('Basic realm="r"', 'Digest realm="r", nonce="1"', 'Digest realm="r", nonce="2", algorithm=SHA-256'),
      false,
    )
    expect(authenticator.scheme).toBe('Digest SHA-256')
    authenticator.challenged(challenges('Digest realm="r", nonce="1", algorithm=SHA-512-256, Basic realm="r"'), false)
    expect(authenticator.scheme).toBe('Basic')
  })

  it('gives up where no scheme is known', () => {
    const authenticator = new Authenticator({ username: 'u', password: 'p' })
    expect(authenticator.challenged(challenges('Negotiate'), false)).toBe(false)
    expect(authenticator.challenged([], false)).toBe(false)
    expect(authenticator.authorization('PLAY', '*')).toBeUndefined()
  })

  it('sends a wrong password once, even where the nonce changes at each answer', () => {
    const authenticator = new Authenticator({ username: 'u', password: 'wrong' })
    expect(authenticator.challenged(challenges('Digest realm="r", nonce="1"'), false)).toBe(true)
    expect(authenticator.challenged(challenges('Digest realm="r", nonce="2"'), true)).toBe(false)
    const basic = new Authenticator({ username: 'u', password: 'wrong' })
    expect(basic.challenged(challenges('Basic realm="r"'), false)).toBe(true)
    expect(basic.challenged(challenges('Basic realm="r"'), true)).toBe(false)
  })

  it('tries again where the nonce is stale, or where it changes after credentials that were good', () => {
    const authenticator = new Authenticator({ username: 'u', password: 'p' })
    authenticator.challenged(challenges('Digest realm="r", nonce="1"'), false)
    expect(authenticator.challenged(challenges('Digest realm="r", nonce="2", stale=true'), true)).toBe(true)
    authenticator.accepted()
    expect(authenticator.challenged(challenges('Digest realm="r", nonce="3"'), true)).toBe(true)
    expect(authenticator.challenged(challenges('Digest realm="r", nonce="3"'), true)).toBe(false)
  })
})

const RFC_2069_RESPONSE = '260a6f945d3036325496db84289de85a'
