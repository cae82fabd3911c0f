import * as v from 'valibot'
import { parseAllowRule } from '../allow-rule.ts'
import { parseOrigin } from '../origin.ts'
import { parseRtspUrl } from '../rtsp-url.ts'
import { STREAM_NAME } from '../targets.ts'

/** What a check throws becomes the message of the issue. */
const readable = (read: (text: string) => unknown, fallback: string) =>
  v.rawCheck<string>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    try {
      read(dataset.value)
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : fallback })
    }
  })

const text = (what: string) =>
  v.pipe(v.string(`${what} must be a text; put it in quotes`), v.nonEmpty(`${what} is empty`))

/** Numbers are written without quotes. */
const whole = (what: string, least: number, most: number) => {
  const message = `${what} must be a whole number from ${least} to ${most}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}

const stream = v.strictObject({
  url: v.pipe(
    text('url'),
    readable(parseRtspUrl, 'url is not an RTSP address'),
    v.description('rtsp://host[:port]/path or rtsps://…, without user and password'),
  ),
  user: v.optional(v.pipe(text('user'), v.description('User name at the camera'))),
  password: v.optional(
    v.pipe(text('password'), v.description('Password at the camera, by reference: a variable or file:/path')),
  ),
  mode: v.optional(
    v.pipe(
      v.picklist(['hub', 'proxy', 'relay'], 'mode must be hub, proxy or relay'),
      v.description(
        'hub (default): one session with the camera for all who watch, live. proxy: a session for each viewer, for recordings. relay: viewers speak with the camera themselves, with its address and password.',
      ),
    ),
    'hub',
  ),
  transport: v.optional(
    v.pipe(
      v.picklist(['auto', 'tcp', 'udp', 'multicast'], 'transport must be auto, tcp, udp or multicast'),
      v.description('How the media comes from the camera. auto (default): by TCP, and by UDP where it refuses that.'),
    ),
    'auto',
  ),
  description: v.optional(v.pipe(text('description'), v.maxLength(200), v.description('For people'))),
})

const tickets = v.strictObject({
  keys: v.pipe(
    v.array(
      v.union(
        [
          v.strictObject({
            secret: v.pipe(text('secret'), v.description('Shared with the portal, 32 bytes or more: HS256')),
          }),
          v.strictObject({
            publicKey: v.pipe(
              text('publicKey'),
              v.description('PEM of the portal’s key: RSA (RS256) or Ed25519 (EdDSA)'),
            ),
          }),
          v.strictObject({
            jwks: v.pipe(text('jwks'), v.description('URL or file of a JSON Web Key Set, whose keys may change')),
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

/** The configuration file: what can be said in it, and what is left out. */
export const configSchema = v.strictObject({
  listen: v.optional(
    v.strictObject({
      host: v.optional(
        v.pipe(text('host'), v.description('Address to listen on; 127.0.0.1, this machine alone, by default')),
      ),
      port: v.optional(v.pipe(whole('port', 0, 65535), v.description('Port to listen on; 8080 by default'))),
    }),
    {},
  ),
  auth: v.optional(
    v.union(
      [
        v.pipe(
          v.literal('none'),
          v.description('Everyone who reaches this machine may watch. Needed to listen elsewhere without tickets.'),
        ),
        v.strictObject({ tickets }),
      ],
      'auth must be none, or hold tickets',
    ),
  ),
  origins: v.optional(
    v.pipe(
      v.array(v.pipe(text('an origin'), readable(parseOrigin, 'not an origin'))),
      v.description('Origins of pages, besides the own, that may connect: https://portal.example'),
    ),
    [],
  ),
  targets: v.optional(
    v.strictObject({
      allow: v.optional(
        v.pipe(
          v.array(v.pipe(text('a rule'), readable(parseAllowRule, 'not a rule'))),
          v.description('Cameras that pages may name by address: HOST[:PORT], a range, a pattern. None by default.'),
        ),
        [],
      ),
    }),
    {},
  ),
  streams: v.optional(
    v.pipe(
      v.record(
        v.pipe(
          v.string(),
          v.regex(STREAM_NAME, 'a name is of letters, digits, "." "_" "-", in parts separated by "/"'),
        ),
        stream,
      ),
      v.description('Cameras by the name that pages use'),
    ),
    {},
  ),
  hub: v.optional(
    v.strictObject({
      cacheBytes: v.optional(
        v.pipe(
          whole('cacheBytes', 0, 2 ** 30),
          v.description('Bytes that are kept of a camera since its newest keyframe, so that viewers start at once'),
        ),
      ),
      graceSeconds: v.optional(
        v.pipe(
          whole('graceSeconds', 0, 86_400),
          v.description('Seconds that the session with a camera outlives its last viewer; 10 by default'),
        ),
      ),
    }),
    {},
  ),
  limits: v.optional(
    v.strictObject({
      viewers: v.optional(
        v.pipe(whole('viewers', 1, 1_000_000), v.description('Viewers at the same time; 1000 by default')),
      ),
      viewersPerAddress: v.optional(
        v.pipe(whole('viewersPerAddress', 1, 1_000_000), v.description('Of one address; 200 by default')),
      ),
    }),
    {},
  ),
})

export type Config = v.InferOutput<typeof configSchema>
