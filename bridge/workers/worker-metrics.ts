import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import { describeProcess } from '../process-metrics.ts'
import type { Metrics } from './tasks.ts'

/**
 * The metrics of all workers together. A counter never goes down: of a worker that is gone, or does not answer, what was
 * known of it last still counts, for Prometheus would take less for a restart of the whole.
 */
export class WorkerMetrics {
  readonly #own = new Registry()
  /** By worker. */
  readonly #last = new Map<number, Metrics>()
  /** Counters of workers that are gone. */
  #gone: Metrics = []
  #restarts = 0

  /** @param running how many workers serve */
  constructor(running: () => number) {
    const registers = [this.#own]
    new Gauge({
      name: 'rtsp_bridge_workers',
      help: 'Processes that serve viewers.',
      registers,
      collect() {
        this.set(running())
      },
    })
    const restarts = () => this.#restarts
    new Counter({
      name: 'rtsp_bridge_worker_restarts_total',
      help: 'How often a worker ended and was started again.',
      registers,
      collect() {
        this.reset()
        this.inc(restarts())
      },
    })
    describeProcess(this.#own)
  }

  /** What a worker says of itself now. */
  told(worker: number, metrics: Metrics): void {
    this.#last.set(worker, metrics)
  }

  /** The worker ended, and another takes its place. */
  async ended(worker: number): Promise<void> {
    this.#restarts++
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (!last) return
    const sum = await aggregate([this.#gone, last.filter(isCounter)]).getMetricsAsJSON()
    this.#gone = sum as unknown as Metrics
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    const own = (await this.#own.getMetricsAsJSON()) as Metrics
    return aggregate([...this.#last.values(), this.#gone, own]).metrics()
  }
}

/** Its declaration says that it were a number. */
const isCounter = ({ type }: Metrics[number]): boolean => String(type) === 'counter'

const aggregate = (all: readonly Metrics[]): Registry => AggregatorRegistry.aggregate([...all])
