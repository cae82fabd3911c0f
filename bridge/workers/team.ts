import type { Colleagues, Workplace } from '../colleagues.ts'
import type { HubUpstream } from '../hub/hub.ts'
import { DEFAULT_HUB_LIMITS } from '../hub/hub-limits.ts'
import type { BridgeLog } from '../log.ts'
import type { StreamFigures } from '../stream-states.ts'
import { CameraDoor, DOOR_STREAM, doorPath } from './camera-door.ts'
import { cameraOwner } from './camera-owner.ts'
import { visitCamera } from './camera-visit.ts'
import type { Conversation } from './conversation.ts'
import type { Assignment, PrimaryTasks } from './tasks.ts'

/** Milliseconds for the figures of all. */
const FIGURES_TIMEOUT = 5_000
/** Beside what is kept of a camera: answers, and what comes while another worker is busy. */
const DOOR_BUFFER_BYTES = 8 * 1024 * 1024

/** A worker's colleagues: by local sockets where it is about media, through the first process for the rest. */
export class Team implements Colleagues {
  readonly #assignment: Assignment
  readonly #primary: Conversation<PrimaryTasks>
  readonly #log: BridgeLog
  #own: Workplace | undefined
  #door: CameraDoor | undefined
  #tellEmpty: () => void = () => undefined
  #tellAllEmpty: () => void = () => undefined
  readonly #allEmpty: Promise<void>
  /** Resolves when the viewers of this worker have been sent away. */
  readonly isEmpty: Promise<void>

  constructor(assignment: Assignment, primary: Conversation<PrimaryTasks>, log: BridgeLog) {
    this.#assignment = assignment
    this.#primary = primary
    this.#log = log
    this.isEmpty = new Promise((resolve) => {
      this.#tellEmpty = resolve
    })
    this.#allEmpty = new Promise((resolve) => {
      this.#tellAllEmpty = resolve
    })
  }

  /** What is shown to the others; undefined before there is anything. */
  get own(): Workplace | undefined {
    return this.#own
  }

  upstream(name: string): HubUpstream | undefined {
    const { number, count, directory } = this.#assignment
    const owner = cameraOwner(name, count)
    if (owner === number) return undefined
    return {
      // The host says nothing: the connection is made here.
      url: `rtsp://127.0.0.1${DOOR_STREAM}`,
      connect: (signal) => visitCamera(doorPath(directory, owner), name, signal),
    }
  }

  async join(own: Workplace): Promise<void> {
    this.#own = own
    const { number, directory, bridge } = this.#assignment
    const limits = { ...DEFAULT_HUB_LIMITS, ...bridge.hubLimits }
    this.#door = new CameraDoor({
      path: doorPath(directory, number),
      streams: (name) => own.hub.streamWithCamera(name),
      bufferBytes: limits.cacheBytes + limits.viewerBytes + DOOR_BUFFER_BYTES,
      log: this.#log,
    })
    await this.#door.open()
  }

  figures(): Promise<StreamFigures[]> {
    return this.#primary.ask('figures', null, FIGURES_TIMEOUT)
  }

  metrics(): Promise<string> {
    return this.#primary.ask('metrics', null, FIGURES_TIMEOUT)
  }

  emptied(): Promise<void> {
    this.#tellEmpty()
    return this.#allEmpty
  }

  /** No worker has viewers any more, or none is waited for. */
  allEmptied(): void {
    this.#tellAllEmpty()
  }

  async leave(): Promise<void> {
    await this.#door?.close()
  }
}
