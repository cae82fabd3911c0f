import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseWwwAuthenticate } from '../../protocol/rtsp/headers/www-authenticate.ts'
import type { RtspRequest } from '../../protocol/rtsp/message.ts'
import { type Answers, described, meet, ok, refusal, type Say, SDP, scriptedCamera } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('authentication', () => {
  const USER = { username: 'viewer', password: 'pa:ss@/%wörd' }
  type Algorithm = 'MD5' | 'SHA-256'
  const hash = (algorithm: Algorithm, text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')

  /** The camera's own check of RFC 7616, and of the older form without qop. */
  function verify(
    request: RtspRequest,
    realm: string,
    nonce: string,
    algorithm: Algorithm,
    uri = request.uri,
  ): boolean {
    const [sent] = parseWwwAuthenticate(request.headers.get('Authorization') ?? '')
    if (sent?.scheme !== 'digest') return false
    const field = (name: string) => sent.parameters.get(name)
    const ha1 = hash(algorithm, `${field('username')}:${realm}:${USER.password}`)
    const ha2 = hash(algorithm, `${request.method}:${uri}`)
    const middle = field('qop') ? `${nonce}:${field('nc')}:${field('cnonce')}:${field('qop')}` : nonce
    return (
      field('username') === USER.username &&
      field('realm') === realm &&
      field('nonce') === nonce &&
      field('response') === hash(algorithm, `${ha1}:${middle}:${ha2}`)
    )
  }

  interface Lock {
    readonly challenges: (nonce: string) => string[]
    readonly realm?: string
    readonly algorithm?: Algorithm
    readonly nonceFor?: (request: number) => string
  }

  /** A camera that answers 401 until the digest is right. */
  function locked(lock: Lock): Answers {
    let requests = 0
    const nonceFor = lock.nonceFor ?? (() => 'n0nce')
    let nonce = nonceFor(0)
    const guard =
      (say: string): Say =>
      (request) => {
        const good = verify(request, lock.realm ?? 'Yard', nonce, lock.algorithm ?? 'MD5')
        nonce = nonceFor(++requests)
        return good ? say : refusal(401, ...lock.challenges(nonce).map((one) => `WWW-Authenticate: ${one}`))
      }
    return {
      OPTIONS: guard(ok()),
      DESCRIBE: guard(described(SDP)),
      SETUP: guard(ok('Session: 1', 'Transport: {transport}')),
      PLAY: guard(ok()),
    }
  }
  const admitted = async (lock: Lock) => {
    const camera = await meet(locked(lock), { credentials: USER }).plays()
    await camera.ends()
    return camera
  }

  it('a camera that offers Basic and Digest, MD5 and SHA-256, in fields of their own', async () => {
    await admitted({
      algorithm: 'SHA-256',
      challenges: (nonce) => [
        'Basic realm="Yard"',
        `Digest realm="Yard", nonce="${nonce}", algorithm=MD5, qop="auth"`,
        `Digest realm="Yard", nonce="${nonce}", algorithm=SHA-256, qop="auth"`,
      ],
    })
  })

  it('a camera that writes SHA256 for SHA-256', async () => {
    await admitted({
      algorithm: 'SHA-256',
      challenges: (nonce) => [`Digest realm="Yard", nonce="${nonce}", algorithm=SHA256, qop="auth"`],
    })
  })

  it('a camera that offers all its challenges in one field', async () => {
    await admitted({
      challenges: (nonce) => [
        `Basic realm="Yard", Digest realm="Yard", nonce="${nonce}", algorithm="MD5", stale=FALSE`,
      ],
    })
  })

  it('a camera that offers an algorithm nobody knows beside MD5', async () => {
    await admitted({
      challenges: (nonce) => [
        `Digest realm="Yard", nonce="${nonce}", algorithm=SHA-512-256`,
        `Digest realm="Yard", nonce="${nonce}", algorithm=md5`,
      ],
    })
  })

  it.each<[what: string, realm: string, challenge: string]>([
    ['unquoted values', 'Yard', 'Digest realm=Yard, nonce=NONCE, algorithm=MD5, stale=false'],
    ['an unquoted realm with blanks', 'IP Camera (7C:11)', 'Digest realm=IP Camera (7C:11), nonce=NONCE'],
    ['no commas', 'Yard', 'Digest realm="Yard" nonce="NONCE" algorithm="MD5"'],
    ['semicolons for commas', 'Yard', 'Digest realm="Yard"; nonce="NONCE"; algorithm=MD5'],
    ['semicolons in its values', 'Yard; north=1', 'Digest realm="Yard; north=1", nonce="NONCE"'],
    ['no algorithm', 'Yard', 'Digest realm="Yard", nonce="NONCE"'],
    ['a list of qop', 'Yard', 'Digest realm="Yard", nonce="NONCE", qop="auth-int,auth"'],
    ['an unquoted qop', 'Yard', 'Digest realm="Yard", qop=auth, nonce="NONCE", opaque=""'],
    ['an empty qop', 'Yard', 'Digest realm="Yard", nonce="NONCE", qop=""'],
    ['an empty realm', '', 'Digest realm="", nonce="NONCE"'],
    ['a comma in the realm', 'Yard, north', 'Digest realm="Yard, north",nonce="NONCE"'],
    ['names in upper case', 'Yard', 'DIGEST REALM="Yard", Nonce="NONCE", ALGORITHM="MD5"'],
    ['blanks round the equals signs', 'Yard', 'Digest  realm = "Yard" , nonce = "NONCE"'],
    ['a colon behind its scheme', 'Yard', 'Digest: realm="Yard", nonce="NONCE"'],
    ['stale at the first challenge', 'Yard', 'Digest realm="Yard", nonce="NONCE", stale=true'],
  ])('a camera whose challenge has %s', async (_, realm, challenge) => {
    await admitted({ realm, challenges: (nonce) => [challenge.replace('NONCE', nonce)] })
  })

  it('a camera that changes its nonce at each request', async () => {
    const camera = await admitted({
      nonceFor: (request) => `nonce-${request}`,
      challenges: (nonce) => [`Digest realm="Yard", nonce="${nonce}"`],
    })
    expect(camera.server.requests.length).toBeLessThanOrEqual(11)
  })

  it('a camera that changes its nonce now and then, and says stale', async () => {
    const camera = await admitted({
      nonceFor: (request) => `nonce-${Math.floor(request / 3)}`,
      challenges: (nonce) => [`Digest realm="Yard", nonce="${nonce}", stale="TRUE"`],
    })
    expect(camera.server.requests.length).toBeLessThanOrEqual(11)
  })

  it('a camera that never accepts the password, with a new nonce each time', async () => {
    let nonce = 0
    const no: Say = () => refusal(401, `WWW-Authenticate: Digest realm="Yard", nonce="${nonce++}", stale=true`)
    const camera = meet({ OPTIONS: no, DESCRIBE: no }, { credentials: USER })
    const error = await camera.fails()
    expect(error.code).toBe('unauthorized')
    expect(JSON.stringify(error)).not.toContain(USER.password)
    expect(camera.server.requests.length).toBeLessThanOrEqual(6)
  })

  it('a camera that forgets who it is when it asks for credentials', async () => {
    const camera = meet({ DESCRIBE: refusal(401), OPTIONS: refusal(401) }, { credentials: USER })
    expect((await camera.fails()).code).toBe('unauthorized')
    expect(camera.server.requests.length).toBeLessThanOrEqual(4)
  })

  it('a camera that wants a User-Agent before it challenges', async () => {
    const camera = await meet({
      OPTIONS: (request) => (request.headers.get('User-Agent') ? ok() : null),
    }).plays()
    expect(camera.server.requests.every((request) => request.headers.get('User-Agent') !== undefined)).toBe(true)
    await camera.ends()
  })

  it('a camera that compares the digest uri with the request line', async () => {
    const camera = await admitted({ challenges: (nonce) => [`Digest realm="Yard", nonce="${nonce}", qop="auth"`] })
    for (const request of camera.server.requests) {
      const [sent] = parseWwwAuthenticate(request.headers.get('Authorization') ?? '')
      if (sent) expect(sent.parameters.get('uri')).toBe(request.uri)
    }
  })

  it('a camera that closes the connection after its challenge', async () => {
    const second = scriptedCamera(locked({ challenges: (nonce) => [`Digest realm="Yard", nonce="${nonce}"`] }))
    const closes: Say = () => {
      queueMicrotask(() => camera.server.hangUp())
      return refusal(401, 'WWW-Authenticate: Digest realm="Yard", nonce="n0nce"', 'Connection: close')
    }
    const camera = meet({ OPTIONS: ok(), DESCRIBE: closes }, { credentials: USER, next: [second] })
    await camera.opens()
    expect(second.methods.at(-1)).toBe('PLAY')
    await camera.ends()
  })

  it.each([
    ['rtsp://viewer:p%40ss%2Fw%3Ard%25@192.168.7.20/live', 'p@ss/w:rd%'],
    ['rtsp://viewer:p@ss:w%@192.168.7.20/live', 'p@ss:w%'],
    ['rtsp://viewer:pa/ss?w#rd@192.168.7.20/live', 'pa/ss?w#rd'],
    ['rtsp://viewer:%2540@192.168.7.20/live', '%40'],
    ['rtsp://viewer:100%@192.168.7.20/live', '100%'],
    ['rtsp://viewer:@192.168.7.20/live', ''],
    ['RTSP://viewer:a b@192.168.7.20/live', 'a b'],
  ])('a password in the address: %s', async (uri, password) => {
    const sent: string[] = []
    const guard =
      (say: string): Say =>
      (request) => {
        const [, basic] = /^Basic (.*)$/.exec(request.headers.get('Authorization') ?? '') ?? []
        if (!basic) return refusal(401, 'WWW-Authenticate: Basic realm="Yard"')
        sent.push(Buffer.from(basic, 'base64').toString())
        return say
      }
    const camera = await meet({ OPTIONS: guard(ok()), DESCRIBE: guard(described(SDP)) }, { uri }).plays()
    expect(new Set(sent)).toEqual(new Set([`viewer:${password}`]))
    expect(camera.addresses('DESCRIBE')[0]).toBe('rtsp://192.168.7.20/live')
    await camera.ends()
  })
})
