import { ProtocolError } from '../../protocol/errors.ts'
import { parsePublic } from '../../protocol/rtsp/headers/public.ts'
import { parseSession } from '../../protocol/rtsp/headers/session.ts'
import { parseTransport } from '../../protocol/rtsp/headers/transport.ts'
import { type Challenge, parseWwwAuthenticate } from '../../protocol/rtsp/headers/www-authenticate.ts'
import type { RtspMessage, RtspRequest, RtspResponse } from '../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../protocol/rtsp/message-parser.ts'
import { parseRtspUri, type RtspUri, resolveBase } from '../../protocol/rtsp/uri.ts'
import type { ByteReceiver, ByteTransport } from '../../protocol/transport/byte-transport.ts'

/** The answer to DESCRIBE, as the session sees it. */
export interface ObservedDescription {
  readonly body: Uint8Array
  /** What control attributes are relative to. */
  readonly base: RtspUri
}

export type FrameObserver = (channel: number, bytes: Uint8Array, start: number, end: number) => void

/** Requests whose answers are still awaited; only one should be. */
const MAX_PENDING = 32

/**
 * Reads along on a connection: what the player's own client asks and what the server answers, without touching either.
 * So a probe sees just what the player meets, and stays true when the player learns to do something else.
 */
export class RtspObserver {
  /** The Server header of the newest answer that had one. */
  software: string | undefined
  version: string | undefined
  methods: ReadonlySet<string> = new Set()
  readonly offered = new Set<string>()
  used: string | undefined
  sessionTimeout: number | undefined
  description: ObservedDescription | undefined
  /** When PLAY was answered: milliseconds of `performance.now()`. */
  playing: number | undefined
  /** The URLs that were set up, by the channels of RTP and RTCP that they were given. */
  readonly channels = new Map<number, string[]>()
  readonly #onFrame: FrameObserver
  readonly #pending = new Map<string, RtspRequest>()
  #answers: ReturnType<typeof readAlong> | undefined

  constructor(onFrame: FrameObserver) {
    this.#onFrame = onFrame
  }

  /** The same transport, read along. A stream may use several, one after the other. */
  observe(transport: ByteTransport): ByteTransport {
    this.channels.clear()
    this.#pending.clear()
    const answered = readAlong({
      message: (message) => this.#answered(message),
      interleaved: this.#onFrame,
      isExpectedChannel: (channel) => this.channels.has(channel),
    })
    this.#answers = answered
    const asked = readAlong({
      message: (message) => {
        // The client asks one thing at a time: by asking on it has taken a body for complete that was announced longer.
        if (message.kind === 'request') answered.acceptShortBody()
        this.#asked(message)
      },
      interleaved: ignore,
    })
    return {
      start: (receiver: ByteReceiver) =>
        transport.start({
          bytes: (chunk) => {
            answered.push(chunk)
            receiver.bytes(chunk)
          },
          closed: (error) => receiver.closed(error),
        }),
      send: (bytes) => {
        asked.push(bytes)
        transport.send(bytes)
      },
      get bufferedAmount() {
        return transport.bufferedAmount
      },
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      close: () => transport.close(),
    }
  }

  /** No more will come: what was announced longer than it is, is complete. */
  finish(): void {
    this.#answers?.acceptShortBody()
  }

  #asked(message: RtspMessage): void {
    if (message.kind !== 'request') return
    // Its fields read like those of a challenge: scheme, and parameters with the algorithm among them.
    const { headers } = message
    const [authorization] = parseWwwAuthenticate(
      headers.get('Authorization') ?? headers.get('Proxy-Authorization') ?? '',
    )
    if (authorization) this.used = schemeOf(authorization)
    if (this.#pending.size >= MAX_PENDING) this.#pending.clear()
    this.#pending.set(message.headers.get('CSeq') ?? '', message)
  }

  #answered(response: RtspMessage): void {
    if (response.kind !== 'response') return
    this.software = response.headers.get('Server') ?? this.software
    this.version ??= response.version
    for (const field of ['WWW-Authenticate', 'Proxy-Authenticate']) {
      const challenges = response.headers.getAll(field).flatMap(parseWwwAuthenticate)
      for (const challenge of challenges) this.offered.add(schemeOf(challenge))
    }
    const methods = response.headers.get('Public')
    if (methods !== undefined) this.methods = parsePublic(methods)
    if (response.status < 200) return
    const request = this.#requestOf(response)
    if (request && response.status < 300) this.#succeeded(request, response)
  }

  /** By CSeq; where that is missing or wrong, the newest. */
  #requestOf(response: RtspResponse): RtspRequest | undefined {
    const cseq = response.headers.get('CSeq') ?? ''
    const request = this.#pending.get(cseq) ?? [...this.#pending.values()].at(-1)
    if (request) this.#pending.delete(request.headers.get('CSeq') ?? '')
    return request
  }

  #succeeded(request: RtspRequest, response: RtspResponse): void {
    if (request.method === 'DESCRIBE') {
      const stated = [response.headers.get('Content-Base'), response.headers.get('Content-Location')]
      this.description = { body: response.body, base: resolveBase(parseRtspUri(request.uri), stated) }
    }
    if (request.method === 'SETUP') this.#setUp(request, response)
    if (request.method === 'PLAY') this.playing ??= performance.now()
  }

  #setUp(request: RtspRequest, response: RtspResponse): void {
    const session = parseSession(response.headers.get('Session') ?? '')
    if (session) this.sessionTimeout = session.timeout
    const [asked] = parseTransport(request.headers.get('Transport') ?? '')
    const [given] = parseTransport(response.headers.get('Transport') ?? '')
    const pair = given?.interleaved ?? asked?.interleaved
    if (!pair) return
    for (const channel of new Set([pair.rtp, pair.rtcp ?? pair.rtp + 1])) {
      this.channels.set(channel, [...(this.channels.get(channel) ?? []), request.uri])
    }
  }
}

interface Reading {
  message(message: RtspMessage): void
  readonly interleaved: FrameObserver
  readonly isExpectedChannel?: (channel: number) => boolean
}

/** A parser that never throws: what cannot be read, the client cannot read either, and it is the one that tells. */
function readAlong({ message, interleaved, isExpectedChannel }: Reading) {
  const parser = new RtspMessageParser(
    { message, interleaved, skipped: ignore },
    isExpectedChannel === undefined ? {} : { isExpectedChannel },
  )
  const tolerate = (read: () => void) => {
    try {
      read()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      parser.stop()
    }
  }
  return {
    push: (bytes: Uint8Array) => tolerate(() => parser.push(bytes)),
    acceptShortBody: () => tolerate(() => parser.acceptShortBody()),
  }
}

/** `Basic`, `Digest MD5`, `Digest SHA-256`. */
function schemeOf({ scheme, parameters }: Challenge): string {
  const name = scheme.charAt(0).toUpperCase() + scheme.slice(1)
  return scheme === 'digest' ? `${name} ${(parameters.get('algorithm') || 'MD5').toUpperCase()}` : name
}

const ignore = (): undefined => undefined
