/**
 * Entry of the module worker: runs the sessions of all players of a page, each known by a number.
 * Everything it does stands in `stream-place.ts`; here is only the border.
 */
import type { ToPage, ToWorker } from './messages.ts'
import { StreamPlace } from './stream-place.ts'

/** The part of DedicatedWorkerGlobalScope that is used here; the types of DOM and WebWorker do not mix. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null
  postMessage(message: ToPage, transfer?: Transferable[]): void
}

const scope = globalThis as unknown as WorkerScope

// Bundlers keep here what parts that are loaded later import, and WebKit runs the entry again for them: the sessions are
// the first one's.
if (scope.onmessage === null) {
  const place = new StreamPlace((message, transfer) => scope.postMessage(message, transfer))
  scope.onmessage = ({ data }) => place.receive(data)
  scope.postMessage({ type: 'ready' })
}
