import * as v from 'valibot'
import { parseAllowRule } from '../allow-rule.ts'
import { parseRange } from '../forwarded.ts'
import { parseBasePath } from '../http-answer.ts'
import { LOG_LEVELS } from '../log.ts'
import { LOG_FORMATS } from '../log-formats.ts'
import { parseOrigin } from '../origin.ts'
import { STREAM_NAME } from '../targets.ts'
import { auth } from './auth-schema.ts'
import { path, readable, text, whole } from './checks.ts'
import { stream } from './stream-schema.ts'

/** More than any machine has cores that a bridge could fill. */
export const MAX_WORKERS = 128

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
  auth: v.optional(auth),
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
          v.description(
            'Bytes that are kept of a camera since its newest keyframe, so that viewers start at once; 4 MB by default',
          ),
        ),
      ),
      viewerBytes: v.optional(
        v.pipe(
          whole('viewerBytes', 65_536, 2 ** 28),
          v.description(
            'Bytes that may wait for a viewer who reads too slowly before pictures are left out; 1 MB by default',
          ),
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
  workers: v.optional(
    v.union(
      [
        v.pipe(
          whole('workers', 1, MAX_WORKERS),
          v.description('Processes that serve viewers, each on a core of its own'),
        ),
        v.pipe(v.literal('auto'), v.description('As many as there are cores')),
      ],
      `workers must be a whole number from 1 to ${MAX_WORKERS}, or auto`,
    ),
    1,
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
