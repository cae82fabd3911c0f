import { ProtocolError } from '../../protocol/errors.ts'
import type { SimulatedCamera, SimulatedCameraOptions } from '../simulated-camera/camera.ts'
import { listenError, StartError } from '../start-error.ts'

/**
 * Starts the simulated camera. It is loaded only here, where it is wanted.
 * @throws StartError
 */
export async function startSimulatedCamera(options: SimulatedCameraOptions): Promise<SimulatedCamera> {
  const { startCamera } = await import('../simulated-camera/camera.ts')
  try {
    return await startCamera(options)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const { cause } = error
    if (cause instanceof Error && 'syscall' in cause && cause.syscall === 'listen') {
      throw listenError(cause, options.host ?? '127.0.0.1', options.port ?? 0)
    }
    throw new StartError(`${error.message}.`, error.advice, error)
  }
}
