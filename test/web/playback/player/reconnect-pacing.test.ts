import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../../../protocol/errors.ts'
import { PlayerReconnection } from '../../../../web/playback/player/player-reconnection.ts'
import { ReconnectPacing } from '../../../../web/playback/player/reconnect-pacing.ts'
import { pseudoRandom } from '../live-edge/simulated-live-stream.ts'

const BRIDGE = 'wss://bridge.example/rtsp?stream='
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** The players of one page, and a bridge that can go away. */
class Wall {
  readonly pacing = new ReconnectPacing(pseudoRandom())
  readonly attempts: { readonly at: number; readonly tile: number }[] = []
  readonly playing = new Set<number>()
  readonly #tiles: PlayerReconnection[]
  /** What it takes to find out that nobody is there, and to set a stream up, in milliseconds. */
  refused = 5
  setUp = 80
  isThere = true
  underWay = 0
  mostAtOnce = 0

  constructor(tiles: number) {
    this.#tiles = Array.from({ length: tiles }, () => new PlayerReconnection(this.pacing))
    for (const tile of this.#tiles.keys()) this.playing.add(tile)
  }

  loseAll(code: 'bridge-draining' | 'connection-lost'): void {
    for (const tile of this.playing) this.#lose(tile, code)
    this.playing.clear()
  }

  pause(tile: number): void {
    this.#tiles[tile]?.cancel()
  }

  #lose(tile: number, code: 'bridge-draining' | 'bridge-unreachable' | 'connection-lost'): void {
    this.#tiles[tile]?.schedule(`${BRIDGE}${tile}`, new ProtocolError(code, 'lost'), () => this.#try(tile))
  }

  #try(tile: number): void {
    this.attempts.push({ at: performance.now(), tile })
    this.underWay += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay)
    setTimeout(() => {
      if (!this.isThere) {
        this.underWay -= 1
        this.#lose(tile, 'bridge-unreachable')
        return
      }
      this.#tiles[tile]?.reached()
      setTimeout(() => {
        this.underWay -= 1
        this.playing.add(tile)
        this.#tiles[tile]?.setUp()
      }, this.setUp)
    }, this.refused)
  }
}

describe('fifty players that lose one bridge', () => {
  it.each(['bridge-draining', 'connection-lost'] as const)('ask for it as seldom as one would (%s)', (code) => {
    const wall = new Wall(50)
    wall.isThere = false
    wall.loseAll(code)
    vi.advanceTimersByTime(60_000)
    // 0.5, 1, 2, 4, 8, 16 and 30 s: and the few that set out together before anyone knew.
    expect(wall.attempts.length).toBeLessThanOrEqual(11)
    expect(wall.attempts.length).toBeGreaterThan(4)
  })

  it('are all back within three seconds of the first, a few at a time', () => {
    const wall = new Wall(50)
    wall.isThere = false
    wall.loseAll('bridge-draining')
    vi.advanceTimersByTime(3_000)
    wall.isThere = true
    const before = wall.attempts.length
    while (wall.playing.size === 0) vi.advanceTimersByTime(10)
    vi.advanceTimersByTime(3_000)
    expect(wall.playing.size).toBe(50)
    expect(wall.mostAtOnce).toBeLessThanOrEqual(4)
    expect(wall.attempts.length - before).toBeLessThanOrEqual(51)
    // Never two in the same moment.
    const times = wall.attempts.map(({ at }) => at)
    expect(Math.min(...times.slice(1).map((at, i) => at - (times[i] ?? 0)))).toBeGreaterThanOrEqual(25)
  })

  it('are four at a time where it takes long, and no more', () => {
    const wall = new Wall(50)
    wall.setUp = 1_000
    wall.loseAll('connection-lost')
    vi.advanceTimersByTime(20_000)
    expect(wall.playing.size).toBe(50)
    expect(wall.mostAtOnce).toBe(4)
  })

  it('try one at a time where nobody answers at all, once that is known', () => {
    const wall = new Wall(50)
    wall.refused = 10_000
    wall.isThere = false
    wall.loseAll('bridge-draining')
    vi.advanceTimersByTime(120_000)
    expect(wall.mostAtOnce).toBe(1)
  })

  it('count several that set out together and found nobody as one failure', () => {
    const wall = new Wall(50)
    wall.refused = 200
    wall.isThere = false
    wall.loseAll('connection-lost')
    vi.advanceTimersByTime(10_000)
    const [first, , , fourth, next] = wall.attempts.map(({ at }) => at)
    expect((fourth ?? 0) - (first ?? 0)).toBeLessThan(200)
    // Half a second after that failure at most, and not two seconds, as after four.
    expect((next ?? 0) - (fourth ?? 0)).toBeLessThan(750)
  })

  it('do not wait for one that was paused', () => {
    const wall = new Wall(5)
    wall.isThere = false
    wall.loseAll('bridge-draining')
    for (const tile of [0, 1, 2, 3]) wall.pause(tile)
    wall.isThere = true
    vi.advanceTimersByTime(2_000)
    expect([...wall.playing]).toEqual([4])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('come back at once when the network does', () => {
    const wall = new Wall(10)
    wall.isThere = false
    wall.loseAll('bridge-draining')
    vi.advanceTimersByTime(60_000)
    wall.isThere = true
    wall.pacing.hurry()
    vi.advanceTimersByTime(2_000)
    expect(wall.playing.size).toBe(10)
  })
})

describe('a player', () => {
  it('counts how often its stream was opened anew, from when it was asked for', () => {
    const reconnection = new PlayerReconnection(new ReconnectPacing(() => 0))
    reconnection.schedule(`${BRIDGE}1`, new ProtocolError('connection-lost', 'lost'), () => undefined)
    expect(reconnection.count).toBe(0)
    vi.advanceTimersByTime(500)
    expect(reconnection.count).toBe(1)
    reconnection.reset()
    expect(reconnection.count).toBe(0)
  })

  it('does not wait for those of another bridge', () => {
    const pacing = new ReconnectPacing(() => 0)
    const tried: string[] = []
    const lost = (bridge: string) =>
      new PlayerReconnection(pacing).schedule(bridge, new ProtocolError('bridge-unreachable', 'gone'), () =>
        tried.push(bridge),
      )
    lost('wss://one.example/rtsp')
    lost('wss://two.example/rtsp')
    vi.advanceTimersByTime(500)
    expect(tried.sort()).toEqual(['wss://one.example/rtsp', 'wss://two.example/rtsp'])
  })
})
