import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { Authenticator, type Credentials } from './authentication.ts'
import type { ClientConnection } from './client-connection.ts'
import { parsePublic } from './headers/public.ts'
import { formatRange, parseRange, type Range } from './headers/range.ts'
import { parseRtpInfo, type RtpInfo } from './headers/rtp-info.ts'
import { DEFAULT_SESSION_TIMEOUT, parseSession } from './headers/session.ts'
import { type ChannelPair, formatTransport, parseTransport } from './headers/transport.ts'
import { parseWwwAuthenticate } from './headers/www-authenticate.ts'
import { RtspHeaders, type RtspResponse } from './message.ts'
import { statusError } from './status-error.ts'
import { formatRtspUri, parseRtspUri, type RtspUri, resolveBase } from './uri.ts'

export interface ClientSessionOptions {
  readonly credentials?: Credentials | undefined
}

export interface Description {
  /** The session description, as it came. */
  readonly body: Uint8Array
  /** What control attributes are relative to. */
  readonly base: RtspUri
}

export interface SetupResult {
  /** Channels on which the track's RTP and RTCP come. */
  readonly channels: { readonly rtp: number; readonly rtcp: number }
  readonly ssrc: number | undefined
}

export interface PlayResult {
  readonly range: Range | null
  readonly rtpInfo: readonly RtpInfo[]
}

/** RFC 2326 appendix A.1, and the session's data where there is one. */
type State =
  | { readonly at: 'init' }
  | { readonly at: 'ready' | 'playing'; readonly id: string | undefined; readonly timeout: number }
  | { readonly at: 'closed' }

/** How long TEARDOWN may keep the end of a session waiting, in milliseconds. */
const TEARDOWN_PATIENCE = 1_000

/**
 * The client's end of one RTSP session: OPTIONS, DESCRIBE, SETUP of each track, PLAY, PAUSE, keep-alive, TEARDOWN.
 * It authenticates, follows redirects that stay on the server, and turns refusals into typed errors.
 */
export class ClientSession {
  readonly #connection: ClientConnection
  readonly #authenticator: Authenticator | undefined
  #uri: RtspUri
  #aggregate: RtspUri
  #methods: ReadonlySet<string> = new Set()
  #state: State = { at: 'init' }
  #keepAlive: ReturnType<typeof setTimeout> | undefined

  /** @throws ProtocolError `invalid-url` */
  constructor(connection: ClientConnection, uri: string, options: ClientSessionOptions = {}) {
    this.#connection = connection
    this.#uri = parseRtspUri(uri)
    this.#aggregate = this.#uri
    const credentials = options.credentials ?? this.#uri.credentials
    this.#authenticator = credentials && new Authenticator(credentials)
  }

  /** Methods that the server says it has; empty before OPTIONS, or where it does not say. */
  get methods(): ReadonlySet<string> {
    return this.#methods
  }

  /** Asks what the server can do. A server that refuses may still play, so only 401 and the connection's end count. */
  async options(): Promise<void> {
    try {
      await this.#request('OPTIONS', this.#uri)
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.place.status === undefined || error.code === 'unauthorized') {
        throw error
      }
    }
  }

  async describe(): Promise<Description> {
    const headers = new RtspHeaders([['Accept', 'application/sdp']])
    for (let redirects = 0; ; redirects++) {
      const response = await this.#exchange('DESCRIBE', this.#uri, headers)
      if (response.status >= 300 && response.status < 400) {
        this.#uri = this.#redirectTarget(response, redirects)
        continue
      }
      this.#refuse('DESCRIBE', response)
      const base = resolveBase(this.#uri, [
        response.headers.get('Content-Base'),
        response.headers.get('Content-Location'),
      ])
      this.#aggregate = base
      return { body: response.body, base }
    }
  }

  /** The address that PLAY, PAUSE and TEARDOWN name: the session's own control, where the SDP states one. */
  useAggregateControl(uri: RtspUri): void {
    this.#aggregate = uri
  }

  /**
   * Sets up one track over this connection.
   *
   * @param wanted the pair of channels to ask for; the server may answer with others.
   * @throws ProtocolError `unsupported-transport` and what the server's status means.
   */
  async setup(track: RtspUri, wanted: { readonly rtp: number; readonly rtcp: number }): Promise<SetupResult> {
    const transport = formatTransport({ protocol: 'RTP/AVP/TCP', delivery: 'unicast', interleaved: wanted })
    const response = await this.#request('SETUP', track, new RtspHeaders([['Transport', transport]]))
    const header = parseSession(response.headers.get('Session') ?? '')
    const before = this.#state.at === 'ready' || this.#state.at === 'playing' ? this.#state : undefined
    this.#state = {
      at: 'ready',
      id: header?.id ?? before?.id,
      timeout: header?.timeout ?? before?.timeout ?? DEFAULT_SESSION_TIMEOUT,
    }
    this.#scheduleKeepAlive()
    const spec = parseTransport(response.headers.get('Transport') ?? '')[0]
    if (spec && !spec.interleaved && (spec.serverPort || spec.delivery === 'multicast')) {
      throw new ProtocolError('unsupported-transport', 'The server answered SETUP with UDP, TCP was asked', {
        place: { method: 'SETUP', status: response.status },
      })
    }
    return { channels: channelsOf(spec?.interleaved, wanted), ssrc: spec?.ssrc }
  }

  /** Starts or resumes. Without a range: from where it stands, or live. */
  async play(range?: Range): Promise<PlayResult> {
    this.#mustBe('ready', 'playing')
    let response = await this.#exchange(
      'PLAY',
      this.#aggregate,
      new RtspHeaders(range ? [['Range', formatRange(range)]] : []),
    )
    // Some servers know no Range for what is live.
    if (response.status === 457 && range) response = await this.#exchange('PLAY', this.#aggregate)
    this.#refuse('PLAY', response)
    if (this.#state.at === 'ready') this.#state = { ...this.#state, at: 'playing' }
    return {
      range: parseRange(response.headers.get('Range') ?? ''),
      rtpInfo: parseRtpInfo(response.headers.getAll('RTP-Info').join(',')),
    }
  }

  async pause(): Promise<void> {
    this.#mustBe('playing')
    await this.#request('PAUSE', this.#aggregate)
    if (this.#state.at === 'playing') this.#state = { ...this.#state, at: 'ready' }
  }

  /** Ends the session, if there is one, and waits a second at most for the server to agree. Never rejects. */
  async teardown(): Promise<void> {
    clearTimeout(this.#keepAlive)
    const state = this.#state
    if (state.at === 'ready' || state.at === 'playing') {
      let timer: ReturnType<typeof setTimeout> | undefined
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, TEARDOWN_PATIENCE)
      })
      // Whatever the server says to it, the session is over for us.
      const answer = this.#exchange('TEARDOWN', this.#aggregate).then(nothing, nothing)
      await Promise.race([answer, patience])
      clearTimeout(timer)
    }
    this.#state = { at: 'closed' }
  }

  /** Stops the keep-alive; for when the connection is gone. */
  abandon(): void {
    clearTimeout(this.#keepAlive)
    this.#state = { at: 'closed' }
  }

  /** A request that must succeed. */
  async #request(method: string, uri: RtspUri, headers?: RtspHeaders): Promise<RtspResponse> {
    const response = await this.#exchange(method, uri, headers)
    this.#refuse(method, response)
    return response
  }

  #refuse(method: string, response: RtspResponse): void {
    if (response.status < 300) return
    if (response.status === 401 && !this.#authenticator) {
      throw new ProtocolError('unauthorized', 'The camera asks for a user name and a password', {
        place: { method, status: 401 },
      })
    }
    throw statusError(method, response)
  }

  /** A request and its answer, authenticated; whatever the status. */
  async #exchange(method: string, uri: RtspUri, extra?: RtspHeaders): Promise<RtspResponse> {
    const target = formatRtspUri(uri)
    // One try without, one with credentials, one more where the nonce had gone stale.
    for (let attempt = 0; ; attempt++) {
      const headers = new RtspHeaders(extra)
      const state = this.#state
      if ((state.at === 'ready' || state.at === 'playing') && state.id !== undefined)
        headers.append('Session', state.id)
      const authorization = this.#authenticator?.authorization(method, target)
      if (authorization) headers.append('Authorization', authorization)
      const response = await this.#connection.request({ method, uri: target, headers })
      const offered = response.headers.get('Public')
      if (offered !== undefined) this.#methods = parsePublic(offered)
      if (response.status !== 401) {
        if (authorization) this.#authenticator?.accepted()
        return response
      }
      const challenges = response.headers.getAll('WWW-Authenticate').flatMap(parseWwwAuthenticate)
      const again = this.#authenticator?.challenged(challenges, authorization !== undefined) ?? false
      if (!again || attempt >= 2) return response
    }
  }

  #redirectTarget(response: RtspResponse, redirects: number): RtspUri {
    const place = { method: 'DESCRIBE', status: response.status }
    const location = response.headers.get('Location')
    if (!location || redirects >= LIMITS.rtspRedirects) {
      throw new ProtocolError('redirected', 'The server redirects without an end or without an address', { place })
    }
    const target = location.startsWith('/') ? { ...this.#uri, path: location, query: '' } : parseRtspUri(location)
    const same = target.host === this.#uri.host && target.port === this.#uri.port && target.scheme === this.#uri.scheme
    if (!same) {
      const shown = formatRtspUri(target)
      throw new ProtocolError('redirected', `The server moved the stream to ${shown}`, { place })
    }
    return target
  }

  /** Seconds before the server's time-out, half of it where it is short: a late sign of life costs the session. */
  #scheduleKeepAlive(): void {
    clearTimeout(this.#keepAlive)
    const state = this.#state
    if (state.at !== 'ready' && state.at !== 'playing') return
    const seconds = state.timeout > 10 ? state.timeout - 5 : state.timeout / 2
    this.#keepAlive = setTimeout(async () => {
      const method = this.#methods.has('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS'
      // A refusal is a sign of life too, and the connection tells its own end.
      await this.#exchange(method, this.#aggregate).then(nothing, nothing)
      this.#scheduleKeepAlive()
    }, seconds * 1000)
  }

  #mustBe(...allowed: State['at'][]): void {
    if (!allowed.includes(this.#state.at)) {
      throw new ProtocolError('invalid-state', `The session is ${this.#state.at}, not ${allowed.join(' or ')}`)
    }
  }
}

/** The answer's channels; what it leaves out is as was asked, or one up from its RTP channel. */
function channelsOf(answered: ChannelPair | undefined, wanted: { readonly rtp: number; readonly rtcp: number }) {
  if (!answered) return wanted
  return { rtp: answered.rtp, rtcp: answered.rtcp ?? answered.rtp + 1 }
}

const nothing = (): undefined => undefined
