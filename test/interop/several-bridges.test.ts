import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeCluster, type Strike } from '../support/bridge-cluster.ts'
import type { ReturningPlayer } from '../support/returning-player.ts'

const CAMERAS = 4
const VIEWERS = 60
/** How long it takes is measured by `npm run bench -- failover`: here it may take as long as a busy machine wants. */
const PATIENCE = { timeout: 20_000, interval: 50 }

describe.each(['haproxy', 'nginx'] as const)('three bridges, four cameras and sixty viewers behind %s', (balancer) => {
  const folder = mkdtempSync(join(tmpdir(), 'several-bridges-'))
  let cluster: BridgeCluster
  let players: ReturningPlayer[] = []

  beforeAll(async () => {
    cluster = await BridgeCluster.start({ balancer, bridges: 3, cameras: CAMERAS, folder })
    players = Array.from({ length: VIEWERS }, (_, index) => cluster.watch(index % CAMERAS))
    await Promise.all(players.map((player) => player.shows(10)))
  })
  afterAll(async () => {
    await cluster?.close()
    rmSync(folder, { recursive: true })
  })

  /** All show pictures, each stream by one bridge, and the others have noticed nothing. */
  async function expectReturn(strike: Strike): Promise<void> {
    expect(strike.players.length).toBeGreaterThanOrEqual(VIEWERS / CAMERAS)
    await expect.poll(() => strike.returned, PATIENCE).toBe(strike.players.length)
    await Promise.all(players.map((player) => player.shows(3)))
    await expect.poll(() => cluster.sessions, PATIENCE).toEqual([1, 1, 1, 1])
    const others = (await cluster.placement()).filter((_, index) => cluster.bridges[index] !== strike.bridge)
    expect(others.flat().sort()).toEqual([0, 1, 2, 3])
    expect(strike.disturbed).toBe(0)
  }

  it('have one session with each camera', async () => {
    expect(cluster.sessions).toEqual([1, 1, 1, 1])
    expect(cluster.cameras.map((camera) => camera.sessionsEver)).toEqual([1, 1, 1, 1])
    expect((await cluster.placement()).flat().sort()).toEqual([0, 1, 2, 3])
  })

  it('take over from one that is killed: every viewer is back by himself, each camera with one session', async () => {
    const strike = await cluster.strike('SIGKILL')
    await expectReturn(strike)
    for (const { endings } of strike.players) expect(endings[0]).toBe('connection-lost 1006')
    await cluster.replace(strike.bridge)
  })

  // nginx sends those who come to the bridge that is back, while the others stay where they are.
  if (balancer === 'haproxy') {
    it('keep the viewers of a stream together when that one is back', async () => {
      await expect.poll(() => cluster.balancerOutput(), PATIENCE).toMatch(/is UP/)
      const late = cluster.cameras.map((_, camera) => cluster.watch(camera))
      await Promise.all(late.map((player) => player.shows(3)))
      expect(cluster.sessions).toEqual([1, 1, 1, 1])
      await Promise.all(late.splice(0).map((player) => player.close()))
    })
  }

  it('take over from one that is drained: its viewers are sent away, and served elsewhere at once', async () => {
    cluster.players.splice(VIEWERS)
    const strike = await cluster.strike('SIGTERM')
    await expectReturn(strike)
    for (const { endings } of strike.players) expect(endings).toEqual(['bridge-draining 4503'])
  })
})
