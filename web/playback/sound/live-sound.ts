import type { ProtocolError } from '../../../protocol/errors.ts'
import type { StreamHost } from '../stream/stream-host.ts'
import type { WorkletSound, WorkletSoundEvents } from './worklet-sound.ts'

export interface LiveSoundEvents extends Pick<WorkletSoundEvents, 'ready' | 'pictureTime' | 'blocked'> {
  /** It does not work here after all. */
  failed(error: ProtocolError): void
  notLoaded(cause: unknown): void
}

/** Sound beside the picture of a live stream: loaded when it is first to be heard, and gone when it is not. */
export class LiveSound {
  readonly #host: StreamHost
  readonly #events: LiveSoundEvents
  #volume = 1
  #isWanted = false
  #sound: WorkletSound | undefined

  constructor(host: StreamHost, events: LiveSoundEvents) {
    this.#host = host
    this.#events = events
  }

  get isOpen(): boolean {
    return this.#isWanted
  }

  /** For the tracks of a session; undefined while it is being made. */
  get outlet(): number | undefined {
    return this.#sound?.outlet
  }

  /** Seconds that it is later than the picture; undefined before it is known. */
  get lag(): number | undefined {
    return this.#sound?.lag
  }

  /** From 0 to 1. */
  set volume(volume: number) {
    this.#volume = volume
    if (this.#sound) this.#sound.volume = volume
  }

  /** `ready` follows. */
  open(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#load().catch((cause: unknown) => {
      this.#isWanted = false
      this.#events.notLoaded(cause)
    })
  }

  close(): void {
    this.#isWanted = false
    this.#sound?.close()
    this.#sound = undefined
  }

  async #load(): Promise<void> {
    const { WorkletSound } = await import('../on-demand.ts')
    if (this.#isWanted) this.#sound ??= this.#make(WorkletSound)
  }

  #make(Sound: typeof WorkletSound, before?: WorkletSound): WorkletSound {
    const lose = (): void => {
      if (this.#sound !== sound) return
      this.#sound = undefined
      this.#isWanted = false
    }
    const events: WorkletSoundEvents = {
      ready: (outlet) => this.#events.ready(outlet),
      pictureTime: () => this.#events.pictureTime(),
      blocked: () => this.#events.blocked(),
      rough: () => {
        if (this.#sound === sound) this.#sound = this.#make(Sound, sound)
      },
      failed: (error) => {
        lose()
        this.#events.failed(error)
      },
      lost: lose,
    }
    const sound = new Sound(this.#host, this.#volume, events, before)
    return sound
  }
}
