import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { BridgeOptions } from '../bridge.ts'
import type { LogLevel } from '../log.ts'
import type { LogFormat } from '../log-formats.ts'
import type { StreamFigures } from '../stream-states.ts'

/** What can be handed to another process. */
export type WorkerBridgeOptions = Omit<BridgeOptions, 'log' | 'resolveHost'>

/** How the lines of the log look; they go where those of the first process go. */
export interface WorkerLogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly colours: boolean
}

/** What a worker must know to begin. */
export interface Assignment {
  /** From 1 to `count`; a worker that takes another's place has its number. */
  readonly number: number
  readonly count: number
  /** Folder of the sockets by which workers reach each other. */
  readonly directory: string
  readonly bridge: WorkerBridgeOptions
  readonly log: WorkerLogOptions
}

/** Where a worker listens. */
export interface Listening {
  readonly url: string
  readonly operationsUrl: string | undefined
}

export type Metrics = readonly MetricObjectWithValues<MetricValue<string>>[]

/** What a worker is asked. */
export interface WorkerTasks {
  /** @throws StartError */
  start(assignment: Assignment): Promise<Listening>
  /** @throws StartError, or Error where they cannot be used: then all is as before */
  reconfigure(options: WorkerBridgeOptions): Promise<void>
  /** It answers: it does not hang. */
  pulse(nothing: null): Promise<void>
  /** Of this worker alone. */
  metrics(nothing: null): Promise<Metrics>
  figures(nothing: null): Promise<StreamFigures[]>
  /** Drains: resolves when the last viewer is gone. The cameras stay for those of the others. */
  empty(nothing: null): Promise<void>
  close(nothing: null): Promise<void>
}

/** What a worker asks. */
export interface PrimaryTasks {
  /** It can be asked from here on: what was sent to it before is lost. */
  ready(nothing: null): Promise<void>
  /** Of all workers. */
  metrics(nothing: null): Promise<string>
  figures(nothing: null): Promise<StreamFigures[]>
}
