import { fileURLToPath } from 'node:url'
import { startProcess } from './processes.ts'

/** The mounts of `gst-server.py`, which says what each shows. */
export type GstMount =
  | '/clock'
  | '/clock-aac'
  | '/clock-direct'
  | '/clock-aac-direct'
  | '/clock-aac-unheld'
  | '/clock-4s'
  | '/clock-15'
  | '/h264'
  | '/h264-aac'
  | '/h264-main'
  | '/h264-high'
  | '/h264-b'
  | '/h264-1080'
  | '/h264-pcmu'
  | '/audio-only'
  | '/mjpeg'
  | '/recording'
  | '/h265'
  | '/h265-aac'
  | '/vp8'
  | '/vp9'
  | '/mpeg4'
  | '/h264-pcma'
  | '/h264-g722'
  | '/h264-g726'
  | '/h264-l16'
  | '/h264-opus'
  | '/h264-latm'
  | '/h264-mp3'

export interface GstServerOptions {
  readonly user?: string
  readonly password?: string
  /** Default `digest`. Without `user` there is no authentication. */
  readonly auth?: 'basic' | 'digest'
  /** Refuses TCP interleaved with 461 Unsupported Transport. */
  readonly udpOnly?: boolean
  /** Default: a free one. */
  readonly port?: number
}

export interface GstServer {
  readonly port: number
  /** All that it has. */
  readonly mounts: readonly GstMount[]
  /** `rtsp://127.0.0.1:PORT/MOUNT`, without credentials. Any path may be asked for; the others answer 404. */
  url(mount: GstMount | (string & {})): string
  stop(): Promise<void>
}

// Debian's python: another one on the PATH does not see the packages of apt (gi).
const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('./gst-server.py', import.meta.url))

/** GStreamer's RTSP server on 127.0.0.1, ready when this resolves. Stop it in `afterAll`. */
export const startGstServer = async (options: GstServerOptions = {}): Promise<GstServer> => {
  const args = [SCRIPT, '--port', String(options.port ?? 0)]
  if (options.user !== undefined) args.push('--user', options.user, '--password', options.password ?? '')
  if (options.auth !== undefined) args.push('--auth', options.auth)
  if (options.udpOnly === true) args.push('--udp-only')
  const server = await startProcess(PYTHON, args, { isReady: (line) => line.startsWith('{') })
  const { port, mounts } = JSON.parse(server.readyLine) as { port: number; mounts: GstMount[] }
  return { port, mounts, url: (mount) => `rtsp://127.0.0.1:${port}${mount}`, stop: () => server.stop() }
}
