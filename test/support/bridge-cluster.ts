import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { BRIDGE_CERTIFICATE } from './bridge-certificate.ts'
import { type BridgeProcess, startBridgeProcess } from './bridge-process.ts'
import { type CountedCamera, startCountedCamera, startCountedCameraProcess } from './counted-camera.ts'
import { freePort } from './free-port.ts'
import { startHaproxy, startNginx } from './load-balancers.ts'
import type { RunningProcess } from './processes.ts'
import { ReturningPlayer } from './returning-player.ts'

const SECRET = 'a secret of thirty-two bytes, or more'
const ENVIRONMENT = { TICKET_SECRET: SECRET }

export interface BridgeClusterOptions {
  readonly balancer: 'haproxy' | 'nginx'
  readonly bridges: number
  readonly cameras: number
  /** For configurations and logs. */
  readonly folder: string
  /** Root of the repository, for programs that were bundled; each camera is a process of its own then. */
  readonly root?: string
}

/** Cameras, bridges that know all of them by one file, and a load balancer in front with what we ship. */
export class BridgeCluster {
  readonly cameras: CountedCamera[] = []
  readonly bridges: BridgeProcess[] = []
  readonly players: ReturningPlayer[] = []
  #balancer: RunningProcess | undefined
  #port = 0
  #ticket = ''
  readonly #config: string
  readonly #options: BridgeClusterOptions

  private constructor(options: BridgeClusterOptions) {
    this.#options = options
    this.#config = join(options.folder, 'bridge.yaml')
  }

  static async start(options: BridgeClusterOptions): Promise<BridgeCluster> {
    const cluster = new BridgeCluster(options)
    try {
      await cluster.#start()
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  async #start(): Promise<void> {
    const { balancer, bridges, cameras, folder, root } = this.#options
    const startCamera = () => (this.#program ? startCountedCameraProcess(this.#program) : startCountedCamera())
    for (let i = 0; i < cameras; i++) this.cameras.push(await startCamera())
    this.#port = await freePort()
    writeFileSync(this.#config, configuration(this.cameras, this.#port))
    for (let i = 0; i < bridges; i++) this.bridges.push(await this.#startBridge())
    const start = balancer === 'nginx' ? startNginx : startHaproxy
    const ports = this.bridges.map((bridge) => bridge.port)
    this.#balancer = await start({ port: this.#port, bridges: ports, folder, root })
    this.#ticket = await new SignJWT({ streams: ['**'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(SECRET))
  }

  get #program(): string | undefined {
    return this.#options.root && join(this.#options.root, 'dist/bridge/main.js')
  }

  #startBridge(port = 0): Promise<BridgeProcess> {
    const program = this.#program === undefined ? {} : { program: this.#program }
    return startBridgeProcess({ config: this.#config, port, env: ENVIRONMENT, ...program })
  }

  /** Streams are numbered as the cameras are. */
  watch(camera: number): ReturningPlayer {
    const query = `stream=${streamName(camera)}&access_token=${this.#ticket}`
    const host = `localhost:${this.#port}`
    const player = new ReturningPlayer({
      url: `wss://${host}/rtsp?${query}`,
      uri: `rtsp://${host}/${streamName(camera)}`,
      ca: BRIDGE_CERTIFICATE,
    })
    this.players.push(player)
    return player
  }

  /** The streams of each bridge that have viewers, by camera. */
  async placement(): Promise<number[][]> {
    const lists = await Promise.all(
      this.bridges.map((bridge) => viewersOf(bridge).catch(() => new Map<string, number>())),
    )
    return lists.map((viewers) =>
      this.cameras.flatMap((_, camera) => (viewers.has(streamName(camera)) ? [camera] : [])),
    )
  }

  /** Sessions of each camera. */
  get sessions(): number[] {
    return this.cameras.map((camera) => camera.sessions)
  }

  /** What the load balancer has told. */
  balancerOutput(): string {
    return this.#balancer?.output() ?? ''
  }

  /** Sends a signal to the bridge with the most streams. */
  async strike(signal: 'SIGKILL' | 'SIGTERM'): Promise<Strike> {
    const placement = await this.placement()
    const most = Math.max(...placement.map((streams) => streams.length))
    const at = placement.findIndex((streams) => streams.length === most)
    const bridge = this.bridges[at]
    const streams = placement[at] ?? []
    if (!bridge || streams.length === 0) throw new Error('No bridge has a viewer')
    for (const player of this.players) player.forget()
    const strike = new Strike(
      bridge,
      this.players.filter(({ stream }) => streams.some((camera) => streamName(camera) === stream)),
      this.players.filter(({ stream }) => !streams.some((camera) => streamName(camera) === stream)),
    )
    bridge.process.child.kill(signal)
    return strike
  }

  /** Starts another at the port of one that is gone. */
  async replace(gone: BridgeProcess): Promise<void> {
    this.bridges[this.bridges.indexOf(gone)] = await this.#startBridge(gone.port)
  }

  async close(): Promise<void> {
    await Promise.all(this.players.map((player) => player.close()))
    await this.#balancer?.stop()
    await Promise.all(this.bridges.map(({ process }) => process.stop()))
    await Promise.all(this.cameras.map((camera) => camera.close()))
  }
}

/** What happened to one bridge, and to whom. */
export class Strike {
  readonly bridge: BridgeProcess
  /** Those that watched by it. */
  readonly players: readonly ReturningPlayer[]
  readonly others: readonly ReturningPlayer[]
  readonly #attempts: ReadonlyMap<ReturningPlayer, number>

  constructor(bridge: BridgeProcess, players: readonly ReturningPlayer[], others: readonly ReturningPlayer[]) {
    this.bridge = bridge
    this.players = players
    this.others = others
    this.#attempts = new Map([...players, ...others].map((player) => [player, player.attempts]))
  }

  /** Those that show pictures by another connection than before. */
  get returned(): number {
    return this.players.filter((player) => player.isShowing && this.#connectedSince(player)).length
  }

  /** Those of the others that had to connect anew. */
  get disturbed(): number {
    return this.others.filter((player) => this.#connectedSince(player)).length
  }

  #connectedSince(player: ReturningPlayer): boolean {
    return player.attempts > (this.#attempts.get(player) ?? 0)
  }
}

const streamName = (camera: number): string => `camera-${camera + 1}`

const configuration = (cameras: readonly CountedCamera[], port: number): string =>
  [
    'listen: { trustProxy: [127.0.0.1] }',
    `origins: ["https://localhost:${port}"]`,
    `auth: { tickets: { keys: [{ secret: "\${TICKET_SECRET}" }] } }`,
    // As what is shipped advises, and a second more: the machine may be busy.
    'operations: { drain: { noticeSeconds: 3, spreadSeconds: 2 } }',
    'streams:',
    ...cameras.map(({ url }, at) => `  ${streamName(at)}: { url: "${url}" }`),
    '',
  ].join('\n')

/** Of each stream that has some. */
async function viewersOf(bridge: BridgeProcess): Promise<ReadonlyMap<string, number>> {
  const counts = [...(await bridge.metrics()).matchAll(/^rtsp_bridge_viewers\{stream="([^"]+)"\} (\d+)$/gm)]
  return new Map(counts.map(([, name = '', count]) => [name, Number(count)] as const).filter(([, one]) => one > 0))
}
