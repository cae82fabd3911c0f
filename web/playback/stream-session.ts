import { ProtocolError } from '../../protocol/errors.ts'
import type { MediaSegment } from '../../protocol/fmp4/segment.ts'
import { Pipeline } from '../../protocol/pipeline.ts'
import { Milliseconds } from '../../protocol/units.ts'
import type { PostMessage } from './messages.ts'
import type { StreamAddress } from './stream-address.ts'
import { connectWebSocket } from './websocket-transport.ts'

/** A camera that says it plays and sends nothing for this long is given up. */
const NO_MEDIA_MS = 10_000
const STATISTICS_MS = 1_000

/**
 * One stream, from the WebSocket to the segments, told in messages: the same in a worker and in the page.
 * Knows no DOM. It tries once; trying again is up to the page, which knows whether anyone still looks.
 */
export class StreamSession {
  readonly #post: PostMessage
  readonly #abort = new AbortController()
  #pipeline: Pipeline | undefined
  #lastMedia = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #ended = false

  constructor(address: StreamAddress, post: PostMessage) {
    this.#post = post
    this.#run(address).catch((cause: unknown) => this.#end(asProtocolError(cause)))
  }

  /** TEARDOWN as far as it still goes. `closed` follows, once. */
  close(): void {
    this.#abort.abort()
    this.#pipeline?.close()
    this.#end(null)
  }

  async #run(address: StreamAddress): Promise<void> {
    const transport = await connectWebSocket(address.websocketUrl, this.#abort.signal)
    if (this.#ended) {
      transport.close()
      return
    }
    this.#post({ type: 'stage', stage: 'connected' })
    const pipeline = new Pipeline(
      transport,
      { uri: address.uri, credentials: address.credentials },
      {
        tracks: (tracks, skipped) => this.#post({ type: 'tracks', tracks, skipped }),
        initializationSegment: (segment) => this.#post({ type: 'initialization', segment }, [segment.data.buffer]),
        mediaSegment: (segment) => this.#media(segment),
        closed: (error) => this.#end(error),
      },
    )
    this.#pipeline = pipeline
    await pipeline.open()
    if (this.#ended) return
    this.#post({ type: 'stage', stage: 'set-up' })
    this.#lastMedia = performance.now()
    this.#timer = setInterval(() => this.#tick(pipeline), STATISTICS_MS)
  }

  #media(segment: MediaSegment): void {
    this.#lastMedia = performance.now()
    const { trackId, kind, start, duration, randomAccess } = segment
    // The pipeline uses its buffer again after this call: the one copy on the way to the SourceBuffer.
    const data = segment.data.slice()
    const arrival = Milliseconds(performance.timeOrigin + segment.arrival)
    const message = { type: 'media', segment: { trackId, kind, data, start, duration, randomAccess, arrival } } as const
    this.#post(message, [data.buffer])
  }

  #tick(pipeline: Pipeline): void {
    this.#post({ type: 'statistics', statistics: pipeline.statistics() })
    if (performance.now() - this.#lastMedia < NO_MEDIA_MS) return
    const error = new ProtocolError('no-media', `No picture and no sound came for ${NO_MEDIA_MS / 1000} s`)
    this.#end(error)
    pipeline.close()
  }

  #end(error: ProtocolError | null): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#timer)
    this.#post({ type: 'closed', error: error?.toJSON() ?? null })
  }
}

/** A fault of this code, not of the camera, must end as a message too and never as silence. */
function asProtocolError(cause: unknown): ProtocolError {
  if (cause instanceof ProtocolError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new ProtocolError('invalid-state', `The player failed: ${message}`, { cause })
}
