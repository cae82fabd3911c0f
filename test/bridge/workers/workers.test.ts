import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { cameraOwner } from '../../../bridge/workers/camera-owner.ts'
import { BRIDGE_CERTIFICATE, BRIDGE_KEY } from '../../support/bridge-certificate.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { startGuardedCamera } from '../../support/guarded-camera.ts'
import { ReturningPlayer } from '../../support/returning-player.ts'
import { TestViewer } from '../../support/viewer.ts'
import { RunningWorkers } from './running-workers.ts'

// Four processes begin in each test.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })

const COUNT = 3
const owner = cameraOwner('lobby', COUNT)
const others = [1, 2, 3].filter((worker) => worker !== owner)

let camera: SimulatedCamera
/** Of the camera, those that are open. */
let sessions: Set<string>
/** All that there ever were. */
let played: string[]
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  sessions = new Set()
  played = []
  camera = await startCamera({
    log: (line) => {
      const [peer = ''] = line.split(' ')
      if (line.includes(' plays ')) {
        sessions.add(peer)
        played.push(peer)
      } else if (!line.includes(' was refused ')) sessions.delete(peer)
    },
  })
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await camera.close()
})

const lobby = () => ({ streams: { lobby: { url: camera.url } }, operations: { drain: { spreadSeconds: 0 } } })

async function start(config: object = lobby(), args?: readonly string[]): Promise<RunningWorkers> {
  const bridge = await RunningWorkers.start(config, args)
  closing.push(() => bridge.stop())
  return bridge
}

/** One after the other, so that each worker has as many. */
async function watch(bridge: RunningWorkers, count: number, stream = 'lobby'): Promise<BridgePlayer[]> {
  const players: BridgePlayer[] = []
  for (let index = 0; index < count; index++) {
    const player = await BridgePlayer.open(bridge, stream)
    closing.push(() => player.pipeline.close())
    players.push(player)
  }
  return players
}

/** The same for viewers who come back by themselves. */
async function comeBack(bridge: RunningWorkers, count: number, query = 'stream=lobby'): Promise<ReturningPlayer[]> {
  const place = { url: `ws://127.0.0.1:${bridge.port}/rtsp?${query}`, uri: `rtsp://127.0.0.1:${bridge.port}/lobby` }
  const players: ReturningPlayer[] = []
  for (let index = 0; index < count; index++) {
    const player = new ReturningPlayer(place)
    closing.push(() => player.close())
    await player.shows()
    players.push(player)
  }
  return players
}

const faults = (player: BridgePlayer) =>
  player.pipeline
    .statistics()
    .tracks.map(({ lost, dropped, malformed, restarts }) => lost + dropped + malformed + restarts)

const sum = (figures: ReadonlyMap<string, number>, name: string) =>
  [...figures].reduce((total, [label, value]) => total + (label.startsWith(`${name}{`) ? value : 0), 0)

describe('a bridge of three processes', () => {
  it('serves twelve viewers, four in each, by one session with the camera', async () => {
    const bridge = await start()
    const players = await watch(bridge, 12)
    for (const player of players) {
      await player.until(({ pictures, segments }) => pictures.length >= 20 && segments.length > pictures.length + 10)
      expect(player.pictures[0]).toMatchObject({ start: 0, randomAccess: true })
      expect(faults(player)).toEqual([0, 0])
    }
    expect(played).toHaveLength(1)
    const figures = await bridge.figures()
    expect(figures.get('viewers{stream="lobby"}')).toBe(12)
    expect(figures.get('workers')).toBe(3)
    await Promise.all(players.map((player) => player.pipeline.close()))
    const gone = () => bridge.lines.filter(({ msg }) => msg === 'a viewer is gone').map(({ worker }) => worker)
    await expect.poll(() => gone().sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
  })

  it('starts a viewer with the newest keyframe and with the clock of the camera, wherever he is', async () => {
    const bridge = await start()
    const [first] = await watch(bridge, 1)
    await first?.until(({ pictures }) => pictures.some(({ wallClock }) => wallClock !== undefined))
    // Two more in each worker.
    const late = await watch(bridge, 6)
    for (const player of late) {
      await player.until(({ pictures }) => pictures.length >= 3)
      expect(player.pictures[0]).toMatchObject({ randomAccess: true, wallClock: expect.any(Number) })
    }
  })

  it('tells viewers in all of them what is wrong with a camera, whose password is tried once', async () => {
    let tried = 0
    const guarded = await startGuardedCamera((request) => {
      if (!request.headers.has('Authorization')) return undefined
      tried++
      return { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } }
    })
    closing.push(() => guarded.close())
    const bridge = await start({
      streams: {
        guarded: guarded.stream,
        refused: { url: 'rtsp://127.0.0.1:9/' },
        elsewhere: { url: camera.url.replace('lobby', 'nowhere') },
      },
    })
    const status = (stream: string) =>
      BridgePlayer.open(bridge, stream).then(
        () => 200,
        (error) => error.place.status,
      )
    const all = (stream: string) => Promise.all(Array.from({ length: 6 }, () => status(stream)))
    expect(await all('guarded')).toEqual(Array(6).fill(502))
    expect(await all('refused')).toEqual(Array(6).fill(503))
    expect(await all('elsewhere')).toEqual(Array(6).fill(404))
    expect(await all('guarded')).toEqual(Array(6).fill(502))
    expect(tried).toBe(1)
    // By one of them, and in the words that name the worker.
    const lost = bridge.lines.filter(
      ({ msg, level, stream }) => level === 'warn' && stream === 'guarded' && msg.includes('was lost'),
    )
    expect(lost).toMatchObject([{ worker: cameraOwner('guarded', COUNT) }])
    for (let index = 0; index < COUNT; index++) {
      expect((await new TestViewer(bridge, '?stream=none').ended).code).toBe(CLOSE.noSuchStream)
    }
    // In the same words, too.
    const told = new Set<string>()
    for (let index = 0; index < COUNT; index++) {
      const viewer = await new TestViewer(bridge, '?stream=refused').opened()
      viewer.ws.send(Buffer.from('DESCRIBE rtsp://127.0.0.1/refused RTSP/1.0\r\nCSeq: 1\r\n\r\n'))
      const answer = (await viewer.receives(30)).toString()
      told.add(answer.slice(0, answer.indexOf('\r')))
      viewer.ws.terminate()
    }
    expect([...told]).toEqual([expect.stringMatching(/^RTSP\/1\.0 503 The camera /)])
  })

  it('leaves the camera when the last viewer has left all of them, after one grace period', async () => {
    const bridge = await start({ ...lobby(), hub: { graceSeconds: 2 } })
    const players = await watch(bridge, 3)
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 3)
    await Promise.all(players.slice(1).map((player) => player.pipeline.close()))
    // Longer than the period, and nothing happens.
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(sessions.size).toBe(1)
    const left = performance.now()
    await players[0]?.pipeline.close()
    await expect.poll(() => sessions.size, { timeout: 6_000, interval: 20 }).toBe(0)
    expect(performance.now() - left).toBeGreaterThan(1_900)
    // Two of them would be four seconds.
    expect(performance.now() - left).toBeLessThan(3_800)
  })

  it('sums its figures, and tells the state of a camera once', async () => {
    const bridge = await start({
      streams: {
        lobby: { url: camera.url },
        recording: { url: camera.recordingUrl, mode: 'proxy' },
        idle: { url: camera.url },
      },
    })
    const players = [...(await watch(bridge, 5)), ...(await watch(bridge, 2, 'recording'))]
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 5)
    // Whichever of them is asked.
    for (let index = 0; index < COUNT; index++) {
      const figures = await bridge.figures()
      expect(figures.get('viewers{stream="lobby"}')).toBe(5)
      expect(figures.get('viewers{stream="recording"}')).toBe(2)
      expect([figures.get('cameras{state="live"}'), figures.get('cameras{state="idle"}')]).toEqual([1, 1])
      expect(figures.get('camera_up{stream="lobby"}')).toBe(1)
      expect(figures.get('ready')).toBe(1)
      const [fromCamera = 0, toViewers = 0] = [
        figures.get('camera_bytes_total{stream="lobby"}'),
        figures.get('viewer_bytes_total{stream="lobby",way="down"}'),
      ]
      expect(toViewers).toBeGreaterThan(4 * fromCamera)
      expect(figures.get('rtp_packets_lost_total{stream="lobby",track="0",media="video"}')).toBe(0)
      expect(await bridge.states()).toMatchObject([
        { name: 'lobby', state: 'live', viewers: 5, codecs: ['H264', 'MPEG4-GENERIC'] },
        { name: 'recording', state: 'live', viewers: 2 },
        { name: 'idle', state: 'idle', viewers: 0 },
      ])
    }
  })

  it('has the smaller picture of a camera by one session, too', async () => {
    const bridge = await start({
      streams: { lobby: { url: camera.url.replace('lobby', 'mjpeg'), substream: camera.url } },
    })
    const players = await comeBack(bridge, 6, 'stream=lobby&quality=low')
    await Promise.all(players.map((player) => player.shows(3)))
    expect(played).toHaveLength(1)
  })

  it('speaks HTTPS in each of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workers-tls-'))
    closing.push(async () => rmSync(folder, { recursive: true }))
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
    writeFileSync(cert, BRIDGE_CERTIFICATE)
    writeFileSync(key, BRIDGE_KEY)
    const bridge = await start({ ...lobby(), workers: COUNT, listen: { tls: { cert, key } } }, [])
    const place = { url: `wss://localhost:${bridge.port}/rtsp?stream=lobby`, ca: BRIDGE_CERTIFICATE }
    for (let index = 0; index < COUNT; index++) {
      const player = new ReturningPlayer({ ...place, uri: `rtsp://localhost:${bridge.port}/lobby` })
      closing.push(() => player.close())
      await player.shows(3)
    }
    expect(played).toHaveLength(1)
  })

  it('divides the number of viewers among them', async () => {
    const bridge = await start({ ...lobby(), limits: { viewers: 6 } })
    const viewers = await Promise.all(Array.from({ length: 9 }, () => new TestViewer(bridge, '?stream=lobby').opened()))
    await expect.poll(async () => (await bridge.figures()).get('connections_ended_total{code="4429"}')).toBe(3)
    expect((await bridge.figures()).get('viewers{stream="lobby"}')).toBe(6)
    for (const viewer of viewers) viewer.ws.terminate()
  })
})

it('a worker that hangs is ended, another takes its place, and all see pictures again', async () => {
  const bridge = await start()
  const players = await comeBack(bridge, 3)
  const hung = bridge.pidOf(owner)
  process.kill(hung, 'SIGSTOP')
  expect(await bridge.logged(({ msg }) => msg === 'a worker hangs: it is ended')).toMatchObject({ worker: owner })
  await bridge.logged(({ msg, pid, worker }) => msg === 'a worker serves' && worker === owner && pid !== hung)
  await Promise.all(players.map((player) => player.shows(10)))
  expect((await bridge.figures()).get('workers')).toBe(3)
})

describe('a worker that is killed', () => {
  it('with the camera: all are back, those of the others without a new connection, by one session', async () => {
    const bridge = await start()
    const players = await comeBack(bridge, 12)
    await Promise.all(players.map((player) => player.shows(10)))
    const before = await bridge.figures()
    const killed = bridge.pidOf(owner)
    process.kill(killed, 'SIGKILL')
    await bridge.logged(({ msg, pid, worker }) => msg === 'a worker serves' && worker === owner && pid !== killed)
    await Promise.all(players.map((player) => player.shows(30)))
    expect(players.filter(({ attempts }) => attempts === 1)).toHaveLength(8)
    expect(played).toHaveLength(2)
    expect(sessions.size).toBe(1)
    expect(await bridge.logged(({ msg }) => msg.includes('ended by SIGKILL'))).toMatchObject({
      level: 'error',
      worker: owner,
    })
    expect(Math.max(...players.map(({ longestGap }) => longestGap))).toBeLessThan(6_000)
    const after = await bridge.figures()
    expect(after.get('worker_restarts_total')).toBe(1)
    expect(after.get('workers')).toBe(3)
    expect(after.get('viewers{stream="lobby"}')).toBe(12)
    // What the one that is gone had counted still counts.
    for (const counter of ['viewer_bytes_total', 'camera_bytes_total', 'rtp_packets_total']) {
      expect(sum(after, counter)).toBeGreaterThan(sum(before, counter))
    }
  })

  it('without the camera: the camera and the viewers of the others notice nothing', async () => {
    const bridge = await start()
    const players = await comeBack(bridge, 6)
    await Promise.all(players.map((player) => player.shows(10)))
    for (const player of players) player.forget()
    process.kill(bridge.pidOf(others[0] ?? 0), 'SIGKILL')
    await Promise.all(players.map((player) => player.shows(50)))
    const stayed = players.filter(({ attempts }) => attempts === 1)
    expect(stayed).toHaveLength(4)
    expect(Math.max(...stayed.map(({ longestGap }) => longestGap))).toBeLessThan(1_000)
    expect(played).toHaveLength(1)
  })

  it('again and again is started ever later', async () => {
    const bridge = await start()
    const delays: string[] = []
    for (let round = 0; round < 3; round++) {
      const pid = bridge.pidOf(1)
      const told = bridge.lines.length
      process.kill(pid, 'SIGKILL')
      const line = await bridge.logged((one) => bridge.lines.indexOf(one) >= told && one.msg.includes('SIGKILL'))
      delays.push(String((line as { nextTry?: string }).nextTry))
      await bridge.logged(
        (one) => one.msg === 'a worker serves' && bridge.lines.indexOf(one) > bridge.lines.indexOf(line),
      )
    }
    expect(delays).toEqual(['0.0 s', '0.5 s', '1.0 s'])
  })
})

describe('SIGHUP', () => {
  it('reaches all of them: a new stream is there, and viewers of the old one notice nothing', async () => {
    const bridge = await start()
    const players = await watch(bridge, 6)
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 3)
    const { streams } = lobby()
    await bridge.reload({ ...lobby(), streams: { ...streams, more: { url: camera.url } } })
    for (const player of await watch(bridge, 3, 'more')) await player.until(({ pictures }) => pictures.length >= 3)
    for (const player of players) {
      const { length } = player.pictures
      await player.until(({ pictures }) => pictures.length >= length + 5)
      expect(faults(player)).toEqual([0, 0])
    }
    expect(played).toHaveLength(2)
    // One that begins later has the new configuration.
    const killed = bridge.pidOf(1)
    process.kill(killed, 'SIGKILL')
    await bridge.logged(({ msg, pid, worker }) => msg === 'a worker serves' && worker === 1 && pid !== killed)
    for (const player of await watch(bridge, 3, 'more')) await player.until(({ pictures }) => pictures.length >= 3)
  })

  it('that comes while they start is not lost', async () => {
    const bridge = await RunningWorkers.start(lobby(), ['--workers', '3'], 'a worker serves')
    closing.push(() => bridge.stop())
    expect(await bridge.reload(lobby())).toMatchObject({ level: 'info' })
  })

  it('with a file that is wrong is told once, and all stays as it was', async () => {
    const bridge = await start()
    const told = bridge.lines.length
    expect(await bridge.reload('streams: { lobby: { url: 7 } }')).toMatchObject({ level: 'warn' })
    // What only the rules know to be wrong.
    const short = { ...lobby(), auth: { tickets: { keys: [{ secret: 'short' }] } } }
    expect(await bridge.reload(short)).toMatchObject({ level: 'warn' })
    for (const player of await watch(bridge, 3)) await player.until(({ pictures }) => pictures.length >= 3)
    expect(bridge.lines.slice(told).filter(({ level }) => level === 'warn')).toHaveLength(2)
  })
})

describe('the end', () => {
  it('on SIGTERM sends the viewers of all away one after the other, and none loses the picture before', async () => {
    const bridge = await start({ ...lobby(), operations: { drain: { spreadSeconds: 2 } } })
    let players = await watch(bridge, 9)
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 3)
    // The camera's worker is done at once: it has no viewer of its own.
    for (let index = 0; players.length === 9; index++) {
      await players[index]?.pipeline.close()
      const gone = () => bridge.lines.filter(({ msg }) => msg === 'a viewer is gone')
      await bridge.logged(() => gone().length > index)
      if (gone()[index]?.worker !== owner) continue
      const its = players.filter((_, place) => place % COUNT === index)
      await Promise.all(its.map((player) => player.pipeline.close()))
      await bridge.logged(() => gone().length === index + its.length)
      players = players.filter((_, place) => place > index && place % COUNT !== index)
    }
    const over = new Promise((resolve) => bridge.process.child.once('exit', resolve))
    const began = performance.now()
    bridge.process.child.kill('SIGTERM')
    const ended = await Promise.all(
      players.map(async (player) => {
        await player.closed
        return { after: performance.now() - began, last: performance.now() - (player.pictures.at(-1)?.at ?? 0) }
      }),
    )
    expect(await over).toBe(0)
    expect(Math.max(...ended.map(({ after }) => after))).toBeGreaterThan(800)
    expect(Math.max(...ended.map(({ last }) => last))).toBeLessThan(600)
    await expect.poll(() => sessions.size).toBe(0)
  })

  it('leaves neither processes nor folders', async () => {
    const bridge = await start()
    const pids = [1, 2, 3].map((worker) => bridge.pidOf(worker))
    const viewers = await Promise.all(Array.from({ length: 3 }, () => new TestViewer(bridge).opened()))
    const over = new Promise((resolve) => bridge.process.child.once('exit', resolve))
    bridge.process.child.kill('SIGINT')
    for (const viewer of viewers) expect((await viewer.ended).code).toBe(CLOSE.draining)
    expect(await over).toBe(0)
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow()
    expect(bridge.leftovers()).toEqual([])
  })

  it('by a terminal, which tells the whole process group, is no other', async () => {
    const bridge = await start()
    const viewers = await Promise.all(Array.from({ length: 3 }, () => new TestViewer(bridge).opened()))
    const over = new Promise((resolve) => bridge.process.child.once('exit', resolve))
    for (const worker of [1, 2, 3]) process.kill(bridge.pidOf(worker), 'SIGINT')
    bridge.process.child.kill('SIGINT')
    for (const viewer of viewers) expect((await viewer.ended).code).toBe(CLOSE.draining)
    expect(await over).toBe(0)
    expect(bridge.lines.filter(({ msg }) => msg.startsWith('a worker ended'))).toEqual([])
  })

  it('of the first process is that of the workers', async () => {
    const bridge = await start()
    const pids = [1, 2, 3].map((worker) => bridge.pidOf(worker))
    bridge.process.child.kill('SIGKILL')
    // One that has ended and that nobody asked about has no command line.
    const isAlive = (pid: number) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
    await expect.poll(() => pids.filter(isAlive)).toEqual([])
  })
})

describe('the sockets by which workers reach each other', () => {
  it('are in a folder that nobody else can enter', async () => {
    const bridge = await start()
    const [folder = ''] = bridge.leftovers()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder).sort()).toEqual(['worker-1', 'worker-2', 'worker-3'])
  })
})

describe('what is wrong at the start', () => {
  it('is told once, with its advice', async () => {
    const taken = await start()
    const attempt = RunningWorkers.start({ listen: { port: taken.port } }, [
      '--workers',
      '3',
      '--port',
      String(taken.port),
    ])
    const message: string = await attempt.then(String, (error: Error) => error.message)
    expect(message.match(/is taken/g)).toHaveLength(1)
    expect(message).toContain('ended with 1')
  })
})
