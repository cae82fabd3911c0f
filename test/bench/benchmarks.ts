import type { Benchmark } from './benchmark.ts'
import { drift } from './drift/drift.ts'
import { failover } from './failover/failover.ts'
import { hours } from './hours/hours.ts'
import { hub } from './hub/hub.ts'
import { delay } from './player/delay.ts'
import { firstPicture } from './player/first-picture.ts'
import { lipSync } from './player/lip-sync.ts'
import { recovery } from './player/recovery.ts'
import { screen } from './player/screen.ts'
import { wall } from './player/wall.ts'
import { relay } from './relay/relay.ts'
import { size } from './size/size.ts'
import { soak } from './soak/soak.ts'
import { throughput } from './throughput/throughput.ts'

/** Every benchmark, in the order of docs/benchmarks.md. A new one is a folder of its own and a row here. */
export const BENCHMARKS: readonly Benchmark[] = [
  delay,
  screen,
  lipSync,
  drift,
  firstPicture,
  recovery,
  wall,
  size,
  throughput,
  relay,
  hub,
  soak,
  hours,
  failover,
]
