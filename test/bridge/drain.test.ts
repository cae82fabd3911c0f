import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { spreadOver } from '../../bridge/drain.ts'
import { type Bridge, type BridgeOptions, CLOSE, createBridge } from '../../bridge/index.ts'
import { TestViewer } from '../support/viewer.ts'

let bridge: Bridge | undefined
afterEach(() => bridge?.close())

async function start(options: BridgeOptions = {}): Promise<Bridge> {
  bridge = await createBridge({ limits: { sweepInterval: 10 }, operations: { port: 0 }, ...options })
  return bridge
}

const readiness = async (running: Bridge) => {
  const response = await fetch(`${running.operationsUrl}readyz`)
  return [response.status, (await response.text()).trim()]
}

const viewers = (running: Bridge, count: number) =>
  Promise.all(Array.from({ length: count }, () => new TestViewer(running).opened()))

describe('a bridge that is drained', () => {
  it('says so first, serves as before for the notice, then refuses and sends away, and ends', async () => {
    const running = await start({ drain: { noticeMilliseconds: 300, spreadMilliseconds: 3_000 } })
    expect(await readiness(running)).toEqual([200, 'ready'])
    const [first, second] = (await viewers(running, 2)) as [TestViewer, TestViewer]
    const drained = running.drain()
    expect(await readiness(running)).toEqual([503, 'draining: about to send viewers away'])
    const late = await new TestViewer(running).opened()
    expect(first.ws.readyState).toBe(first.ws.OPEN)
    expect(await first.ended).toEqual({ code: CLOSE.draining, reason: 'the bridge is being restarted' })
    expect(await readiness(running)).toEqual([503, 'draining'])
    expect((await new TestViewer(running).ended).code).toBe(CLOSE.draining)
    expect(second.ws.readyState).toBe(second.ws.OPEN)
    expect((await second.ended).code).toBe(CLOSE.draining)
    expect((await late.ended).code).toBe(CLOSE.draining)
    await drained
    await expect(fetch(`${running.operationsUrl}readyz`)).rejects.toThrow()
  })

  it('sends viewers away one after the other, over the time', async () => {
    const running = await start({ drain: { spreadMilliseconds: 500 } })
    const all = await viewers(running, 10)
    const started = performance.now()
    const times = all.map(async ({ ended }) => {
      await ended
      return performance.now() - started
    })
    await running.drain()
    const sorted = (await Promise.all(times)).sort((a, b) => a - b)
    expect(sorted[0]).toBeLessThan(150)
    expect(sorted.at(-1)).toBeGreaterThan(400)
    // Nowhere half of them in a tenth of the time.
    for (let at = 5; at < 10; at++) expect((sorted[at] ?? 0) - (sorted[at - 5] ?? 0)).toBeGreaterThan(100)
    expect(running.viewers).toBe(0)
  })

  it('waits for nobody where nobody is there', async () => {
    const running = await start({ drain: { spreadMilliseconds: 60_000 } })
    const [viewer] = await viewers(running, 1)
    const started = performance.now()
    await Promise.all([running.drain(), running.drain(), viewer?.ended])
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('refuses who comes through a proxy in a way that the proxy sees, so that it asks another bridge', async () => {
    const running = await start({ drain: { spreadMilliseconds: 60_000 } })
    const [first, second] = (await viewers(running, 2)) as [TestViewer, TestViewer]
    void running.drain()
    await first.ended
    const forwarded = new TestViewer(running, '', { headers: { 'X-Forwarded-For': '192.0.2.7' } })
    const [, response] = await once(forwarded.ws, 'unexpected-response')
    expect(response.statusCode).toBe(503)
    expect((await new TestViewer(running).ended).code).toBe(CLOSE.draining)
    second.ws.terminate()
  })

  it('is cut short by a close', async () => {
    const running = await start({ drain: { noticeMilliseconds: 60_000, spreadMilliseconds: 60_000 } })
    const [viewer] = await viewers(running, 3)
    const drained = running.drain()
    await running.close()
    await drained
    expect((await viewer?.ended)?.code).toBe(CLOSE.draining)
  })
})

describe('spreading over a time', () => {
  it('leaves out those that went meanwhile, without waiting for their turn', async () => {
    const called: number[] = []
    const started = performance.now()
    await spreadOver(
      [1, 2, 3],
      60_000,
      (one) => called.push(one),
      (one) => one === 1,
      new AbortController().signal,
    )
    expect(called).toEqual([1])
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('the program', () => {
  const MAIN = fileURLToPath(new URL('../../dist/bridge/main.js', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'bridge-drain-'))
  const config = join(folder, 'bridge.yaml')
  afterAll(() => rmSync(folder, { recursive: true }))

  async function run() {
    writeFileSync(config, 'operations:\n  drain:\n    noticeSeconds: 1\n    spreadSeconds: 1\n')
    const child = spawn(process.execPath, [MAIN, 'serve', '--config', config, '--port', '0'])
    const over = once(child, 'close').then(([code]) => code as number | null)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    await expect.poll(() => output, { timeout: 10_000 }).toContain('Player: ')
    const port = Number(/Player: .*:(\d+)\//.exec(output)?.[1])
    // Signals are listened to by then.
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    return { child, over, port }
  }

  it('drains on SIGTERM, and ends when all are gone', async () => {
    const { child, over, port } = await run()
    const viewer = await new TestViewer({ port }).opened()
    child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503)
    expect(viewer.ws.readyState).toBe(viewer.ws.OPEN)
    expect((await viewer.ended).code).toBe(CLOSE.draining)
    expect(await over).toBe(0)
  })

  it('does not on SIGINT, and ends at once by a second signal', async () => {
    const interrupted = await run()
    interrupted.child.kill('SIGINT')
    const started = performance.now()
    expect(await interrupted.over).toBe(0)
    expect(performance.now() - started).toBeLessThan(900)
    const { child, over, port } = await run()
    child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503)
    // The echo of one signal, as npm sends it, is no second one.
    await new Promise((resolve) => setTimeout(resolve, 600))
    child.kill('SIGTERM')
    expect(await over).toBe(130)
  })
})
