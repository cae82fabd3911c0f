import { setTimeout as wait } from 'node:timers/promises'
import type { RunningCarrier } from '../peers/carriers.ts'
import { AskedProgram } from '../processes/program.ts'
import { processorSeconds } from '../processes/usage.ts'
import type { CameraCalls } from './camera.program.ts'
import type { ViewersCalls } from './viewers.program.ts'

export interface CarriedFigures {
  /** Seconds of the carrier's processor time by 10⁹ bytes that viewers got. */
  readonly secondsAGigabyte: number
  readonly megabitsASecond: number
  /** Milliseconds from a camera's write to one viewer, by picture. */
  readonly delays: readonly number[]
}

/** The camera of a benchmark, in a process of its own. */
export class Load {
  readonly camera: AskedProgram<CameraCalls>
  readonly cameraPort: number
  readonly #programs: string

  private constructor(programs: string, camera: AskedProgram<CameraCalls>, cameraPort: number) {
    this.#programs = programs
    this.camera = camera
    this.cameraPort = cameraPort
  }

  static async start(programs: string): Promise<Load> {
    const camera = AskedProgram.start<CameraCalls>(programs, 'load/camera')
    return new Load(programs, camera, await camera.ask('listen', undefined as never))
  }

  /** So many who watch what a carrier carries. */
  async audience(carrier: RunningCarrier, count: number): Promise<Audience> {
    const viewers = AskedProgram.start<ViewersCalls>(this.#programs, 'load/viewers')
    const audience = new Audience(carrier, viewers, `rtsp://127.0.0.1:${this.cameraPort}/lobby`)
    await audience.grow(count)
    return audience
  }

  async stop(): Promise<void> {
    await this.camera.stop()
  }
}

/** The viewers of one carrier, in a process of their own. */
export class Audience {
  readonly carrier: RunningCarrier
  readonly #viewers: AskedProgram<ViewersCalls>
  readonly #uri: string

  constructor(carrier: RunningCarrier, viewers: AskedProgram<ViewersCalls>, uri: string) {
    this.carrier = carrier
    this.#viewers = viewers
    this.#uri = uri
  }

  /** So many more. */
  async grow(count: number): Promise<void> {
    const { port, target, subprotocol, secure } = this.carrier
    await this.#viewers.ask('open', { count, port, target, subprotocol, secure, uri: this.#uri })
  }

  /**
   * What each carrier takes to carry what its viewers get, in the same so many milliseconds.
   * @throws Error where a viewer is lost meanwhile
   */
  static async measure(audiences: readonly Audience[], milliseconds: number): Promise<CarriedFigures[]> {
    const ends = await Promise.all(audiences.map((audience) => audience.#begin()))
    await wait(milliseconds)
    return await Promise.all(ends.map((end) => end()))
  }

  async stop(): Promise<void> {
    await this.#viewers.stop()
  }

  async #begin(): Promise<() => Promise<CarriedFigures>> {
    const { pid } = this.carrier.program
    await this.#viewers.ask('take', undefined as never)
    const processorBefore = processorSeconds(pid)
    const begun = performance.now()
    return async () => {
      const processor = processorSeconds(pid) - processorBefore
      const { bytes, closed, delays } = await this.#viewers.ask('take', undefined as never)
      const seconds = (performance.now() - begun) / 1000
      if (closed > 0) throw new Error(`${closed} viewers were sent away`)
      return { secondsAGigabyte: processor / (bytes / 1e9), megabitsASecond: (bytes * 8) / 1e6 / seconds, delays }
    }
  }
}
