import { ProtocolError } from '../../../protocol/errors.ts'
import type { TimedAccessUnit, TrackConfiguration, VideoConfiguration } from '../../../protocol/index.ts'
import type { RendererName } from '../choice/renderer-choice.ts'
import type { OutletCommand, Post } from '../stream/messages.ts'
import type { Outlet } from '../stream/outlet.ts'
import { DisplayClock } from './display-clock.ts'
import { FramePacer } from './frame-pacer.ts'
import { LivePace } from './live-pace.ts'
import { CanvasPainter, type Painter, shownSize } from './painter.ts'
import type { DecodedPicture, PictureDecoder, PictureDecoderEvents } from './picture-decoder.ts'
import type { PaintedPicture, ScreenMessage } from './screen-messages.ts'
import { UnitQueue } from './unit-queue.ts'

/** Decoded pictures that may wait for their time: decoders have few places for them, and stop when all are taken. */
const MAX_AHEAD = 3
/** Decoders in a row that give up without a picture shown between, before the stream is given up. */
const MAX_FAILURES = 4
/** Times of one picture that was sent twice differ by less, in seconds. */
const SAME_TIME = 0.005
/** Pictures remembered while they are decoded. */
const MAX_REMEMBERED = 512

/** What a unit is: renderers and parameters change in mid-stream, and units wait. */
interface Setup {
  readonly renderer: RendererName
  readonly configuration: VideoConfiguration
}

interface Unit {
  readonly data: Uint8Array
  readonly start: number
  readonly randomAccess: boolean
  readonly setup: Setup
}

/** What is known of a picture beside its pixels; moments in milliseconds since 1970. */
interface Origin {
  readonly arrival: number
  readonly wallClock: number | undefined
  readonly setup: Setup
  decodingSince: number
}

interface Frame {
  readonly mediaTime: number
  readonly picture: DecodedPicture
  readonly origin: Origin | undefined
  readonly decodedAt: number
  close(): void
}

type Decoding =
  | { readonly name: 'nothing' }
  | { readonly name: 'loading' }
  | {
      readonly name: 'ready'
      readonly renderer: RendererName
      readonly decoder: PictureDecoder
      setup: Setup | undefined
    }

/** What was painted and has not been taken by the display yet. */
type Glass =
  | { readonly name: 'free' }
  | { readonly name: 'waiting' }
  | { readonly name: 'painted'; readonly frame: Frame }

const FREE: Glass = { name: 'free' }
const now = (): number => performance.timeOrigin + performance.now()

/**
 * Shows access units on a canvas: coded pictures wait in a queue, go through a decoder of the browser's, and are painted
 * at once, or when the pace says. At most one for each frame of the display is painted, the newest: the others would
 * not be seen. Runs in the worker, or in the page.
 */
export class Screen implements Outlet {
  readonly #tell: Post<ScreenMessage>
  readonly #painter: Painter | null
  readonly #display = new DisplayClock()
  readonly #queue = new UnitQueue<Unit>()
  readonly #pacer = new FramePacer<Frame>()
  readonly #livePace = new LivePace()
  /** Another clock is told, of sound in a media element or of a recording. */
  #isLed = false
  /** By presentation time in microseconds, which is what decoders keep of a picture. */
  readonly #origins = new Map<number, Origin>()
  #setup: Setup | undefined
  #decoding: Decoding = { name: 'nothing' }
  #glass: Glass = FREE
  #newest = Number.NEGATIVE_INFINITY
  /** What is before is here already. */
  #knownUntil = Number.NEGATIVE_INFINITY
  #painted = 0
  #failures = 0
  #closed = false

  /** @param canvas null: pictures are sent to the page, which draws them */
  constructor(canvas: OffscreenCanvas | HTMLCanvasElement | null, tell: Post<ScreenMessage>) {
    this.#painter = canvas && new CanvasPainter(canvas)
    this.#tell = tell
  }

  configure({ configuration }: TrackConfiguration, renderer: RendererName): void {
    if (configuration.kind !== 'video') return
    const setup = { renderer, configuration }
    // A decoder that is told the same again would wait for a keyframe.
    if (!this.#setup || !isSame(this.#setup, setup)) this.#setup = setup
  }

  push({ data, start, randomAccess, arrival, wallClock }: TimedAccessUnit): void {
    const setup = this.#setup
    if (this.#closed || !setup || start < this.#knownUntil) return
    this.#knownUntil = Number.NEGATIVE_INFINITY
    this.#newest = start
    if (this.#queue.accepts(randomAccess)) {
      const [oldest] = this.#origins.keys()
      if (this.#origins.size >= MAX_REMEMBERED && oldest !== undefined) this.#origins.delete(oldest)
      const arrived = performance.timeOrigin + arrival
      this.#origins.set(Math.round(start * 1e6), { arrival: arrived, wallClock, setup, decodingSince: 0 })
      const pace = this.#livePace.arrived(arrived, start)
      if (!this.#isLed) this.#pacer.pace = pace
      if (this.#isLed) this.#tell({ type: 'received', start })
      if (this.#queue.length === 0 && this.#roomFor(setup)) this.#decode({ data, start, randomAccess, setup })
      else this.#enqueue({ data: data.slice(), start, randomAccess, setup })
    }
    this.#tellDropped()
  }

  resume(): void {
    this.#knownUntil = this.#newest + SAME_TIME
  }

  reset(): void {
    this.#knownUntil = Number.NEGATIVE_INFINITY
    this.#queue.clear()
    this.#pacer.clear()
    this.#livePace.reset()
    this.#origins.clear()
    this.#stopDecoding()
  }

  command(command: OutletCommand): void {
    if (command.name === 'pace') {
      this.#isLed = command.pace !== null
      this.#pacer.pace = command.pace
    } else if (command.name === 'latency') {
      this.#livePace.latency = command.latency
      // What waits is not to wait for the next picture to come.
      if (!this.#isLed && command.latency.name === 'low') this.#pacer.pace = null
    } else this.#taken(true, now())
    this.#show()
  }

  close(): void {
    this.#closed = true
    this.reset()
  }

  #enqueue(unit: Unit): void {
    this.#queue.push(unit)
    this.#queue.skipTo(this.#pacer.dueTime(now()))
    this.#feed()
  }

  #feed(): void {
    while (this.#queue.next && this.#roomFor(this.#queue.next.setup)) {
      const unit = this.#queue.shift()
      if (unit) this.#decode(unit)
    }
  }

  /** Whether a picture can be decoded now; makes the decoder ready for it. */
  #roomFor(setup: Setup): boolean {
    if (this.#closed) return false
    const decoding = this.#decoding
    if (decoding.name === 'loading') return false
    if (decoding.name === 'nothing' || decoding.renderer !== setup.renderer) {
      this.#load(setup.renderer)
      return false
    }
    if (decoding.setup !== setup) {
      decoding.setup = setup
      decoding.decoder.configure(setup.configuration)
    }
    if (this.#decoding !== decoding) return false
    const { hasRoom, queued } = decoding.decoder
    return hasRoom && (this.#pacer.pace === null || this.#pacer.length + queued < MAX_AHEAD)
  }

  #load(renderer: RendererName): void {
    this.#stopDecoding()
    const loading: Decoding = { name: 'loading' }
    this.#decoding = loading
    const events: PictureDecoderEvents = {
      decoded: (picture) => this.#decoded(picture),
      room: () => this.#feed(),
      failed: (error) => this.#failed(error),
    }
    makeDecoder(renderer, events).then(
      (decoder) => {
        if (this.#decoding !== loading) return decoder.close()
        this.#decoding = { name: 'ready', renderer, decoder, setup: undefined }
        this.#feed()
      },
      (cause: unknown) => this.#failed(new ProtocolError('decode-failed', `No decoder could be had: ${cause}`)),
    )
  }

  #decode(unit: Unit): void {
    const origin = this.#origins.get(Math.round(unit.start * 1e6))
    if (origin) origin.decodingSince = now()
    if (this.#decoding.name === 'ready') this.#decoding.decoder.decode(unit)
  }

  #decoded(picture: DecodedPicture): void {
    const { mediaTime } = picture
    const time = Math.round(mediaTime * 1e6)
    const origin = this.#origins.get(time)
    this.#origins.delete(time)
    this.#pacer.push({ mediaTime, picture, origin, decodedAt: now(), close: () => picture.close() })
    this.#show()
  }

  /** Paints what is due, unless what was painted before has not been taken yet. */
  #show(): void {
    if (this.#glass.name === 'painted' || this.#closed) return
    // What is kept in hand is gathered behind the first picture, and not before it.
    const frame = this.#pacer.take(now(), this.#painted === 0 && !this.#isLed)
    if (frame) this.#paint(frame)
    else if (this.#pacer.length > 0 && this.#pacer.pace?.rate !== 0 && this.#glass.name === 'free') {
      this.#glass = { name: 'waiting' }
      this.#display.next((seen, shownAt) => this.#taken(seen, shownAt))
    }
    this.#feed()
  }

  #paint(frame: Frame): void {
    const { picture, origin } = frame
    const ratio = origin?.setup.configuration.pixelAspectRatio ?? 1
    const { width, height } = shownSize(picture.width, picture.height, ratio)
    const wasWaiting = this.#glass.name === 'waiting'
    this.#glass = { name: 'painted', frame }
    if (this.#painter) {
      this.#painter.paint(picture.image, width, height)
      if (!wasWaiting) this.#display.next((seen, shownAt) => this.#taken(seen, shownAt))
    } else this.#tell({ type: 'draw', image: picture.image, width, height }, [picture.image])
  }

  #taken(seen: boolean, shownAt: number): void {
    const glass = this.#glass
    this.#glass = FREE
    if (glass.name === 'painted') {
      this.#failures = 0
      this.#painted += 1
      // Of a hidden page only the first is told: that it plays is to be known, that it is seen is not true.
      if (seen || this.#painted === 1) this.#tell({ type: 'painted', picture: this.#describe(glass.frame, shownAt) })
    }
    this.#show()
  }

  #describe({ mediaTime, picture, origin, decodedAt }: Frame, shownAt: number): PaintedPicture {
    const ratio = origin?.setup.configuration.pixelAspectRatio ?? 1
    return {
      mediaTime,
      ...shownSize(picture.width, picture.height, ratio),
      painted: this.#painted,
      paintedAt: now(),
      shownAt,
      arrival: origin?.arrival ?? decodedAt,
      wallClock: origin?.wallClock,
      decodeTime: decodedAt - (origin?.decodingSince ?? decodedAt),
    }
  }

  /** Another decoder begins at the next random access point; a stream that none can decode comes to an end. */
  #failed(error: ProtocolError): void {
    this.#stopDecoding()
    this.#queue.restart()
    this.#failures += 1
    this.#tell({ type: this.#failures < MAX_FAILURES ? 'decoder-restarted' : 'failed', error: error.toJSON() })
    if (this.#failures >= MAX_FAILURES) this.close()
    else this.#feed()
    this.#tellDropped()
  }

  #stopDecoding(): void {
    if (this.#decoding.name === 'ready') this.#decoding.decoder.close()
    this.#decoding = { name: 'nothing' }
  }

  #tellDropped(): void {
    const pictures = this.#queue.takeDropped()
    if (pictures > 0) this.#tell({ type: 'dropped', pictures })
  }
}

const isSame = (a: Setup, b: Setup): boolean =>
  a.renderer === b.renderer &&
  a.configuration.codec === b.configuration.codec &&
  a.configuration.description.length === b.configuration.description.length &&
  a.configuration.description.every((byte, index) => byte === b.configuration.description[index])

async function makeDecoder(renderer: RendererName, events: PictureDecoderEvents): Promise<PictureDecoder> {
  if (renderer === 'jpeg') return new (await import('./jpeg-decoder.ts')).JpegDecoder(events)
  return new (await import('./webcodecs-decoder.ts')).WebCodecsDecoder(events)
}
