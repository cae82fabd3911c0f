/**
 * The bridge for programs: what `rtsp-bridge serve` runs.
 *
 * `createBridge` listens and serves; `openTransport` gives the client of `rtsp-player/protocol` a TCP or TLS connection,
 * so that the stack which runs in the browser runs in Node.
 */

export { AllowRuleError } from './allow-rule.ts'
export type { CertificatePaths } from './certificate.ts'
export { CLOSE, type CloseCode, Refusal } from './close-code.ts'
export { DEFAULT_DRAIN, type DrainTimes } from './drain.ts'
export { SECURITY_HEADERS } from './http-routes.ts'
export { type BridgeLimits, DEFAULT_LIMITS } from './limits.ts'
export type { BridgeLog, LogFields } from './log.ts'
export { type Bridge, type BridgeOptions, createBridge } from './server.ts'
export { StartError } from './start-error.ts'
export { SUBPROTOCOL } from './subprotocol.ts'
export type { ResolveHost, StreamOptions } from './targets.ts'
export { openTransport, SocketTransport } from './upstream/socket-transport.ts'
export { DIAL_TIMEOUT, type DialOptions, dial, type Endpoint } from './upstream/tcp.ts'
