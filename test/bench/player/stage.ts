import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { startProcess } from '../../support/processes.ts'
import { Program } from '../processes/program.ts'
import { AlteredCamera } from './altered-camera.ts'

/** What all benchmarks of the player need beside a browser: a camera that paints its clock, and the bridge with its page. */
export interface PlayerStage {
  readonly cameraPort: number
  /** A page of the bridge that plays one of its streams: see `STREAMS`. */
  page(stream: string, attributes?: Readonly<Record<string, string>>): string
  /** The bridge's own port. */
  readonly port: number
  /** Kills it and starts it again on the same port; resolves when it listens. */
  restartBridge(): Promise<void>
  /** @param flags of gst-server.py */
  restartCamera(flags?: readonly string[]): Promise<void>
  /** Of the stream `clock-restarted`. */
  restartSequence(): void
  close(): Promise<void>
}

/** Mounts of gst-server.py that are streams of the bridge's under the same name. */
const STREAMS = ['clock-direct', 'clock-aac-direct', 'clock-aac-unheld', 'clock-4s', 'clock-15', 'h264-aac'] as const

/** `/clock-direct` of cameras whose clock is fast by so many parts in a million. */
export const SKEWED_STREAMS = { 'clock-fast': 200, 'clock-slow': -200 } as const
/** `/clock-direct` of a camera that can begin to count anew; the bridge hands its packets on as they are. */
export const RESTARTED_STREAM = 'clock-restarted'

type StreamName = (typeof STREAMS)[number]

/** The page and the bridge as they are built, made anew where they are missing or old. */
export const buildPage = (root: string): Buffer =>
  execFileSync(process.execPath, [`${root}/scripts/build.js`], { stdio: ['ignore', 'ignore', 'pipe'] })

/** GStreamer’s RTSP server, whose mounts paint their clock into the pictures: see gst-server.py. */
export interface ClockCamera {
  readonly port: number
  kill(): Promise<void>
  stop(): Promise<void>
}

/** @param port 0 takes a free one */
export async function startClockCamera(root: string, port = 0, flags: readonly string[] = []): Promise<ClockCamera> {
  const args = [`${root}/test/support/gst-server.py`, '--port', String(port), ...flags]
  const { child, readyLine, stop } = await startProcess('/usr/bin/python3', args, {
    isReady: (line) => line.startsWith('{'),
  })
  const { port: taken } = JSON.parse(readyLine) as { port: number }
  return {
    port: taken,
    stop,
    kill: async () => {
      child.kill('SIGKILL')
      await stop()
    },
  }
}

export interface StageOptions {
  /** Streams that somebody watches already, as far as the camera can tell. */
  readonly watched?: readonly StreamName[]
}

/** @param root of the repository */
export async function setPlayerStage(root: string, { watched = [] }: StageOptions = {}): Promise<PlayerStage> {
  buildPage(root)
  let camera = await startClockCamera(root)
  const cameraPort = camera.port
  const folder = mkdtempSync(join(tmpdir(), 'bench-player-'))
  const config = join(folder, 'bridge.yaml')
  const port = await freePort()
  const restarted = await AlteredCamera.listen(cameraPort)
  const altered = [restarted]
  const url = (name: string, port = cameraPort) => `rtsp://127.0.0.1:${port}/${name}`
  const streams: Record<string, object> = {
    [RESTARTED_STREAM]: { url: url('clock-direct', restarted.port), mode: 'proxy' },
  }
  for (const name of STREAMS) {
    streams[name] = { url: url(name), start: watched.includes(name) ? 'always' : 'on-demand' }
  }
  for (const [name, ppm] of Object.entries(SKEWED_STREAMS)) {
    const camera = await AlteredCamera.listen(cameraPort, ppm)
    altered.push(camera)
    streams[name] = { url: url('clock-direct', camera.port) }
  }
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
    restartCamera: async (flags) => {
      await camera.kill()
      camera = await startClockCamera(root, cameraPort, flags)
    },
    restartSequence: () => restarted.restartSequence(),
    close: async () => {
      await bridge.stop()
      await camera.stop()
      for (const one of altered) one.close()
      rmSync(folder, { recursive: true })
    },
  }
}
