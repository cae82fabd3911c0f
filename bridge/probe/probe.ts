import { DEVIATIONS } from '../../protocol/deviation.ts'
import { ProtocolError, type SerializedProtocolError } from '../../protocol/errors.ts'
import type { Credentials } from '../../protocol/rtsp/authentication.ts'
import { formatRtspUri, parseRtspUri, type RtspUri } from '../../protocol/rtsp/uri.ts'
import { adviceOn } from './advice.ts'
import { browserSupport, playsAnywhere } from './browser-support.ts'
import { dialForProbe } from './dialling.ts'
import { Playback, type PlaybackEnd } from './playback.ts'
import { createRedaction, type Redact } from './redaction.ts'
import { type ProbeReport, REPORT_VERSION, type ServerReport, type TrackReport } from './report.ts'

export interface ProbeOptions {
  /** How long to watch after the first picture. Default 5. */
  readonly seconds?: number | undefined
  /** Milliseconds for each step: the name, the connection, each answer, the first picture. Default 10,000. */
  readonly timeout?: number | undefined
  /** Win over those in the address. */
  readonly credentials?: Credentials | undefined
  /** Certificate authorities (PEM) to trust in place of the system's. */
  readonly ca?: string | undefined
  /** Ends the probe early, with TEARDOWN; the report tells what was seen until then. */
  readonly signal?: AbortSignal | undefined
}

export const DEFAULT_SECONDS = 5
export const DEFAULT_TIMEOUT = 10_000

/**
 * Connects to a camera as the player would, watches for a while, and tells what it found. It never rejects because of
 * what the camera does, and takes at most five times `timeout`, `seconds` and 5 s.
 */
export async function probe(url: string, options: ProbeOptions = {}): Promise<ProbeReport> {
  const timeout = options.timeout ?? DEFAULT_TIMEOUT
  const seconds = options.seconds ?? DEFAULT_SECONDS
  const signal = options.signal ?? new AbortController().signal
  let uri: RtspUri
  try {
    uri = parseRtspUri(url)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return complete({ ...NOTHING, error: error.toJSON() })
  }
  const credentials = options.credentials ?? uri.credentials
  const redact = createRedaction(credentials)
  const playback = new Playback({
    uri,
    dial: (target) => dialForProbe(target, { timeout, signal, ca: options.ca }),
    credentials,
    timeout,
    seconds,
    signal,
  })
  const end = await playback.run()
  return complete(describe(uri, playback, end, redact))
}

type Unadvised = Omit<ProbeReport, 'advice'>

const complete = (report: Unadvised): ProbeReport => ({ ...report, advice: adviceOn(report) })

const NOTHING: Unadvised = {
  version: REPORT_VERSION,
  url: null,
  playable: false,
  error: null,
  reachability: null,
  tls: null,
  authentication: { offered: [], used: null },
  server: {
    software: null,
    rtspVersion: null,
    methods: [],
    sessionTimeoutSeconds: null,
    streamName: null,
    range: null,
    redirectedTo: null,
  },
  tracks: [],
  playback: null,
  deviations: [],
}

function describe(uri: RtspUri, playback: Playback, end: PlaybackEnd, redact: Redact): Unadvised {
  const tracks = playback.tracks(end.at === 'failed' ? end.error : null)
  const failure = end.at === 'failed' ? end.error : unplayable(tracks)
  const { offered, used } = playback.server
  return {
    version: REPORT_VERSION,
    url: redact(formatRtspUri(uri)),
    playable: failure === null,
    error: told(failure, redact),
    reachability: playback.dialled?.reachability ?? null,
    tls: playback.dialled?.tls ?? null,
    authentication: { offered: [...offered].map(redact), used: used === undefined ? null : redact(used) },
    server: serverReport(playback, redact),
    tracks: tracks.map((track) => shown(track, redact)),
    playback:
      end.at === 'failed'
        ? null
        : {
            firstPictureMilliseconds: playback.firstPictureMilliseconds,
            seconds: Number(end.seconds.toFixed(2)),
            interrupted: told(end.interrupted, redact),
          },
    deviations: playback.deviations.map(([id, count]) => ({ id, description: DEVIATIONS[id], count })),
  }
}

/** It plays here, and no browser could show any of it. */
function unplayable(tracks: readonly TrackReport[]): ProtocolError | null {
  const watched = tracks.filter((track) => track.measured)
  if (watched.length === 0 || watched.some((track) => playsAnywhere(browserSupport(track.codec, track.codecString)))) {
    return null
  }
  const found = watched.map(({ codec, profile }) => (profile === null ? codec : `${codec} (${profile})`)).join(', ')
  return new ProtocolError('no-playable-track', `The stream plays, but no browser can show what it holds: ${found}`)
}

function serverReport({ server, stream, redirectedTo }: Playback, redact: Redact): ServerReport {
  return {
    software: server.software === undefined ? null : redact(server.software),
    rtspVersion: server.version ?? null,
    methods: [...server.methods].map(redact),
    sessionTimeoutSeconds: server.sessionTimeout ?? null,
    streamName: stream?.name ? redact(stream.name) : null,
    range: stream?.range ? redact(stream.range) : null,
    redirectedTo: redirectedTo ? redact(formatRtspUri(redirectedTo)) : null,
  }
}

/** What the SDP wrote is foreign text; the profile that came in band may change what browsers make of the track. */
const shown = (track: TrackReport, redact: Redact): TrackReport => ({
  ...track,
  playable: track.playable && playsAnywhere(browserSupport(track.codec, track.codecString)),
  media: redact(track.media),
  codec: redact(track.codec),
  control: redact(track.control),
  language: track.language === null ? null : redact(track.language),
  reason: track.reason === null ? null : redact(track.reason),
  browsers: browserSupport(track.codec, track.codecString),
})

function told(error: ProtocolError | null, redact: Redact): SerializedProtocolError | null {
  if (error === null) return null
  const { code, message, advice, place } = error.toJSON()
  return { code, message: redact(message), advice: redact(advice), place }
}
