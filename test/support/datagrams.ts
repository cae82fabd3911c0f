import { createSocket, type Socket } from 'node:dgram'

/** Bytes that the system keeps for a socket while the process is busy: all that such a test sends. */
const ROOM = 4 * 1024 * 1024
/** A datagram that is no RTP, and that whoever reads the socket passes over. */
export const END = Buffer.of(0)

/** Call when it listens. */
export const makeRoom = (socket: Socket): void => socket.setRecvBufferSize(ROOM)

/** Resolves when all that was sent to the socket before has been read: what another process sent waits while this one is busy. */
export async function whenRead(socket: Socket): Promise<void> {
  const sender = createSocket('udp4')
  await new Promise<void>((resolve) => {
    socket.on('message', (bytes) => {
      if (bytes.equals(END)) resolve()
    })
    sender.send(END, socket.address().port, '127.0.0.1')
  })
  sender.close()
}
