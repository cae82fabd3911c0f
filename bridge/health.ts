import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BridgePhase } from './drain.ts'
import { answer } from './http-answer.ts'

export interface OperationsOptions {
  readonly phase: () => BridgePhase
  readonly metrics: MetricsText
}

/** Figures in the text format of Prometheus. */
export interface MetricsText {
  readonly contentType: string
  text(): Promise<string>
}

/**
 * What those ask who run the bridge: `/healthz`, whether the process lives; `/readyz`, whether viewers should be sent to it;
 * `/metrics`, for Prometheus. None of them holds an address or a name of a person.
 *
 * @param mayMeasure whether this client may have the metrics
 * @returns false where it is something else that is asked for
 */
export function answerOperations(
  pathname: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  { phase, metrics }: OperationsOptions,
  mayMeasure: boolean,
): boolean {
  switch (pathname) {
    case '/healthz':
      response.setHeader('Cache-Control', 'no-store')
      answer(request, response, 200, 'ok')
      return true
    case '/readyz': {
      const now = phase()
      response.setHeader('Cache-Control', 'no-store')
      answer(request, response, now === 'serving' ? 200 : 503, now === 'serving' ? 'ready' : SENTENCES[now])
      return true
    }
    case '/metrics':
      if (!mayMeasure) return false
      response.setHeader('Cache-Control', 'no-store')
      metrics.text().then(
        (text) => answer(request, response, 200, text.trimEnd(), metrics.contentType),
        () => answer(request, response, 500, 'The metrics cannot be read.'),
      )
      return true
    default:
      return false
  }
}

const SENTENCES = {
  starting: 'starting',
  announced: 'draining: about to send viewers away',
  draining: 'draining',
  closed: 'closed',
} as const
