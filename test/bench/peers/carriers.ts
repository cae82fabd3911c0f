import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BRIDGE_CERTIFICATE, BRIDGE_KEY } from '../../support/bridge-certificate.ts'
import { freePort } from '../../support/free-port.ts'
import { AskedProgram, Program } from '../processes/program.ts'
import type { AxisProxyCalls } from './axis-proxy.program.ts'
import { installDebian, installPackages } from './install.ts'
import type { WsLoopCalls } from './ws-loop.program.ts'

/** Something that carries a camera's stream to viewers. */
export interface Carrier {
  readonly name: string
  /** To be stated with the figures: the program, and its version. */
  readonly version: readonly [string, string]
  start(folders: Folders, cameraPort: number): Promise<RunningCarrier>
}

export interface RunningCarrier {
  readonly program: Program
  readonly port: number
  /** Request target of the WebSocket; undefined: plain TCP. */
  readonly target: string | undefined
  readonly subprotocol: string
  /** By TLS. */
  readonly secure: boolean
  stop(): Promise<void>
}

interface Folders {
  readonly root: string
  readonly programs: string
}

/** The bridge under test, from the sources as they are. */
export const bridge = (name: string, mode: 'relay' | 'hub', secure = false): Carrier => ({
  name,
  version: ['ws', versionOf('node_modules/ws')],
  async start({ programs }, cameraPort) {
    const port = await freePort()
    const certificate = temporaryFile('certificate.pem', BRIDGE_CERTIFICATE)
    const key = temporaryFile('key.pem', BRIDGE_KEY)
    const tls = secure ? { tls: { cert: certificate.path, key: key.path } } : {}
    const config = configuration({
      listen: { host: '127.0.0.1', port, ...tls },
      log: { level: 'warn', format: 'json' },
      limits: { viewers: 20_000, viewersPerAddress: 20_000 },
      hub: { graceSeconds: 1 },
      streams: { lobby: { url: `rtsp://127.0.0.1:${cameraPort}/lobby`, mode } },
    })
    const args = [join(programs, 'bridge.js'), 'serve', '--config', config.path]
    const program = await Program.listening(process.execPath, args, port)
    const stop = ending(program, config, certificate, key)
    return { program, port, target: '/rtsp?stream=lobby', subprotocol: 'rtsp.onvif.org', secure, stop }
  },
})

/** TCP to TCP: the least that a proxy has to do. One thread, as the others. */
export const haproxy: Carrier = {
  name: 'HAProxy, TCP',
  get version() {
    installDebian({ haproxy: HAPROXY })
    const text = execFileSync(HAPROXY, ['-v'], { encoding: 'utf8' })
    return ['HAProxy', /version (\S+)/.exec(text)?.[1] ?? text] as const
  },
  async start(_folders, cameraPort) {
    const port = await freePort()
    const text = [
      'global',
      '  nbthread 1',
      '  maxconn 4000',
      'defaults',
      '  mode tcp',
      '  timeout connect 10s',
      '  timeout client 60s',
      '  timeout server 60s',
      'listen camera',
      `  bind 127.0.0.1:${port}`,
      `  server camera 127.0.0.1:${cameraPort}`,
      '',
    ]
    const config = temporaryFile('haproxy.cfg', text.join('\n'))
    const program = await Program.listening(HAPROXY, ['-db', '-f', config.path], port)
    return { program, port, target: undefined, subprotocol: '', secure: false, stop: ending(program, config) }
  },
}

/** A process for each viewer, in Python. */
export const websockify: Carrier = {
  name: 'websockify',
  get version() {
    installDebian({ websockify: WEBSOCKIFY })
    const text = execFileSync('dpkg-query', ['-W', '-f', VERSION_FIELD, 'websockify'], { encoding: 'utf8' })
    return ['websockify', text] as const
  },
  async start(_folders, cameraPort) {
    const port = await freePort()
    const args = [`127.0.0.1:${port}`, `127.0.0.1:${cameraPort}`]
    const program = await Program.listening(WEBSOCKIFY, args, port)
    return { program, port, target: '/', subprotocol: 'binary', secure: false, stop: ending(program) }
  },
}

export const axisProxy: Carrier = {
  name: 'Axis TcpWsProxyPipeline',
  version: ['media-stream-library', '13.1.1'],
  async start({ root, programs }, camera) {
    installPackages(root)
    const port = await freePort()
    const program = AskedProgram.start<AxisProxyCalls>(programs, 'peers/axis-proxy')
    await program.ask('start', { root, port, camera })
    return await listening(program, port)
  },
}

export const wsLoop: Carrier = {
  name: 'plain ws loop',
  version: ['ws', versionOf('node_modules/ws')],
  async start({ programs }, camera) {
    const port = await freePort()
    const program = AskedProgram.start<WsLoopCalls>(programs, 'peers/ws-loop')
    await program.ask('start', { port, camera })
    return await listening(program, port)
  },
}

const HAPROXY = '/usr/sbin/haproxy'
const WEBSOCKIFY = '/usr/bin/websockify'
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of dpkg-query
const VERSION_FIELD = '${Version}'

async function listening(program: Program, port: number): Promise<RunningCarrier> {
  await program.listens(port)
  return { program, port, target: '/', subprotocol: 'binary', secure: false, stop: () => program.stop() }
}

interface TemporaryFile {
  readonly path: string
  remove(): void
}

function temporaryFile(name: string, text: string): TemporaryFile {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const path = join(folder, name)
  writeFileSync(path, text)
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** JSON is YAML. */
const configuration = (value: unknown): TemporaryFile => temporaryFile('bridge.yaml', JSON.stringify(value, null, 2))

const ending =
  (program: Program, ...files: readonly TemporaryFile[]) =>
  async () => {
    await program.stop()
    for (const file of files) file.remove()
  }

function versionOf(folder: string): string {
  return String(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).version)
}
