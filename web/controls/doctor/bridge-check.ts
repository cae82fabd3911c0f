import { resolveStreamAddress } from '../../playback/stream/stream-address.ts'

/** Longer waits say nothing new. */
const PATIENCE_MS = 5_000

/**
 * Whether this page reaches the bridge at all: a WebSocket that is closed as soon as it is open, and asks for nothing. Where
 * the player runs in a worker, it is by this that the page hears of a policy that refuses.
 *
 * @returns a sentence
 */
export async function checkBridge(src: string, bridge: string): Promise<string> {
  const endpoint = endpointOf(src, bridge)
  if (endpoint === undefined) return 'not tried, the address cannot be read'
  return new Promise((resolve) => {
    let socket: WebSocket
    try {
      socket = new WebSocket(endpoint, 'rtsp.onvif.org')
    } catch (cause) {
      resolve(`refused by the browser: ${cause instanceof Error ? cause.message : cause}`)
      return
    }
    const timer = setTimeout(() => end(`no answer within ${PATIENCE_MS / 1_000} s`), PATIENCE_MS)
    const end = (sentence: string): void => {
      clearTimeout(timer)
      socket.close()
      resolve(sentence)
    }
    socket.onopen = () => end('reached')
    socket.onerror = () => end('not reached')
  })
}

/** Without a stream: no camera is disturbed. */
function endpointOf(src: string, bridge: string): string | undefined {
  try {
    const { origin, pathname } = new URL(resolveStreamAddress(src, bridge, document.baseURI).websocketUrl)
    return origin + pathname
  } catch {
    return undefined
  }
}
