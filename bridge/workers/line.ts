import type { Socket } from 'node:net'

/** Bytes of a line: a name of a stream, or a sentence about it. */
const MAX_LINE_BYTES = 4096
const LINE_END = 0x0a

/**
 * Reads a line off a paused socket, and leaves it paused; nothing behind the line is taken.
 *
 * @param timeout milliseconds
 * @throws Error where none comes: the socket is destroyed
 */
export function readLine(socket: Socket, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = () => {
      clearTimeout(timer)
      socket.off('data', onData).off('error', fail).off('close', onClose)
      socket.pause()
    }
    const fail = (error: Error) => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const onClose = () => fail(new Error('the other worker closed the connection'))
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(LINE_END)
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
      length += chunk.length
      if (end < 0) {
        if (length > MAX_LINE_BYTES) fail(new Error('the other worker sent too long a line'))
        return
      }
      settle()
      if (end + 1 < chunk.length) socket.unshift(chunk.subarray(end + 1))
      resolve(Buffer.concat(chunks).toString())
    }
    const timer = setTimeout(() => fail(new Error('the other worker is silent')), timeout)
    socket.on('data', onData).once('error', fail).once('close', onClose)
    socket.resume()
  })
}
