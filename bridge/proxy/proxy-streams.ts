import { type Camera, sameCamera } from '../targets.ts'
import { type ConnectCamera, ProxyStream } from './proxy-stream.ts'

/** The cameras that have a session for each viewer. */
export class ProxyStreams {
  readonly #connect: ConnectCamera
  readonly #streams = new Map<string, ProxyStream>()

  constructor(connect: ConnectCamera) {
    this.#connect = connect
  }

  /** Has these cameras from here on; what is known of those that stay as they are stays. */
  update(cameras: ReadonlyMap<string, Camera>): void {
    for (const [name, { camera }] of this.#streams) {
      if (!sameCamera(cameras.get(name), camera)) this.#streams.delete(name)
    }
    for (const [name, camera] of cameras) {
      if (!this.#streams.has(name)) this.#streams.set(name, new ProxyStream(name, camera, this.#connect))
    }
  }

  stream(name: string): ProxyStream | undefined {
    return this.#streams.get(name)
  }

  /** Opens no camera any further, and resolves when the farewells are over. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#streams.values(), (stream) => stream.close()))
  }
}
