import type { OnReadOpts, Socket } from 'node:net'
import { ProtocolError } from '../../protocol/errors.ts'
import type { BridgeLimits } from '../limits.ts'
import type { Target, TargetPolicy } from '../targets.ts'
import { type DialOptions, dial, type Endpoint } from './tcp.ts'

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
  context: ConnectContext,
  signal?: AbortSignal,
  onread?: OnReadOpts,
): Promise<Socket> {
  const deadline = performance.now() + context.limits.dialTimeout
  const addresses = await withDeadline(context.policy.addressesOf(target), context.limits.dialTimeout)
  const timeout = Math.max(1, deadline - performance.now())
  const options = dialOptions(target, context, timeout, signal)
  return await dial(endpointOf(target, addresses), onread ? { ...options, onread } : options)
}

/**
 * Dials once more where a connection to the target goes already: a name may stand for several servers.
 * @throws ProtocolError as `connectTarget` does
 */
export async function dialAgain(
  target: Target,
  reached: Socket,
  context: ConnectContext,
  signal?: AbortSignal,
): Promise<Socket> {
  const { remoteAddress } = reached
  if (remoteAddress === undefined) throw new ProtocolError('connection-lost', 'the camera closed the connection')
  return await dial(
    endpointOf(target, [remoteAddress]),
    dialOptions(target, context, context.limits.dialTimeout, signal),
  )
}

const endpointOf = ({ host, port, tls }: Target, addresses: readonly string[]): Endpoint => ({
  host,
  port,
  tls,
  addresses,
})

const dialOptions = (
  { trust }: Target,
  { ca }: ConnectContext,
  timeout: number,
  signal?: AbortSignal,
): DialOptions => ({
  timeout,
  trust,
  ...(signal === undefined ? {} : { signal }),
  ...(ca === undefined ? {} : { ca }),
})

/** A resolver may be silent for longer than anyone waits. */
function withDeadline<T>(promise: Promise<T>, timeout: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(new ProtocolError('connection-timeout', 'the name of the camera was not resolved in time'))
    const timer = setTimeout(late, timeout)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
