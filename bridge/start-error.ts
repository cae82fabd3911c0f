import { hostPort } from './rtsp-url.ts'

/** The bridge cannot start. The message says why, the advice what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly advice: string

  constructor(message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.advice = advice
  }
}

/** Why a port cannot be listened on. */
export function listenError(error: Error, host: string, port: number): StartError {
  const where = hostPort(host, port)
  switch ('code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} is taken: another program listens on ${where}.`,
        `Stop it, or choose another port: --port ${port + 1} (or PORT=${port + 1}).`,
        error,
      )
    case 'EACCES':
      return new StartError(
        `Port ${port} needs rights that this user does not have.`,
        'Choose a port from 1024 up, or let a reverse proxy listen there.',
        error,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `This machine has no address ${host}.`,
        'Use 127.0.0.1 for this machine alone, or one of the addresses that `ip addr` shows.',
        error,
      )
    default:
      return new StartError(`Cannot listen on ${where}: ${error.message}.`, 'Check --host and --port.', error)
  }
}
