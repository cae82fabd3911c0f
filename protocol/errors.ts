/**
 * The one error family of this package. The code is stable and documented; the message says what happened and where;
 * the advice says what a person can do next. No message and no advice ever holds a password.
 */

/** What a person can do, by code. The keys are the complete list of codes. */
const ADVICE = {
  'invalid-url': 'Write the address as rtsp://host[:port]/path, or use the name of a stream of the bridge.',
  'host-not-found': 'Check the host name for typing errors, and the DNS of the machine that dials.',
  'connection-refused':
    'Check the address and port, that the camera is switched on, and that its RTSP service is enabled.',
  'connection-timeout': 'Check that the camera is switched on and that no firewall lies between the bridge and it.',
  'tls-failed':
    'Check that the port speaks TLS (rtsps, mostly 322), and that the machine that dials trusts the certificate of the camera.',
  'connection-lost': 'The network or the camera dropped the connection. The player tries again by itself.',
  'not-rtsp': 'The port answers, but not with RTSP. Cameras mostly use port 554; 80 and 8080 are web pages.',
  'bridge-unreachable':
    'Check that rtsp-bridge runs and that the page may open WebSockets to it (address, proxy, CSP connect-src).',
  'bridge-request-invalid':
    'The bridge could not read the request. Check `src` and `bridge`, and that both have the same version.',
  'ticket-required': 'The ticket is missing, expired or wrong. Ask the portal for a new one, then reload.',
  'ticket-not-given':
    'The page could not get a ticket. Log in again if it asks for that; else the player tries again by itself.',
  'origin-not-allowed': 'Add the site to `origins` in the configuration of the bridge.',
  'target-not-allowed': 'Ask whoever runs the bridge to allow this address: rtsp-bridge serve --allow HOST:PORT.',
  'stream-not-found': 'Check the name against the streams that the bridge or the camera offers.',
  'bridge-idle':
    'Nothing was sent for too long, or what was sent was read too slowly, so the bridge gave up the connection. The player tries again by itself.',
  'bridge-too-large': 'A message was larger than the bridge accepts.',
  'bridge-too-many': 'The bridge serves as many viewers as it may. Close other players, or try again later.',
  'bridge-draining': 'The player tries again by itself.',
  'bridge-failed':
    'The bridge has a problem of its own. The player tries again by itself; tell whoever runs the bridge if this goes on.',
  'camera-password-refused':
    'Ask whoever runs the bridge to correct the user name and the password of this stream. The player tries again by itself.',
  'request-timeout': 'The camera accepted the connection but did not answer. Restart it if this goes on.',
  'rtsp-syntax':
    'The camera sent something that is not RTSP. A firmware update may help; please report it with the diagnostics.',
  'rtsp-head-too-large': 'The camera sent an RTSP head that no real camera sends. Check that the address is a camera.',
  'rtsp-body-too-large':
    'The camera announced an RTSP body that no real camera sends. Check that the address is a camera.',
  'too-many-requests': 'Requests are made faster than the camera answers them. Wait for the earlier ones.',
  'rtsp-status': 'The camera refused the request. Its answer is in the message.',
  unauthorized: 'Check the user name and the password. Some cameras keep separate accounts for video.',
  forbidden: 'The account may not watch this stream. Give it the right in the settings of the camera.',
  'not-found': 'The camera has no stream of this path. Look up the path of the stream in the manual of the camera.',
  'unsupported-transport':
    'The camera does not carry this stream over its RTSP connection (TCP interleaved). Enable it in the camera.',
  'not-enough-bandwidth':
    'The camera serves as many viewers as it can. Close other viewers, or share one session by the bridge.',
  'session-not-found': 'The camera forgot the session. The player sets it up anew.',
  'server-error': 'The camera has a problem of its own. Restart it if this goes on.',
  redirected: 'The camera moved the stream to an address that may not be followed. Use the new address as `src`.',
  'invalid-state': 'The call does not fit the state of the session.',
  'sdp-syntax': 'The camera described its stream in a way that cannot be read. Please report it with the diagnostics.',
  'no-playable-track': 'The stream has no track that can be played here. Set the camera to H.264 video.',
  'codec-unsupported': 'This browser cannot play the codec. Set the camera to H.264, or use another browser.',
  'part-not-loaded':
    'A file of the player could not be loaded. Check that all files of the package are served, then reload the page.',
  'packets-lost':
    'Packets were lost, so the picture is held up to the next keyframe. Check the network of the camera, or lower its bitrate.',
  'rtp-syntax': 'A packet was not RTP. It was skipped.',
  'rtcp-syntax': 'A packet was not RTCP. It was skipped.',
  'payload-syntax': 'A packet did not follow its payload format. It was skipped up to the next good picture.',
  'parameter-sets-invalid':
    'The camera sent decoder parameters that cannot be read. It is shown as soon as good ones arrive.',
  'access-unit-too-large': 'The camera sent a picture larger than any real one. It was skipped.',
  'no-media':
    'The camera said that it plays but sends no picture. Check its encoder settings, and its limit of viewers.',
  'file-invalid':
    'Use an MP4 file (not fragmented) with H.264, H.265, AV1 or Motion JPEG video: ffmpeg -i in -c:v libx264 -c:a aac out.mp4.',
  'media-source-unsupported':
    'This browser has no Media Source Extensions. Use a current Chrome, Edge, Firefox or Safari.',
  'decode-failed': 'The browser could not decode the stream. The player starts it anew.',
  'append-failed': 'The browser refused a part of the stream. The player starts it anew.',
  'no-picture': 'Wait until the player shows a picture, then try again.',
  'not-recordable': 'MP4 cannot hold this codec. Set the camera to H.264 or H.265.',
  'nothing-recorded': 'Wait for the next keyframe; for what has passed set `keep` to the seconds that are to be kept.',
  'recording-failed':
    'Check that the disk has room. What was written before the fault can be played where it was kept.',
  'autoplay-blocked': 'The browser wants a click before it plays sound. Press play, or set `muted`.',
  'out-of-range': 'Data ended before it was complete.',
  aborted: 'The operation was cancelled.',
} as const

/** A stable code; see `docs/errors.md` for the table. */
export type ProtocolErrorCode = keyof typeof ADVICE

/** Where it happened. Only what is known is set; never a secret. */
export interface ErrorPlace {
  /** RTSP method of the request that failed. */
  readonly method?: string
  /** RTSP status code of the answer. */
  readonly status?: number
  /** Close code of the WebSocket. */
  readonly closeCode?: number
  /** Byte offset, counted from the start of the connection or of the structure that was read. */
  readonly byte?: number
  /** Header field that could not be read. */
  readonly header?: string
  /** Line number, from 1, in an SDP. */
  readonly line?: number
  /** RTP sequence number. */
  readonly packet?: number
  /** Index of the media description in the SDP, from 0. */
  readonly track?: number
}

export interface ProtocolErrorOptions {
  readonly place?: ErrorPlace
  /** Replaces the advice that goes with the code. */
  readonly advice?: string
  readonly cause?: unknown
}

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode
  /** What a person can do next, a sentence or two. */
  readonly advice: string
  readonly place: ErrorPlace

  constructor(code: ProtocolErrorCode, message: string, options: ProtocolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.advice = options.advice ?? ADVICE[code]
    this.place = options.place ?? {}
  }

  /** The parts that may cross a worker's border or be printed. */
  toJSON(): SerializedProtocolError {
    return { code: this.code, message: this.message, advice: this.advice, place: this.place }
  }

  static fromJSON(error: SerializedProtocolError): ProtocolError {
    return new ProtocolError(error.code, error.message, { advice: error.advice, place: error.place })
  }
}

export interface SerializedProtocolError {
  readonly code: ProtocolErrorCode
  readonly message: string
  readonly advice: string
  readonly place: ErrorPlace
}

/** All codes, for tables in the documentation and for tests. */
export const PROTOCOL_ERROR_CODES = Object.keys(ADVICE) as ProtocolErrorCode[]

/** The advice that goes with a code. */
export const adviceFor = (code: ProtocolErrorCode): string => ADVICE[code]
