import { ProtocolError } from '../../protocol/errors.ts'
import {
  type InterleavedChannels,
  type MediaSink,
  type PlayAnswer,
  type PlayRequest,
  RtspRefusal,
  type ServerPlayback,
  type TrackSetup,
} from '../../protocol/rtsp/server-stream.ts'
import { BURST_HEAD_ROOM, Burst, type Subscription } from './burst.ts'
import type { HubTrack } from './hub-track.ts'

export interface HubViewerLimits {
  /** Bytes that wait for a viewer beyond which he is sent nothing up to the next keyframe. */
  readonly viewerBytes: number
  /** Milliseconds without a keyframe that he could take after which a viewer is given up. */
  readonly hopelessMilliseconds: number
}

/** What a viewer needs of the stream. */
export interface WatchedStream {
  /** @throws RtspRefusal where there is none, or the camera does not give it */
  trackOf(control: string): HubTrack
  /** The camera does not give this track, and gives others. */
  isRefused(track: HubTrack): boolean
  /** Makes the camera send these tracks, beside those that others have. @throws RtspRefusal */
  want(tracks: Iterable<HubTrack>): Promise<void>
  /** What a viewer is sent first. */
  beginning(): Iterable<Burst>
  left(viewer: HubViewer): void
}

type Flow =
  | { readonly name: 'stopped' }
  | { readonly name: 'flowing' }
  /** He reads too slowly: nothing up to a keyframe for which there is room. */
  | { readonly name: 'skipping'; readonly since: number }

const STOPPED: Flow = { name: 'stopped' }
const FLOWING: Flow = { name: 'flowing' }

/** One who watches: which tracks, on which channels, and what he misses where he is slow. Costs the others nothing. */
export class HubViewer implements ServerPlayback {
  readonly #stream: WatchedStream
  readonly #sink: MediaSink
  readonly #limits: HubViewerLimits
  readonly #tracks = new Map<HubTrack, InterleavedChannels>()
  #subscription: Subscription = { key: '', channels: [] }
  #flow: Flow = STOPPED
  /** Bytes of what he began with that still wait: they came at once, so that no viewer could have read them sooner. */
  #beginning = 0
  /** Groups of pictures of which he missed a part. */
  skips = 0

  constructor(stream: WatchedStream, sink: MediaSink, limits: HubViewerLimits) {
    this.#stream = stream
    this.#sink = sink
    this.#limits = limits
  }

  setup(control: string, channels: InterleavedChannels): TrackSetup {
    const track = this.#stream.trackOf(control)
    this.#tracks.set(track, channels)
    const byIndex: (InterleavedChannels | undefined)[] = []
    for (const [one, its] of this.#tracks) byIndex[one.index] = its
    const key = Array.from(byIndex, (one) => (one ? `${one.rtp}-${one.rtcp}` : '')).join()
    this.#subscription = { key, channels: byIndex }
    return { ssrc: track.ssrc }
  }

  async prepare({ range }: PlayRequest): Promise<PlayAnswer> {
    // A camera has no past: only the live edge can be played, and at its own speed.
    if (range && range.unit !== 'npt') throw new RtspRefusal(457)
    await this.#stream.want(this.#tracks.keys())
    for (const track of this.#tracks.keys()) {
      // He would wait for it, and hear nothing meanwhile: SETUP will tell him.
      if (track.isPicture && this.#stream.isRefused(track))
        throw new RtspRefusal(454, 'Set up anew: no picture is given')
    }
    return {
      range: { unit: 'npt', start: 'now' },
      tracks: [],
    }
  }

  start(): void {
    if (this.#flow.name !== 'stopped') return
    this.#flow = FLOWING
    for (const burst of this.#stream.beginning()) this.#send(burst)
    this.#beginning = this.#sink.bufferedAmount
  }

  pause(): void {
    this.#flow = STOPPED
  }

  close(): void {
    this.#flow = STOPPED
    this.#stream.left(this)
  }

  /** A burst of the stream, in its order. */
  burst(burst: Burst): void {
    switch (this.#flow.name) {
      case 'stopped':
        return
      case 'flowing': {
        const { bufferedAmount } = this.#sink
        if (bufferedAmount < this.#beginning) this.#beginning = bufferedAmount
        if (bufferedAmount > this.#beginning + this.#limits.viewerBytes) {
          this.skips++
          this.#flow = { name: 'skipping', since: performance.now() }
        } else this.#send(burst)
        return
      }
      case 'skipping':
        if (burst.startsGroup && this.#sink.bufferedAmount <= this.#limits.viewerBytes / 4) {
          this.#flow = FLOWING
          this.#send(burst)
        } else if (performance.now() - this.#flow.since > this.#limits.hopelessMilliseconds) this.end(tooSlow())
    }
  }

  /** Says goodbye, and closes the connection. @param error of the viewer's making */
  end(error?: ProtocolError): void {
    if (this.#flow.name !== 'stopped') {
      const burst = new Burst(256, false)
      for (const track of this.#tracks.keys()) {
        const goodbye = track.goodbye()
        const { bytes, offset } = burst.add(track.index, 'rtcp', goodbye.length)
        bytes.set(goodbye, offset)
      }
      this.#send(burst)
      this.#flow = STOPPED
    }
    this.#sink.end(error)
  }

  #send(burst: Burst): void {
    const bytes = burst.for(this.#subscription)
    if (bytes.length > 0) this.#sink.sendShared(bytes, BURST_HEAD_ROOM)
  }
}

const tooSlow = () => new ProtocolError('connection-lost', 'The viewer reads too slowly for the stream')
