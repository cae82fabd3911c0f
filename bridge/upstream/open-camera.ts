import type { Socket } from 'node:net'
import { formatRtspUri, type RtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import type { BridgeLimits } from '../limits.ts'
import { hostPort } from '../rtsp-url.ts'
import { canonicalAddress } from '../subnet.ts'
import type { Camera, Target, TargetPolicy } from '../targets.ts'
import { type CameraWire, readCameraAddress } from './camera-address.ts'
import { connectTarget, dialAgain } from './connect.ts'
import { openHttpTunnel } from './http-tunnel/http-tunnel.ts'
import { SocketTransport } from './socket-transport.ts'
import { UdpCarrier } from './udp/udp-carrier.ts'
import { openWebSocket } from './websocket.ts'
import type { WebSocketTransport } from './websocket-transport.ts'

export interface CameraOpenerOptions {
  /** Asked anew for each connection: it may change while the bridge runs. */
  readonly policy: () => TargetPolicy
  readonly limits: Pick<BridgeLimits, 'dialTimeout'>
  /** Certificate authorities (PEM) for cameras that speak TLS, in place of the system's. */
  readonly ca: string | undefined
}

/** How a camera is asked to send where its configuration leaves that open: see `MediaRoute`. */
export type MediaChoice = 'auto' | 'udp'

/** Opens the cameras of the configuration, each by the transport that it has there. */
export class CameraOpener {
  readonly #options: CameraOpenerOptions
  /** Open connections to other bridges, by stream, for their tickets. */
  readonly #behindTickets = new Map<WebSocketTransport, { readonly name: string; ticket: string }>()

  constructor(options: CameraOpenerOptions) {
    this.#options = options
  }

  /**
   * Connects to a camera, or to where it redirects, if that is allowed. Whatever the transport is, to the user it is one
   * stream of bytes with interleaved media.
   *
   * @param signal ends dialling
   * @param choice where `transport` of the stream is `auto`
   * @throws Refusal 4403, 4404; ProtocolError
   */
  async open(name: string, uri: RtspUri, signal?: AbortSignal, choice: MediaChoice = 'auto'): Promise<ByteTransport> {
    const policy = this.#options.policy()
    const camera = policy.cameraOf(name)
    const target = policy.findRedirect(name, formatRtspUri({ ...uri, credentials: undefined }))
    // Secrets are for the server that they were given for.
    const isOwn = target.origin === 'configured'
    const wire = isOwn ? ownWire(camera, uri) : readCameraAddress(formatRtspUri(uri), camera.transport).wire
    const context = { ...this.#options, policy }
    const dialled: Target = { ...target, host: wire.host, port: wire.port, tls: wire.tls }
    const dial = (): Promise<Socket> => connectTarget(dialled, context, signal)
    const credentials = isOwn ? camera.credentials : undefined
    const authority = authorityOf(wire)
    switch (wire.by) {
      case 'http':
        return openHttpTunnel({
          address: { authority, path: wire.path },
          credentials,
          dial,
          dialAgain: (reached) => dialAgain(dialled, reached, context, signal),
        })
      case 'ws':
        return this.#openWebSocket(name, isOwn ? camera.ticket : undefined, { authority, wire, credentials, dial })
      case 'rtsp':
        return overSocket(await dial(), camera, choice)
    }
  }

  /** Shows the tickets that the configuration has now to the bridges that were shown others. */
  renewTickets(): void {
    const { cameras } = this.#options.policy()
    for (const [transport, shown] of this.#behindTickets) {
      const ticket = cameras.get(shown.name)?.ticket
      if (ticket === undefined || ticket === shown.ticket) continue
      shown.ticket = ticket
      transport.renew(ticket)
    }
  }

  async #openWebSocket(
    name: string,
    ticket: string | undefined,
    { authority, wire, credentials, dial }: WebSocketPlace,
  ): Promise<ByteTransport> {
    const timeout = this.#options.limits.dialTimeout
    const transport = await openWebSocket({ authority, path: wire.path, ticket, credentials, dial, timeout })
    if (ticket !== undefined) {
      this.#behindTickets.set(transport, { name, ticket })
      transport.whenClosed(() => this.#behindTickets.delete(transport))
    }
    return transport
  }
}

interface WebSocketPlace {
  readonly authority: string
  readonly wire: CameraWire
  readonly credentials: Camera['credentials']
  readonly dial: () => Promise<Socket>
}

function overSocket(socket: Socket, { transport }: Camera, choice: MediaChoice): ByteTransport {
  const connection = new SocketTransport(socket)
  if (transport !== 'auto' && transport !== 'udp' && transport !== 'multicast') return connection
  const addresses = {
    peer: canonicalAddress(socket.remoteAddress ?? '') ?? '',
    local: canonicalAddress(socket.localAddress ?? '') ?? '',
  }
  return new UdpCarrier(connection, addresses, transport === 'auto' ? choice : transport)
}

/** Within the camera's own server a redirect leads to another path, which a tunnel follows. */
const ownWire = ({ wire }: Camera, { path, query }: RtspUri): CameraWire =>
  wire.by === 'http' ? { ...wire, path: path === '' ? `/${query}` : path + query } : wire

/** As it stands in the Host field: the port only where it is not HTTP's own. */
function authorityOf({ host, port, tls }: CameraWire): string {
  const whole = hostPort(host, port)
  return port === (tls ? 443 : 80) ? whole.slice(0, whole.lastIndexOf(':')) : whole
}
