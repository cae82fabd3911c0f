import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { ProtocolError } from '../../../protocol/errors.ts'

export type DatagramReceiver = (kind: 'rtp' | 'rtcp', bytes: Uint8Array, from: RemoteInfo) => void

/** Ports are tried at random; where so many are taken the system has none to give. */
const TRIES = 50
/** Bytes that the system keeps while the process is busy: some pictures of a large camera. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** Two UDP ports that follow each other, the first of them even, for RTP and RTCP (RFC 3550 section 11). */
export class PortPair {
  readonly rtp: number
  readonly #rtpSocket: Socket
  readonly #rtcpSocket: Socket

  private constructor(rtpSocket: Socket, rtcpSocket: Socket, receive: DatagramReceiver) {
    this.#rtpSocket = rtpSocket
    this.#rtcpSocket = rtcpSocket
    this.rtp = rtpSocket.address().port
    rtpSocket.on('message', (bytes, from) => receive('rtp', bytes, from))
    rtcpSocket.on('message', (bytes, from) => receive('rtcp', bytes, from))
    // Such as an unreachable port at the other end: what does not come tells enough.
    for (const socket of [rtpSocket, rtcpSocket]) socket.on('error', () => undefined)
  }

  get rtcp(): number {
    return this.rtp + 1
  }

  /**
   * @param peer address of the camera, whose family decides that of the ports
   * @throws ProtocolError `invalid-state` where no ports are to be had
   */
  static async bind(peer: string, receive: DatagramReceiver): Promise<PortPair> {
    const type = isIPv6(peer) ? 'udp6' : 'udp4'
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const rtp = await bound(type, 0)
      const { port } = rtp?.address() ?? { port: 1 }
      const rtcp = port % 2 === 0 ? await bound(type, port + 1) : null
      if (rtp && rtcp) return new PortPair(rtp, rtcp, receive)
      rtp?.close()
      rtcp?.close()
    }
    throw new ProtocolError('invalid-state', 'The bridge has no two UDP ports left for a camera')
  }

  /**
   * The ports that a multicast group uses, joined.
   *
   * @param group.interface own address on the network where the group is
   * @throws ProtocolError `unsupported-transport` where the group cannot be joined
   */
  static async join(
    group: { readonly address: string; readonly interface: string },
    ports: { readonly rtp: number; readonly rtcp: number },
    receive: DatagramReceiver,
  ): Promise<PortPair> {
    const type = isIPv6(group.address) ? 'udp6' : 'udp4'
    const sockets = await Promise.all([bound(type, ports.rtp, true), bound(type, ports.rtcp, true)])
    const [rtp, rtcp] = sockets
    try {
      if (!rtp || !rtcp) throw new Error('the ports are taken')
      rtp.addMembership(group.address, group.interface)
      rtcp.addMembership(group.address, group.interface)
      return new PortPair(rtp, rtcp, receive)
    } catch (cause) {
      for (const socket of sockets) socket?.close()
      throw new ProtocolError('unsupported-transport', 'The multicast group of the camera cannot be joined', { cause })
    }
  }

  send(kind: 'rtp' | 'rtcp', bytes: Uint8Array, port: number, address: string): void {
    const socket = kind === 'rtp' ? this.#rtpSocket : this.#rtcpSocket
    // Datagrams may be lost; what cannot be sent is.
    socket.send(Uint8Array.from(bytes), port, address, () => undefined)
  }

  close(): void {
    this.#rtpSocket.close()
    this.#rtcpSocket.close()
  }
}

async function bound(type: 'udp4' | 'udp6', port: number, shared = false): Promise<Socket | null> {
  const socket = createSocket({ type, reuseAddr: shared })
  try {
    socket.bind(port)
    await once(socket, 'listening')
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
    } catch {
      // The system's own bound is lower; then that is it.
    }
    return socket
  } catch {
    socket.close()
    return null
  }
}
