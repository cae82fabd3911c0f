import type { AccessUnit } from '../depacketizer/access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from '../depacketizer/depacketizer.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { ChosenTrack, LoadingTrack } from './track-selection.ts'

/** Sound that nobody hears: its packets are counted and let go, and the code that reads them is loaded when it is wanted. */
export class UnheardSound {
  /** The track as it can be set up now; what is played of it begins with the first packet after `read`. */
  readonly track: ChosenTrack
  readonly #loading: LoadingTrack
  #read: ChosenTrack | undefined

  constructor(loading: LoadingTrack) {
    this.#loading = loading
    const { load, keepsClockRate, ...selected } = loading
    this.track = {
      ...selected,
      createDepacketizer: (report) =>
        this.#read?.createDepacketizer(report) ?? new UnheardDepacketizer(() => this.#read?.createDepacketizer(report)),
      createTranscoder: (...of) => this.#read?.createTranscoder?.(...of),
    }
  }

  /** @throws ProtocolError where it cannot be read after all */
  async read(): Promise<void> {
    const read = await this.#loading.load()
    if (read.format.payloadType !== this.track.format.payloadType) {
      throw new ProtocolError('no-playable-track', 'The sound is in another of its formats than was set up')
    }
    this.#read = read
  }
}

class UnheardDepacketizer implements Depacketizer {
  readonly #create: () => Depacketizer | undefined
  readonly #none: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  #reader: Depacketizer | undefined

  constructor(create: () => Depacketizer | undefined) {
    this.#create = create
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#reader ??= this.#create()
    this.#reader?.push(packet, timestamp, lost)
  }

  pull(): AccessUnit | null {
    return this.#reader?.pull() ?? null
  }

  flush(): void {
    this.#reader?.flush()
  }

  get statistics(): DepacketizerStatistics {
    return this.#reader?.statistics ?? this.#none
  }
}
