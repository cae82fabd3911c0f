import * as v from 'valibot'
import { KEEP_ALIVE_METHODS } from '../../protocol/rtsp/keep-alive.ts'
import { streamFault } from '../upstream/stream-fault.ts'
import { text, whole } from './checks.ts'

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

const keepAliveMethod = v.pipe(
  v.picklist(
    KEEP_ALIVE_METHODS,
    `keepAlive must be ${KEEP_ALIVE_METHODS.join(', ')}, or hold a method and an interval`,
  ),
  v.description(
    'What keeps a session that plays alive at the camera. auto (default): GET_PARAMETER where the camera has it, else OPTIONS.',
  ),
)

const keepAlive = v.union(
  [
    keepAliveMethod,
    v.strictObject({
      method: v.optional(keepAliveMethod, 'auto'),
      intervalSeconds: v.optional(
        v.pipe(
          whole('intervalSeconds', 1, 3600),
          v.description(
            'Seconds between two signs of life; by default 5 less than the time-out that the camera states',
          ),
        ),
      ),
    }),
  ],
  'keepAlive must be a method, or hold a method and an interval',
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
  substream: v.optional(
    v.pipe(
      text('substream'),
      v.description(
        'Another address of the same camera, for a smaller picture: what pages get that ask for the stream with quality=low. All else is as for url.',
      ),
    ),
  ),
  start: v.optional(
    v.pipe(
      v.picklist(['on-demand', 'always'], 'start must be on-demand or always'),
      v.description(
        'on-demand (default): the camera is opened for the first viewer. always (mode hub): it is opened when the bridge starts and kept without viewers, so that the first one has a picture at once, too.',
      ),
    ),
    'on-demand',
  ),
  keepAlive: v.optional(keepAlive),
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
export const stream = v.pipe(
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
const settingsFrom = ({ url, mode, transport, tls, ticket, substream, start }: StreamSettings) => ({
  url,
  mode,
  transport,
  ...(tls === undefined ? {} : { tls }),
  ...(ticket === undefined ? {} : { ticket }),
  ...(substream === undefined ? {} : { substream }),
  start,
})
