/**
 * Entry of the module worker: runs the sessions of all players of a page, each known by a number.
 * Everything it does stands in `stream-session.ts`; here is only the border.
 */
import type { ToPage, ToWorker } from './messages.ts'
import { StreamSession } from './stream-session.ts'

/** The part of DedicatedWorkerGlobalScope that is used here; the types of DOM and WebWorker do not mix. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null
  postMessage(message: ToPage, transfer?: ArrayBuffer[]): void
}

const scope = globalThis as unknown as WorkerScope
const sessions = new Map<number, StreamSession>()

scope.onmessage = ({ data }) => {
  const { session } = data
  switch (data.type) {
    case 'open':
      sessions.set(
        session,
        new StreamSession(data.address, (message, transfer) => {
          if (message.type === 'closed') sessions.delete(session)
          scope.postMessage({ type: 'session', session, message }, transfer)
        }),
      )
      break
    case 'command':
      sessions.get(session)?.command(data.command)
      break
    case 'close':
      sessions.get(session)?.close()
      break
  }
}

scope.postMessage({ type: 'ready' })
