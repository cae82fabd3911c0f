import { ProtocolError } from '../../../protocol/errors.ts'
import type { MediaSegment } from '../../../protocol/fmp4/segment.ts'
import { Pipeline } from '../../../protocol/pipeline.ts'
import { formatRtspUri } from '../../../protocol/rtsp/uri.ts'
import { payloadFormatsOnDemand } from '../../../protocol/track/formats/payload-formats-on-demand.ts'
import { Milliseconds } from '../../../protocol/units.ts'
import type { Recorder } from '../../recording/recorder.ts'
import { browserAbilities } from '../choice/browser-abilities.ts'
import type { Post, SessionCommand, SessionMessage, StreamRequest, TrackCommand } from './messages.ts'
import type { Outlet, SegmentOutlet } from './outlet.ts'
import { SegmentGate } from './segment-gate.ts'
import { SilenceWatch } from './silence-watch.ts'
import { redirectedUrl, type StreamAddress } from './stream-address.ts'
import { TrackRouter } from './track-router.ts'
import { connectWebSocket, type WebSocketTransport } from './websocket-transport.ts'

const STATISTICS_MS = 1_000

/**
 * One stream, from the WebSocket to the segments, told in messages: the same in a worker and in the page.
 * Knows no DOM. It tries once; trying again is up to the page, which knows whether anyone still looks.
 */
export class StreamSession {
  readonly #post: Post<SessionMessage>
  readonly #abort = new AbortController()
  readonly #router: TrackRouter
  /** Of a session that keeps its segments; those of a recording go to the page all the same. */
  readonly #gate = new SegmentGate()
  #keepsSegments: boolean
  #isAtEdge: boolean
  readonly #audio: boolean
  #defersSound: boolean
  #hasPicture = false
  #recorder: Recorder | undefined
  /** What a recorder has to know of the stream; undefined before it is known. */
  #recorded: { readonly hasVideo: boolean; readonly isLive: boolean } | undefined
  #hasLivePicture = false
  /** What the page was asked about a type and has not answered. */
  readonly #questions = new Map<string, (supported: boolean) => void>()
  #transport: WebSocketTransport | undefined
  #ticket: string | undefined
  #pipeline: Pipeline | undefined
  /** The end of the line of commands: each waits for the one before, the first for the stream to play. */
  #commands: Promise<void>
  #startCommands: () => void = () => undefined
  readonly #silence = new SilenceWatch()
  #paused = false
  /** The place that was asked for last is the end of what is there. */
  #continues = false
  #timer: ReturnType<typeof setInterval> | undefined
  #ended = false

  /** @param keepsSegments those of a live stream are for `setSource`, and not told */
  constructor(
    { address, renderer, audio, isAtEdge, defersSound, abilities }: StreamRequest,
    keepsSegments: boolean,
    post: Post<SessionMessage>,
  ) {
    this.#post = post
    this.#keepsSegments = keepsSegments
    this.#audio = audio
    this.#isAtEdge = isAtEdge
    this.#defersSound = defersSound
    const browser = browserAbilities(abilities, (mimeType) => this.#askPage(mimeType))
    this.#router = new TrackRouter(renderer, browser, {
      renderer: (told) => {
        // Where there is no picture, the sound is all there is.
        if (told.choice.renderer === 'none') this.#readSound()
        this.#post({ type: 'renderer', renderer: told })
      },
      chooseOutput: (trackId, form) => this.#pipeline?.chooseOutput(trackId, form),
    })
    this.#commands = new Promise((resolve) => {
      this.#startCommands = resolve
    })
    this.#run(address).catch((cause: unknown) => this.#end(asProtocolError(cause)))
  }

  /** For a session that has told `opened`. */
  command(command: SessionCommand): void {
    this.#commands = this.#commands.then(() => this.#perform(command))
  }

  track(command: Exclude<TrackCommand, { name: 'output' | 'segments' | 'record' }>): void {
    if (command.name === 'sound') this.#readSound()
    else if (command.name === 'no-audio-worklet') this.#router.withoutAudioWorklet(command.failure)
    else if (command.name === 'at-edge') {
      this.#isAtEdge = command.isAtEdge
      this.#router.isAtEdge = this.#hasLivePicture && command.isAtEdge
      // It is to be heard from the element then, which takes it from the beginning on.
      if (!command.isAtEdge) this.#readSound()
    } else {
      this.#questions.get(command.mimeType)?.(command.supported)
      this.#questions.delete(command.mimeType)
    }
  }

  /** Where the access units of a track go that do not become segments. */
  setOutlet(trackId: number, outlet: Outlet | undefined): void {
    this.#router.setOutlet(trackId, outlet)
  }

  /** Where the segments go of a session that keeps them; what came before it is given to it. */
  setSource(outlet: SegmentOutlet | undefined): void {
    this.#gate.lead(outlet)
  }

  /** What takes all that is received, from here on. The sound is wanted too then, heard or not. */
  setRecorder(recorder: Recorder | undefined): void {
    this.#recorder = recorder
    if (!recorder) return
    if (this.#recorded) recorder.begin(this.#recorded)
    this.#readSound()
  }

  #readSound(): void {
    this.#defersSound = false
    void this.#pipeline?.readSound()
  }

  #askPage(mimeType: string): Promise<boolean> {
    this.#post({ type: 'supported?', mimeType })
    return new Promise((resolve) => this.#questions.set(mimeType, resolve))
  }

  async #perform(command: SessionCommand): Promise<void> {
    const pipeline = this.#pipeline
    if (!pipeline || this.#ended) return
    try {
      // A camera that is told to be silent is not given up for it.
      this.#paused = command.name === 'pause'
      if (command.name === 'pause') await pipeline.pause()
      else {
        this.#continues = command.continues
        await pipeline.seek(command.position, { scale: command.scale })
      }
    } catch (cause) {
      // Where the connection was the reason, the pipeline has told its end.
      if (!this.#ended) this.#post({ type: 'refused', command, error: asProtocolError(cause).toJSON() })
    }
    this.#silence.begin(performance.now())
  }

  /** Shows the bridge a new ticket: at once, or when it is reached. */
  renew(ticket: string): void {
    this.#ticket = ticket
    this.#transport?.renew(ticket)
  }

  /** TEARDOWN as far as it still goes. `closed` follows, once. */
  close(): void {
    this.#abort.abort()
    this.#pipeline?.close()
    this.#end(null)
  }

  async #run(address: StreamAddress): Promise<void> {
    const transport = await this.#connect(address.websocketUrl, address.ticket)
    if (this.#ended) {
      transport.close()
      return
    }
    this.#post({ type: 'stage', stage: 'connected' })
    const pipeline = new Pipeline(
      transport,
      {
        uri: address.uri,
        credentials: address.credentials,
        formats: payloadFormatsOnDemand,
        audio: this.#audio,
        defersSound: this.#defersSound,
        connect: (uri) => this.#connect(redirectedUrl(address, formatRtspUri(uri)), this.#ticket ?? address.ticket),
      },
      {
        tracks: (tracks, skipped) => {
          this.#hasLivePicture = tracks.some(({ kind }) => kind === 'video')
          this.#gate.begin(this.#hasLivePicture)
          this.#post({ type: 'tracks', tracks, skipped })
        },
        opened: ({ duration, seekable }) => {
          this.#recorded = { hasVideo: this.#hasLivePicture, isLive: duration === null }
          this.#recorder?.begin(this.#recorded)
          if (duration !== null) {
            this.#keepsSegments = false
            this.#hasLivePicture = false
          }
          this.#router.isAtEdge = this.#hasLivePicture && this.#isAtEdge
          this.#post({ type: 'opened', duration, seekable })
        },
        configuration: (track) => this.#router.configuration(track),
        discontinuity: ({ position, scale }) => {
          this.#router.discontinuity(this.#continues)
          this.#recorder?.discontinuity()
          this.#post({ type: 'discontinuity', position, scale })
        },
        initializationSegment: (segment) => {
          if (this.#keepsSegments) this.#gate.initialization(segment)
          else this.#post({ type: 'initialization', segment }, [segment.data.buffer])
        },
        mediaSegment: (segment) => this.#media(segment),
        accessUnit: (unit) => {
          this.#silence.unit(performance.now(), unit.duration)
          this.#router.accessUnit(unit)
        },
        received: (track, configuration, placed) => this.#recorder?.received(track, configuration, placed),
        warning: (error) => {
          // Of packets and their syntax the figures tell.
          if (!/-(lost|syntax)$/.test(error.code)) this.#post({ type: 'warning', error: error.toJSON() })
        },
        closed: (error) => this.#end(error),
      },
    )
    this.#pipeline = pipeline
    await pipeline.open()
    if (this.#ended) return
    this.#startCommands()
    this.#post({ type: 'stage', stage: 'set-up' })
    this.#silence.begin(performance.now())
    this.#timer = setInterval(() => this.#tick(pipeline), STATISTICS_MS)
  }

  async #connect(url: string, ticket: string | undefined): Promise<WebSocketTransport> {
    const transport = await connectWebSocket(url, this.#abort.signal, ticket)
    this.#transport = transport
    if (this.#ticket !== undefined && this.#ticket !== ticket) transport.renew(this.#ticket)
    return transport
  }

  #media(segment: MediaSegment): void {
    const { trackId, kind, start, duration, randomAccess, wallClock } = segment
    this.#silence.unit(performance.now(), duration)
    // The pipeline uses its buffer again after this call: the one copy on the way to the SourceBuffer.
    const data = segment.data.slice()
    const arrival = Milliseconds(performance.timeOrigin + segment.arrival)
    const received = { trackId, kind, data, start, duration, randomAccess, arrival, wallClock }
    if (this.#keepsSegments) this.#gate.media(received)
    else this.#post({ type: 'media', segment: received }, [data.buffer])
    if (kind !== 'video' || this.#hasPicture) return
    this.#hasPicture = true
    this.#post({ type: 'stage', stage: 'picture' })
  }

  #tick(pipeline: Pipeline): void {
    const statistics = pipeline.statistics()
    this.#post({ type: 'statistics', statistics })
    const packets = statistics.tracks.reduce((sum, track) => sum + track.packets, 0)
    const silent = this.#silence.look(performance.now(), packets)
    if (this.#paused || silent === undefined) return
    this.#end(this.#whyNothing(silent))
    pipeline.close()
  }

  #whyNothing(milliseconds: number): ProtocolError {
    const [refused] = this.#router.refused
    const seconds = Math.round(milliseconds / 1000)
    if (!refused) return new ProtocolError('no-media', `No picture and no sound came for ${seconds} s`)
    const { reason, advice } = refused
    return new ProtocolError('codec-unsupported', reason, advice === undefined ? {} : { advice })
  }

  #end(error: ProtocolError | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#router.close()
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
