import { type RtspUri, resolveControl } from '../../protocol/rtsp/uri.ts'
import type { HubDescription } from '../hub/hub-description.ts'

/** The addresses of a stream as viewers know them, and as the camera does. */
export class ProxyAddresses {
  readonly #path: string
  readonly #aggregate: RtspUri
  readonly #tracks: ReadonlyMap<string, RtspUri>

  /**
   * @param path under which viewers know the stream: `/lobby`
   * @param base what the camera's control attributes are relative to
   */
  constructor(path: string, description: HubDescription, base: RtspUri, aggregate: RtspUri) {
    this.#path = path
    this.#aggregate = aggregate
    this.#tracks = new Map(
      description.tracks.map(({ control, cameraControl }) => [control, resolveControl(base, cameraControl)]),
    )
  }

  /** The camera's address for the path of a viewer's request; null for one that the stream does not have. */
  toCamera(path: string): RtspUri | null {
    if (path === this.#path) return this.#aggregate
    if (!path.startsWith(`${this.#path}/`)) return null
    return this.#tracks.get(path.slice(this.#path.length + 1)) ?? null
  }

  /** The control that viewers know for an address that the camera states, as in RTP-Info; by its end, for hosts differ. */
  controlOf(address: string): string | null {
    for (const [control, { path, query }] of this.#tracks) {
      if (address.endsWith(`${path}${query}`)) return control
    }
    return null
  }
}
