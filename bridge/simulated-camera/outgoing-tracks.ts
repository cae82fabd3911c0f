import { type InterleavedChannels, RtspRefusal, type TrackSetup } from '../../protocol/rtsp/server-stream.ts'
import type { ClipTrack } from './clip.ts'
import { OutgoingTrack } from './outgoing-track.ts'

/** The tracks that one viewer has set up. */
export class OutgoingTracks {
  readonly #clipTracks: readonly ClipTrack[]
  readonly #cname: string
  readonly #tracks = new Map<ClipTrack, OutgoingTrack>()

  /** @param cname canonical name of the sender (RFC 3550 section 6.5.1) */
  constructor(clipTracks: readonly ClipTrack[], cname: string) {
    this.#clipTracks = clipTracks
    this.#cname = cname
  }

  /** @throws RtspRefusal 404 */
  setup(control: string, channels: InterleavedChannels): TrackSetup {
    const track = this.#clipTracks.find((candidate) => candidate.control === control)
    if (!track) throw new RtspRefusal(404)
    const known = this.#tracks.get(track)
    if (known) known.channels = channels
    const outgoing = known ?? new OutgoingTrack(track, channels, this.#cname)
    this.#tracks.set(track, outgoing)
    return { ssrc: outgoing.ssrc }
  }

  get(track: ClipTrack): OutgoingTrack | undefined {
    return this.#tracks.get(track)
  }

  /** The track at whose random access points all others start too: the video, where it was set up. */
  get leading(): OutgoingTrack | undefined {
    const all = [...this.#tracks.values()]
    return all.find(({ track }) => track.kind === 'video') ?? all[0]
  }

  [Symbol.iterator](): IterableIterator<OutgoingTrack> {
    return this.#tracks.values()
  }
}
