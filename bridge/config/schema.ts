import * as v from 'valibot'
import { parseAllowRule } from '../allow-rule.ts'
import { parseRange } from '../forwarded.ts'
import { parseBasePath } from '../http-answer.ts'
import { LOG_LEVELS } from '../log.ts'
import { LOG_FORMATS } from '../log-formats.ts'
import { parseOrigin } from '../origin.ts'
import { STREAM_NAME } from '../targets.ts'
import { streamFault } from '../upstream/stream-fault.ts'

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

const path = (what: string) => v.pipe(text(what), readable(checkPath, 'not a path'))

/** `file:` puts in what is in the file. */
function checkPath(value: string): void {
  if (value.includes('\n')) throw new TypeError('the path of the file is meant, without "file:" in front')
}

/** Numbers are written without quotes. */
const whole = (what: string, least: number, most: number) => {
  const message = `${what} must be a whole number from ${least} to ${most}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}

const tls = v.union(
  [
    v.pipe(
      v.picklist(['verify', 'insecure']),
      v.description(
        'Whom the bridge takes for the camera, where the address begins with rtsps:// or wss://. verify (default): whoever has a certificate that verifies. insecure: anybody, so that what is said can be read and changed on the way.',
      ),
    ),
    v.strictObject({
      fingerprint: v.pipe(
        text('fingerprint'),
        v.description(
          'Whoever has this very certificate: its SHA-256, with or without colons (rtsp-bridge probe prints it)',
        ),
      ),
    }),
  ],
  'tls must be verify or insecure, or hold a fingerprint',
)

const settingsOfStream = v.strictObject({
  url: v.pipe(
    text('url'),
    v.description(
      'rtsp://host[:port]/path or rtsps://…, without user and password. Over a WebSocket also ws://host[:port]/path or wss://…, the RTSP address behind a #: without it the stream of another bridge that the query names (?stream=NAME), else the same path.',
    ),
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
      v.picklist(
        ['auto', 'tcp', 'udp', 'multicast', 'http', 'ws'],
        'transport must be auto, tcp, udp, multicast, http or ws',
      ),
      v.description(
        'How the camera is spoken with. auto (default): by TCP, and by UDP where it refuses that or (mode hub) sends nothing. http: tunnelled in HTTP, over TLS where the address begins with rtsps://. ws: over a WebSocket. The port of http and ws is 80, over TLS 443, where the address states none.',
      ),
    ),
    'auto',
  ),
  tls: v.optional(tls),
  ticket: v.optional(
    v.pipe(
      text('ticket'),
      v.description(
        'Shown to another bridge (transport ws), by reference. Where SIGHUP brings another it is shown on the connection that is open.',
      ),
    ),
  ),
  description: v.optional(v.pipe(text('description'), v.maxLength(200), v.description('For people'))),
})

type StreamSettings = v.InferOutput<typeof settingsOfStream>

/** What is right by itself must fit together, too. */
const stream = v.pipe(
  settingsOfStream,
  v.rawCheck<StreamSettings>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const fault = streamFault(settingsFrom(dataset.value))
    if (!fault) return
    const { setting, message } = fault
    const key = setting in dataset.value ? setting : 'url'
    addIssue({ message, path: [{ type: 'object', origin: 'value', input: {}, key, value: undefined }] })
  }),
)

/** Without what was not said. */
const settingsFrom = ({ url, mode, transport, tls, ticket }: StreamSettings) => ({
  url,
  mode,
  transport,
  ...(tls === undefined ? {} : { tls }),
  ...(ticket === undefined ? {} : { ticket }),
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
      tls: v.optional(
        v.strictObject({
          cert: v.pipe(
            path('cert'),
            v.description(
              'Path of the certificate for HTTPS and WSS (PEM, with its chain); read again when it changes',
            ),
          ),
          key: v.pipe(path('key'), v.description('Path of its private key (PEM, without a passphrase)')),
        }),
      ),
      basePath: v.optional(
        v.pipe(
          text('basePath'),
          readable(parseBasePath, 'not a path'),
          v.description('Path in front of all that is served, as a reverse proxy hands it on: /cameras'),
        ),
      ),
      trustProxy: v.optional(
        v.pipe(
          v.array(v.pipe(text('a proxy'), readable(parseRange, 'not an address'))),
          v.description(
            'Reverse proxies, by address or range, whose X-Forwarded-For, -Proto and -Host are believed. None by default.',
          ),
        ),
        [],
      ),
    }),
    {},
  ),
  log: v.optional(
    v.strictObject({
      level: v.optional(
        v.pipe(
          v.picklist(LOG_LEVELS, `level must be ${LOG_LEVELS.join(', ')}`),
          v.description('The least that is logged'),
        ),
        'info',
      ),
      format: v.optional(
        v.pipe(
          v.picklist(LOG_FORMATS, `format must be ${LOG_FORMATS.join(' or ')}`),
          v.description(
            'json: a JSON text a line. text: for people. By default text on a terminal, and json elsewhere.',
          ),
        ),
      ),
    }),
    { level: 'info' },
  ),
  operations: v.optional(
    v.strictObject({
      listen: v.optional(
        v.strictObject({
          host: v.optional(
            v.pipe(
              text('host'),
              v.description('Address of its own for /healthz, /readyz and /metrics; 127.0.0.1 by default'),
            ),
          ),
          port: v.pipe(
            whole('port', 0, 65535),
            v.description(
              'Port of its own for them. Without it they are served beside the rest, the metrics to this machine alone.',
            ),
          ),
        }),
      ),
      drain: v.optional(
        v.strictObject({
          noticeSeconds: v.optional(
            v.pipe(
              whole('noticeSeconds', 0, 600),
              v.description('On SIGTERM: seconds for which only /readyz says that it ends; 0 by default'),
            ),
          ),
          spreadSeconds: v.optional(
            v.pipe(
              whole('spreadSeconds', 0, 600),
              v.description('Seconds over which the viewers are then sent away, with 4503; 5 by default'),
            ),
          ),
        }),
        {},
      ),
    }),
    { drain: {} },
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
