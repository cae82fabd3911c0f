import { Counter, Gauge, Registry } from 'prom-client'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Metrics } from '../../../bridge/workers/tasks.ts'
import { WorkerMetrics } from '../../../bridge/workers/worker-metrics.ts'

/** What a worker says that has carried so many bytes, and has so many viewers. */
async function told(bytes: number, viewers: number, delay = 0, ready = 1): Promise<Metrics> {
  const registry = new Registry()
  const registers = [registry]
  new Counter({ name: 'bytes_total', help: '.', labelNames: ['stream'], registers }).inc({ stream: 'lobby' }, bytes)
  new Gauge({ name: 'viewers', help: '.', registers }).set(viewers)
  new Gauge({ name: 'delay', help: '.', registers, aggregator: 'max' }).set(delay)
  new Gauge({ name: 'ready', help: '.', registers, aggregator: 'min' }).set(ready)
  return structuredClone(await registry.getMetricsAsJSON()) as Metrics
}

let metrics: WorkerMetrics
beforeEach(() => {
  metrics = new WorkerMetrics(() => 2)
})

async function figures(): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]))
}

describe('the metrics of several workers', () => {
  it('are sums, but for those where the worst counts', async () => {
    metrics.told(1, await told(100, 3, 0.1, 1))
    metrics.told(2, await told(50, 2, 0.4, 0))
    expect(await figures()).toMatchObject({
      'bytes_total{stream="lobby"}': 150,
      viewers: 5,
      delay: 0.4,
      ready: 0,
      rtsp_bridge_workers: 2,
      rtsp_bridge_worker_restarts_total: 0,
    })
  })

  it('keep what a worker counted that is gone, and not its viewers', async () => {
    metrics.told(1, await told(100, 3))
    metrics.told(2, await told(50, 2))
    await metrics.ended(1)
    expect(await figures()).toMatchObject({
      'bytes_total{stream="lobby"}': 150,
      viewers: 2,
      rtsp_bridge_worker_restarts_total: 1,
    })
    metrics.told(1, await told(7, 1))
    expect(await figures()).toMatchObject({ 'bytes_total{stream="lobby"}': 157, viewers: 3 })
    await metrics.ended(1)
    await metrics.ended(2)
    expect(await figures()).toMatchObject({ 'bytes_total{stream="lobby"}': 157 })
  })

  it('hold memory and processor time of the first process, too', async () => {
    const found = await figures()
    expect(found['process_resident_memory_bytes']).toBeGreaterThan(10_000_000)
    expect(found['process_cpu_seconds_total']).toBeGreaterThan(0)
  })
})
