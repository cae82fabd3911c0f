import { Counter, Gauge, type Registry } from 'prom-client'

/** The figures of the process itself, by the names that Prometheus gives them for every program. */
export function describeProcess(registry: Registry): void {
  const registers = [registry]
  const started = Date.now() / 1000 - process.uptime()
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start of the process.',
    aggregator: 'min',
    registers,
  }).set(started)
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
}
