import type { Socket } from 'node:net'
import { ProtocolError } from '../../protocol/errors.ts'
import type { BridgeLimits } from '../limits.ts'
import type { Target, TargetPolicy } from '../targets.ts'
import { type DialOptions, dial } from './tcp.ts'

export interface ConnectContext {
  readonly policy: TargetPolicy
  readonly limits: Pick<BridgeLimits, 'dialTimeout'>
  /** Certificate authorities (PEM) for cameras that speak TLS, in place of the system's. */
  readonly ca: string | undefined
}

/**
 * Resolves the target, checks what came of it, and dials that: in `dialTimeout` altogether.
 * @throws Refusal 4403; ProtocolError host-not-found, connection-refused, connection-timeout, connection-lost, tls-failed, aborted
 */
export async function connectTarget(
  target: Target,
  { policy, limits, ca }: ConnectContext,
  signal?: AbortSignal,
): Promise<Socket> {
  const deadline = performance.now() + limits.dialTimeout
  const addresses = await withDeadline(policy.addressesOf(target), limits.dialTimeout)
  const options: DialOptions = {
    timeout: Math.max(1, deadline - performance.now()),
    ...(signal === undefined ? {} : { signal }),
    ...(ca === undefined ? {} : { ca }),
  }
  return await dial({ host: target.host, port: target.port, tls: target.tls, addresses }, options)
}

/** A resolver may be silent for longer than anyone waits. */
function withDeadline<T>(promise: Promise<T>, timeout: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(new ProtocolError('connection-timeout', 'the name of the camera was not resolved in time'))
    const timer = setTimeout(late, timeout)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
