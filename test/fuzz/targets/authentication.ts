import { Authenticator } from '../../../protocol/rtsp/authentication.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'
import type { Random } from '../random.ts'
import { type FuzzTarget, holds, textOf, utf8 } from '../target.ts'

/** One line is the WWW-Authenticate of one 401 after the other. */
function check(input: Uint8Array, random: Random): void {
  const authenticator = new Authenticator({ username: 'us"er', password: 'gehe\\im' })
  let authorization: string | undefined
  for (const line of textOf(input).split('\n').slice(0, 20)) {
    // Twice the same challenge, and a password that never was accepted: then it must not be sent again.
    const sent = authorization !== undefined
    const challenges = parseWwwAuthenticate(line)
    authenticator.challenged(challenges, sent)
    authorization = authenticator.authorization('DESCRIBE', 'rtsp://camera/live')
    if (authorization !== undefined) {
      const again = authenticator.challenged(challenges, true)
      holds(!again || authorization.startsWith('Digest'), 'a refused Basic authorization is not sent again')
      holds(!authorization.includes('gehe'), 'the password is never sent in clear by Digest')
      holds(/^(Basic|Digest) /.test(authorization), 'an authorization names its scheme')
    }
    if (random.chance(0.2)) authenticator.accepted()
  }
}

export const authentication: FuzzTarget = {
  name: 'authentication',
  shapes: ['bytes', 'lines'],
  maximumBytes: 16 * 1024,
  seeds: [
    'Digest realm="a", nonce="1"\nDigest realm="a", nonce="1"\nDigest realm="a", nonce="2", stale=true',
    'Basic realm="camera"\nBasic realm="camera"',
    'Digest realm="a", nonce="1", algorithm=MD5-sess, qop="auth", opaque="o"\nBasic realm="", Digest realm=x, nonce=y',
    'Digest realm="a", nonce="1", algorithm=SHA-256-sess, qop="auth,auth-int"\nNegotiate\nDigest nonce="3", qop=auth-int',
  ].map(utf8),
  dictionary: ['Basic', 'Digest', 'realm=', 'nonce=', 'stale=true', 'qop=auth', 'algorithm=', 'MD5', 'SHA-256', '-sess']
    .concat(['SHA-512-256', 'opaque=', '"', '\\', ',', '=', '\r', '\0'])
    .map(utf8),
  check,
}
