import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeLimits, CLOSE, createBridge } from '../../bridge/index.ts'
import { readBytes, refusedPort, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts'
import { TestViewer } from '../support/viewer.ts'

const REQUEST = 'OPTIONS rtsp://camera/ RTSP/1.0\r\nCSeq: 1\r\n\r\n'

let camera: ScriptedServer
const bridges: Bridge[] = []
const viewers: TestViewer[] = []

beforeAll(async () => {
  camera = await startScriptedServer()
})
afterAll(() => camera.close())
afterEach(async () => {
  for (const viewer of viewers.splice(0)) viewer.ws.terminate()
  await Promise.all(bridges.splice(0).map((bridge) => bridge.close()))
})

async function startBridge(limits: Partial<BridgeLimits> = {}, log?: (line: string) => void) {
  const bridge = await createBridge({
    allow: ['127.0.0.1:*'],
    streams: { lobby: { url: `rtsp://127.0.0.1:${camera.port}/lobby` } },
    limits: { sweepInterval: 10, ...limits },
    ...(log ? { log } : {}),
  })
  bridges.push(bridge)
  return bridge
}

/** A viewer and the camera's end of its connection. */
async function connect(bridge: Bridge) {
  const viewer = keep(new TestViewer(bridge, '?stream=lobby'))
  const [upstream] = await Promise.all([camera.connection(), viewer.opened()])
  return { viewer, upstream }
}

function keep(viewer: TestViewer): TestViewer {
  viewers.push(viewer)
  return viewer
}

/** Bytes that repeat with no period that a buffer size could hide. */
function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

function split(bytes: Buffer, sizes: number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  pieces.push(bytes.subarray(at))
  return pieces.filter((piece) => piece.length > 0)
}

describe('bytes', () => {
  it('arrive as they were sent, both ways, however they were split', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70_000 })), {
      maxLength: 12,
    })
    let total = 0
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.integer(), async (upSizes, downSizes, seed) => {
        const up = pattern(100_000, seed)
        const down = pattern(150_000, seed + 1)
        for (const piece of split(up, upSizes)) viewer.ws.send(piece)
        for (const piece of split(down, downSizes)) upstream.write(piece)
        expect((await readBytes(upstream, up.length)).equals(up)).toBe(true)
        const received = await viewer.receives(total + down.length)
        expect(received.subarray(total).equals(down)).toBe(true)
        total += down.length
      }),
      { numRuns: 25 },
    )
  })

  it('that were sent before the camera was reached come first', async () => {
    const bridge = await startBridge()
    const viewer = keep(new TestViewer(bridge, '?stream=lobby'))
    await viewer.opened()
    const sent = pattern(300_000)
    for (const piece of split(sent, [1, 2, 3, 100_000])) viewer.ws.send(piece)
    expect((await readBytes(await camera.connection(), sent.length)).equals(sent)).toBe(true)
  })

  it('of the first request decide the target and are forwarded untouched', async () => {
    const bridge = await startBridge()
    const request = `OPTIONS rtsp://127.0.0.1:${camera.port}/x RTSP/1.0\r\nCSeq: 1\r\n\r\n$\0\0\x04abcd`
    const viewer = keep(new TestViewer(bridge))
    await viewer.opened()
    for (const byte of request) viewer.ws.send(Buffer.from(byte))
    expect((await readBytes(await camera.connection(), request.length)).toString()).toBe(request)
  })

  it('of the first request name a stream by the address of the bridge', async () => {
    const bridge = await startBridge()
    const viewer = keep(new TestViewer(bridge))
    await viewer.opened()
    viewer.ws.send(Buffer.from(`DESCRIBE rtsp://127.0.0.1:${bridge.port}/lobby RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    expect((await readBytes(await camera.connection(), 8)).toString()).toMatch(/^DESCRIBE/)
  })

  it('of a TEARDOWN reach the camera when the viewer leaves right after it', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    // A camera that goes on sending must not cost the viewer's last request.
    upstream.write(pattern(200_000))
    viewer.ws.send(Buffer.from('TEARDOWN rtsp://camera/ RTSP/1.0\r\nCSeq: 9\r\n\r\n'))
    viewer.ws.close(1000)
    expect((await readBytes(upstream, 40)).toString()).toMatch(/^TEARDOWN .*CSeq: 9\r\n\r\n$/s)
    await once(upstream, 'end')
  })
})

describe('backpressure', () => {
  /** Writes until nothing moves any more. Gives the bytes that were taken. */
  async function fill(write: () => void, moved: () => number): Promise<number> {
    let last = -1
    for (let quiet = 0; quiet < 200; ) {
      write()
      await nextTurn()
      quiet = moved() === last ? quiet + 1 : 0
      last = moved()
    }
    return last
  }

  const CHUNK = pattern(64 * 1024)
  /** What two loopback sockets and their system buffers hold, generously, and far less than a bridge without bounds. */
  const SYSTEM_BYTES = 24 * 1024 * 1024
  const MUCH = 200 * 1024 * 1024

  it('of a viewer that does not read stops the camera, and lets it go on later', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    viewer.ws.pause()
    let offered = 0
    const write = () => {
      // Only so much that this test's own socket stays small.
      if (upstream.writableNeedDrain || offered >= MUCH) return
      upstream.write(CHUNK)
      offered += CHUNK.length
    }
    const taken = () => upstream.bytesWritten - upstream.writableLength
    const stalledAt = await fill(write, taken)
    expect(stalledAt).toBeGreaterThan(256 * 1024)
    expect(stalledAt).toBeLessThan(SYSTEM_BYTES)

    viewer.ws.resume()
    const received = await viewer.receives(offered)
    expect(received.length).toBe(offered)
    for (let at = 0; at < offered; at += CHUNK.length) {
      if (!received.subarray(at, at + CHUNK.length).equals(CHUNK)) expect.fail(`differs at ${at}`)
    }
  })

  it('changes no byte of what waits for a viewer, whatever comes after it', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    viewer.ws.pause()
    const sent = pattern(SYSTEM_BYTES)
    const sizes = [1_400, 70_000, 9, 1_400, 300_000]
    let offered = 0
    const write = () => {
      for (const size of sizes) {
        if (upstream.writableNeedDrain) return
        upstream.write(sent.subarray(offered, offered + size))
        offered = Math.min(sent.length, offered + size)
      }
    }
    await fill(write, () => upstream.bytesWritten - upstream.writableLength)
    viewer.ws.resume()
    expect((await viewer.receives(offered)).equals(sent.subarray(0, offered))).toBe(true)
  })

  it('of a camera that does not read stops the viewer, and lets it go on later', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    let offered = 0
    const write = () => {
      if (viewer.ws.bufferedAmount > 0 || offered >= MUCH) return
      viewer.ws.send(CHUNK)
      offered += CHUNK.length
    }
    const stalledAt = await fill(write, () => offered - viewer.ws.bufferedAmount)
    expect(stalledAt).toBeLessThan(SYSTEM_BYTES)

    let received = 0
    let wrong = 0
    for await (const chunk of upstream) {
      for (const byte of chunk as Buffer) if (byte !== CHUNK[received++ % CHUNK.length]) wrong++
      if (received === offered) break
    }
    expect(wrong).toBe(0)
  })

  it('does not turn the end into a reset of the camera when a stalled viewer leaves', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    viewer.ws.pause()
    await fill(
      () => {
        if (!upstream.writableNeedDrain) upstream.write(CHUNK)
      },
      () => upstream.bytesWritten - upstream.writableLength,
    )
    const errors: Error[] = []
    upstream.on('error', (error) => errors.push(error)).resume()
    viewer.ws.terminate()
    await once(upstream, 'close')
    expect(errors).toEqual([])
  })

  it('of one viewer does not hold up another', async () => {
    const bridge = await startBridge()
    const stalled = await connect(bridge)
    stalled.viewer.ws.pause()
    let offered = 0
    await fill(
      () => {
        if (!stalled.upstream.writableNeedDrain && offered < MUCH)
          offered += CHUNK.length * Number(stalled.upstream.write(CHUNK))
      },
      () => stalled.upstream.bytesWritten - stalled.upstream.writableLength,
    )
    const other = await connect(bridge)
    other.upstream.write(CHUNK)
    expect((await other.viewer.receives(CHUNK.length)).equals(CHUNK)).toBe(true)
  })
})

describe('the end of a connection is told', () => {
  it('4502 when the camera refuses', async () => {
    const bridge = await startBridge()
    const viewer = keep(TestViewer.url(bridge, `rtsp://127.0.0.1:${await refusedPort()}/`))
    expect(await viewer.ended).toEqual({ code: CLOSE.upstreamFailed, reason: 'the camera refused the connection' })
  })

  it('4502 when the camera ends it, after all that it sent', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    const last = pattern(500_000)
    upstream.end(last)
    expect(await viewer.ended).toEqual({ code: CLOSE.upstreamFailed, reason: 'the camera closed the connection' })
    expect(viewer.received.equals(last)).toBe(true)
  })

  it('4502 when the connection to the camera breaks', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    upstream.resetAndDestroy()
    expect(await viewer.ended).toEqual({ code: CLOSE.upstreamFailed, reason: 'the connection to the camera broke' })
  })

  it('4504 when the camera does not answer the first request', async () => {
    const bridge = await startBridge({ answerTimeout: 50 })
    const { viewer, upstream } = await connect(bridge)
    viewer.ws.send(Buffer.from(REQUEST))
    expect(await viewer.ended).toMatchObject({ code: CLOSE.upstreamSilent })
    upstream.resume()
    if (!upstream.closed) await once(upstream, 'close')
  })

  it('4504 when the name of the camera is not resolved in time', async () => {
    const bridge = await createBridge({
      allow: ['cam1.example'],
      resolveHost: () => new Promise(() => undefined),
      limits: { dialTimeout: 30 },
    })
    bridges.push(bridge)
    expect(await keep(TestViewer.url(bridge, 'rtsp://cam1.example/')).ended).toMatchObject({
      code: CLOSE.upstreamSilent,
    })
  })

  it('4502 when the name of the camera does not exist', async () => {
    const bridge = await createBridge({ allow: ['cam1.example'], resolveHost: async () => [] })
    bridges.push(bridge)
    expect(await keep(TestViewer.url(bridge, 'rtsp://cam1.example/')).ended).toEqual({
      code: CLOSE.upstreamFailed,
      reason: 'the host name of the camera was not found',
    })
  })

  it('4408 when nothing moves, and not while anything does', async () => {
    const bridge = await startBridge({ idleTimeout: 150 })
    const { viewer, upstream } = await connect(bridge)
    let over = false
    viewer.ended.then(() => {
      over = true
    })
    const start = performance.now()
    while (performance.now() - start < 400) {
      upstream.write('x')
      await once(viewer.ws, 'message')
    }
    expect(over).toBe(false)
    expect(await viewer.ended).toMatchObject({ code: CLOSE.idle })
  })

  it('4408 when no first request comes to decide the target', async () => {
    const bridge = await startBridge({ requestTimeout: 50 })
    const viewer = keep(new TestViewer(bridge))
    await viewer.opened()
    viewer.ws.send(Buffer.from('OPTIONS rtsp://'))
    expect(await viewer.ended).toEqual({ code: CLOSE.idle, reason: 'no request came' })
  })

  it('4400 after a text message', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    viewer.ws.send(REQUEST)
    expect(await viewer.ended).toMatchObject({ code: CLOSE.badRequest })
    if (!upstream.closed) await once(upstream, 'close')
    expect(upstream.bytesRead).toBe(0)
  })

  it('4413 after a message that is too large', async () => {
    const bridge = await startBridge({ messageBytes: 1_000 })
    const { viewer, upstream } = await connect(bridge)
    upstream.resume()
    viewer.ws.send(Buffer.alloc(1_000))
    viewer.ws.send(Buffer.alloc(1_001))
    expect(await viewer.ended).toMatchObject({ code: CLOSE.tooLarge })
  })

  it('4413 after a message that grows too large by fragments', async () => {
    const bridge = await startBridge({ messageBytes: 1_000 })
    const { viewer } = await connect(bridge)
    for (let i = 0; i < 11; i++) viewer.ws.send(Buffer.alloc(100), { fin: false, binary: true })
    expect(await viewer.ended).toMatchObject({ code: CLOSE.tooLarge })
  })

  it.each([
    ['GET / HTTP/1.1\r\n', CLOSE.badRequest],
    ['OPTIONS * RTSP/1.0\r\n', CLOSE.badRequest],
    ['OPTIONS rtsp://u:hunter2@127.0.0.1/ RTSP/1.0\r\n', CLOSE.badRequest],
    ['OPTIONS rtsp://10.0.0.5/ RTSP/1.0\r\n', CLOSE.notAllowed],
    ['x'.repeat(5_000), CLOSE.tooLarge],
  ])('when the first line is no request that is served: %#', async (line, code) => {
    const bridge = await startBridge()
    const viewer = keep(new TestViewer(bridge))
    await viewer.opened()
    viewer.ws.send(Buffer.from(line))
    const ending = await viewer.ended
    expect(ending).toMatchObject({ code })
    expect(ending.reason).not.toContain('hunter2')
  })

  it('to the camera when the viewer vanishes', async () => {
    const bridge = await startBridge()
    const { viewer, upstream } = await connect(bridge)
    upstream.resume()
    viewer.ws.terminate()
    await once(upstream, 'end')
  })

  it('to the camera when the viewer answers no pings', async () => {
    const bridge = await startBridge({ pingInterval: 40 })
    const viewer = keep(new TestViewer(bridge, '?stream=lobby', { autoPong: false }))
    const upstream = await camera.connection()
    upstream.resume()
    await once(upstream, 'end')
    expect((await viewer.ended).code).toBe(CLOSE.idle)
  })

  it('not at all while pings are answered', async () => {
    const bridge = await startBridge({ pingInterval: 20 })
    const { viewer } = await connect(bridge)
    for (let pings = 0; pings < 8; pings++) await once(viewer.ws, 'ping')
    expect(viewer.ws.readyState).toBe(viewer.ws.OPEN)
  })

  it('to nobody else: a camera that never closes leaves nothing behind', async () => {
    const stubborn = await startScriptedServer({ allowHalfOpen: true })
    const bridge = await startBridge({ closeTimeout: 50 })
    const viewer = keep(TestViewer.url(bridge, `rtsp://127.0.0.1:${stubborn.port}/`))
    await Promise.all([stubborn.connection(), viewer.opened()])
    viewer.ws.close()
    await viewer.ended
    while (bridge.viewers > 0) await nextTurn()
    await stubborn.close()
  })

  it('in one line of the log, with the name of the target and no query', async () => {
    const lines: string[] = []
    const bridge = await startBridge({}, (line) => lines.push(line))
    const viewer = keep(new TestViewer(bridge, '?stream=lobby&access_token=hunter2'))
    const upstream = await camera.connection()
    await viewer.opened()
    viewer.ws.send(Buffer.from('12345'))
    await readBytes(upstream, 5)
    upstream.write('123')
    await viewer.receives(3)
    viewer.ws.close(4999, 'hunter2')
    await viewer.ended
    while (bridge.viewers > 0) await nextTurn()
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^lobby: a viewer is gone address=127\.0\.0\.1 code=4999 reason="the viewer left" bytesDown=3 bytesUp=5 seconds=[\d.]+$/,
    )
  })
})
