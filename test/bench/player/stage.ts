import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { startProcess } from '../../support/processes.ts'
import { Program } from '../processes/program.ts'

/** What all benchmarks of the player need beside a browser: a camera that paints its clock, and the bridge with its page. */
export interface PlayerStage {
  readonly cameraPort: number
  /** A page of the bridge that plays one of its streams: see `STREAMS`. */
  page(stream: string, attributes?: Readonly<Record<string, string>>): string
  /** The bridge's own port. */
  readonly port: number
  /** Kills it and starts it again on the same port; resolves when it listens. */
  restartBridge(): Promise<void>
  restartCamera(): Promise<void>
  close(): Promise<void>
}

/** Mounts of gst-server.py that are streams of the bridge's under the same name. */
const STREAMS = ['clock-direct', 'clock-aac-direct', 'clock-4s', 'clock-15'] as const

type StreamName = (typeof STREAMS)[number]

/**
 * @param root of the repository; the build is made where it is missing or old
 * @param watched streams that somebody watches already, as far as the camera can tell
 */
export async function setPlayerStage(root: string, watched: readonly StreamName[] = []): Promise<PlayerStage> {
  execFileSync(process.execPath, [`${root}/scripts/build.js`], { stdio: 'ignore' })
  const script = `${root}/test/support/gst-server.py`
  const startCamera = (port: number) =>
    startProcess('/usr/bin/python3', [script, '--port', String(port)], { isReady: (line) => line.startsWith('{') })
  let camera = await startCamera(0)
  const { port: cameraPort } = JSON.parse(camera.readyLine) as { port: number }
  const folder = mkdtempSync(join(tmpdir(), 'bench-player-'))
  const config = join(folder, 'bridge.yaml')
  const port = await freePort()
  const streams = Object.fromEntries(
    STREAMS.map((name) => {
      const start = watched.includes(name) ? 'always' : 'on-demand'
      return [name, { url: `rtsp://127.0.0.1:${cameraPort}/${name}`, start }]
    }),
  )
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ listen: { host: '127.0.0.1', port }, log: { level: 'warn' }, streams }))
  const startBridge = () =>
    Program.listening(process.execPath, [`${root}/dist/bridge/main.js`, 'serve', '--config', config], port)
  let bridge = await startBridge()
  return {
    cameraPort,
    port,
    page: (stream, attributes = {}) =>
      `http://127.0.0.1:${port}/?${new URLSearchParams({ src: stream, ...attributes })}`,
    restartBridge: async () => {
      await bridge.kill()
      bridge = await startBridge()
    },
    restartCamera: async () => {
      camera.child.kill('SIGKILL')
      await camera.stop()
      camera = await startCamera(cameraPort)
    },
    close: async () => {
      await bridge.stop()
      await camera.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
