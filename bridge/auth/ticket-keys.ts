import { createPublicKey } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'

/** What tickets are signed with. */
export type TicketKey =
  /** Shared with who signs, at least 32 bytes: HS256. */
  | { readonly secret: string }
  /** PEM of a public key: RSA (RS256) or Ed25519 (EdDSA). */
  | { readonly publicKey: string }
  /** URL, or path of a file, with a JSON Web Key Set; the keys may change there at any time. */
  | { readonly jwks: string }

/** Verifies a signature by one key, or rejects with an error of jose. */
export type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTVerifyResult>

/** RFC 7518 section 3.2. */
const LEAST_SECRET_BYTES = 32
/** Algorithms by type of key: each key is good for one, whatever the ticket says. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = { rsa: ['RS256'], ed25519: ['EdDSA', 'Ed25519'] }
const OF_SETS = ['RS256', 'EdDSA', 'Ed25519']
/** Milliseconds for the answer of a server of keys, and between two questions to it. */
const JWKS_TIMEOUT = 5_000
const JWKS_COOLDOWN = 10_000

/** @throws TypeError where the key cannot be used, in words for the operator */
export function verifierOf(key: TicketKey): Verify {
  if ('secret' in key) return bySecret(key.secret)
  if ('publicKey' in key) return byPublicKey(key.publicKey)
  return bySet(/^https?:\/\//.test(key.jwks) ? remoteSet(key.jwks) : fileSet(key.jwks))
}

function bySecret(secret: string): Verify {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.length < LEAST_SECRET_BYTES) {
    throw new TypeError(`a secret for tickets has at least ${LEAST_SECRET_BYTES} bytes, as of: openssl rand -base64 32`)
  }
  return (token, options) => jwtVerify(token, bytes, { ...options, algorithms: ['HS256'] })
}

function byPublicKey(pem: string): Verify {
  let key: ReturnType<typeof createPublicKey>
  try {
    key = createPublicKey(pem)
  } catch (cause) {
    throw new TypeError('the public key for tickets is not PEM', { cause })
  }
  const algorithms = ALGORITHMS[key.asymmetricKeyType ?? '']
  if (!algorithms) throw new TypeError(`a key of type ${key.asymmetricKeyType} is not used for tickets: RSA or Ed25519`)
  return (token, options) => jwtVerify(token, key, { ...options, algorithms: [...algorithms] })
}

const bySet =
  (getKey: JWTVerifyGetKey): Verify =>
  (token, options) =>
    jwtVerify(token, getKey, { ...options, algorithms: OF_SETS })

function remoteSet(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), { timeoutDuration: JWKS_TIMEOUT, cooldownDuration: JWKS_COOLDOWN })
}

/** Read again when the file has changed, as it does when keys are rotated. */
function fileSet(path: string): JWTVerifyGetKey {
  let readAt = -1
  let current: JWTVerifyGetKey | undefined
  const read = (): JWTVerifyGetKey => {
    const { mtimeMs } = statSync(path)
    if (!current || mtimeMs !== readAt) {
      current = createLocalJWKSet(JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet)
      readAt = mtimeMs
    }
    return current
  }
  try {
    read()
  } catch (cause) {
    throw new TypeError(`the keys for tickets cannot be read from ${path}`, { cause })
  }
  return (header, token) => {
    let set: JWTVerifyGetKey
    try {
      set = read()
    } catch {
      // In the middle of being written: the keys from before are still good.
      if (!current) throw new errors.JWKSNoMatchingKey()
      set = current
    }
    return set(header, token)
  }
}
