import * as v from 'valibot'
import { checkHookHeader, readHookUrl } from '../auth/hook-address.ts'
import { verifierOf } from '../auth/ticket-keys.ts'
import { readable, text, whole } from './checks.ts'

const tickets = v.strictObject({
  keys: v.pipe(
    v.array(
      v.union(
        [
          v.strictObject({
            secret: v.pipe(
              text('secret'),
              readable((secret) => verifierOf({ secret }), 'not a secret'),
              v.description('Shared with the portal, 32 bytes or more: HS256'),
            ),
          }),
          v.strictObject({
            publicKey: v.pipe(
              text('publicKey'),
              readable((publicKey) => verifierOf({ publicKey }), 'not a key'),
              v.description('PEM of the portal’s key: RSA (RS256) or Ed25519 (EdDSA)'),
            ),
          }),
          v.strictObject({
            jwks: v.pipe(
              text('jwks'),
              readable((jwks) => verifierOf({ jwks }), 'not keys'),
              v.description('URL or file of a JSON Web Key Set, whose keys may change'),
            ),
          }),
        ],
        'a key holds one of secret, publicKey, jwks',
      ),
    ),
    v.minLength(1, 'at least one key is needed'),
    v.description('A ticket must be signed by one of these'),
  ),
  audience: v.optional(v.pipe(text('audience'), v.description('What "aud" of a ticket must be'))),
  issuer: v.optional(v.pipe(text('issuer'), v.description('What "iss" of a ticket must be'))),
})

const headers = v.pipe(
  v.record(
    v.string(),
    v.pipe(
      text('a header'),
      v.description('Sent with each question, by reference where it is a secret: Authorization, X-Api-Key'),
    ),
  ),
  v.rawCheck<Record<string, string>>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const [name, value] of Object.entries(dataset.value)) {
      try {
        checkHookHeader(name, value)
      } catch (error) {
        const path = [{ type: 'object', origin: 'value', input: {}, key: name, value: undefined }] as const
        addIssue({ message: (error as Error).message, path: [...path] })
      }
    }
  }),
)

const hook = v.strictObject({
  url: v.pipe(
    text('url'),
    readable(readHookUrl, 'not an address'),
    v.description('Asked by POST who may watch what: 2xx lets in, 401 and 403 do not. https:// or http://'),
  ),
  headers: v.optional(headers),
  timeoutSeconds: v.optional(
    v.pipe(whole('timeoutSeconds', 1, 9), v.description('Seconds for an answer; 5 by default')),
  ),
  concurrency: v.optional(
    v.pipe(whole('concurrency', 1, 1_000), v.description('Questions at the same time; 32 by default')),
  ),
  cacheSeconds: v.optional(
    v.pipe(
      whole('cacheSeconds', 0, 300),
      v.description('Seconds for which the same question is not asked again after it was granted; 0 by default'),
    ),
  ),
})

/** Who may watch. */
export const auth = v.union(
  [
    v.pipe(
      v.literal('none'),
      v.description(
        'Everyone who reaches this machine may watch. Needed to listen elsewhere without tickets or a hook.',
      ),
    ),
    v.strictObject({ tickets }),
    v.strictObject({ hook }),
  ],
  'auth must be none, or hold tickets or a hook',
)
