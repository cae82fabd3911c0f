import type { RunningCarrier } from '../peers/carriers.ts'
import { AskedProgram } from '../processes/program.ts'
import { processorSeconds } from '../processes/usage.ts'
import type { CameraCalls } from './camera.program.ts'
import type { ViewersCalls } from './viewers.program.ts'

export interface CarriedFigures {
  /** Seconds of the carrier's processor time by 10⁹ bytes that viewers got. */
  readonly secondsAGigabyte: number
  readonly megabitsASecond: number
  /** Processors that the carrier kept busy. */
  readonly busy: number
  /** Milliseconds from a camera's write to one viewer, by picture. */
  readonly delays: readonly number[]
}

/** A camera and viewers, in processes of their own. */
export class Load {
  readonly camera: AskedProgram<CameraCalls>
  readonly cameraPort: number
  readonly #viewers: AskedProgram<ViewersCalls>

  private constructor(camera: AskedProgram<CameraCalls>, cameraPort: number, viewers: AskedProgram<ViewersCalls>) {
    this.camera = camera
    this.cameraPort = cameraPort
    this.#viewers = viewers
  }

  static async start(programs: string): Promise<Load> {
    const camera = AskedProgram.start<CameraCalls>(programs, 'load/camera')
    const viewers = AskedProgram.start<ViewersCalls>(programs, 'load/viewers')
    return new Load(camera, await camera.ask('listen', undefined as never), viewers)
  }

  /** Lets so many more watch what the carrier carries. */
  async watch({ port, target, subprotocol, secure }: RunningCarrier, count: number): Promise<void> {
    const uri = `rtsp://127.0.0.1:${this.cameraPort}/lobby`
    await this.#viewers.ask('open', { count, port, target, subprotocol, secure, uri })
  }

  /**
   * What a process takes to carry what viewers get in so many milliseconds.
   * @throws Error where a viewer is lost meanwhile
   */
  async measure(pid: number, milliseconds: number): Promise<CarriedFigures> {
    await this.#viewers.ask('take', undefined as never)
    const from = { processor: processorSeconds(pid), time: performance.now() }
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    const processor = processorSeconds(pid) - from.processor
    const { bytes, closed, delays } = await this.#viewers.ask('take', undefined as never)
    const seconds = (performance.now() - from.time) / 1000
    if (closed > 0) throw new Error(`${closed} viewers were sent away`)
    return {
      secondsAGigabyte: processor / (bytes / 1e9),
      megabitsASecond: (bytes * 8) / 1e6 / seconds,
      busy: processor / seconds,
      delays,
    }
  }

  /** Lets all viewers go. */
  async leave(): Promise<void> {
    await this.#viewers.ask('close', undefined as never)
  }

  async stop(): Promise<void> {
    await Promise.all([this.camera.stop(), this.#viewers.stop()])
  }
}
