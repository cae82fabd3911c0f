import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { ProtocolError } from '../../protocol/errors.ts'
import { RtspRefusal } from '../../protocol/rtsp/server-stream.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { SocketTransport } from '../upstream/socket-transport.ts'
import type { DoorAnswer } from './camera-door.ts'
import { readLine } from './line.ts'

/** Milliseconds for which a worker that is being started again is waited for, and between two tries. */
const PATIENCE = 5_000
const TRY_EVERY = 50
/** Milliseconds in which the other worker has its camera or knows that it cannot be had: dialling, and some requests. */
const ANSWER_TIMEOUT = 60_000

/**
 * Connects to the worker that has the camera of a stream, and waits until it is open there.
 *
 * @param path of the other worker's socket
 * @throws RtspRefusal what the other worker tells its own viewers; ProtocolError connection-lost, aborted
 */
export async function visitCamera(path: string, name: string, signal: AbortSignal): Promise<ByteTransport> {
  const socket = await reach(path, signal)
  const leave = () => socket.destroy()
  signal.addEventListener('abort', leave, { once: true })
  try {
    socket.write(`${name}\n`)
    const answer = JSON.parse(await readLine(socket, ANSWER_TIMEOUT)) as DoorAnswer
    if ('open' in answer) return new SocketTransport(socket)
    socket.destroy()
    throw new RtspRefusal(answer.status, answer.reason, answer.headers)
  } catch (cause) {
    if (signal.aborted) throw aborted()
    if (cause instanceof ProtocolError) throw cause
    throw new ProtocolError('connection-lost', 'The worker that has the camera was lost', { cause })
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

async function reach(path: string, signal: AbortSignal): Promise<Socket> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    if (signal.aborted) throw aborted()
    try {
      return await dial(path)
    } catch (cause) {
      if (performance.now() > deadline) {
        throw new ProtocolError('connection-lost', 'The worker that has the camera does not run', { cause })
      }
    }
    await pause(TRY_EVERY)
  }
}

/** A local socket is there or is not: nothing is waited for. */
function dial(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.pause()
      resolve(socket)
    })
  })
}

const aborted = (): ProtocolError => new ProtocolError('aborted', 'The camera is not wanted any more')
