/**
 * A benchmark: measures, and says what it found. It never fails for being slow; whether a target holds is one of the figures.
 *
 * Machines are shared and noisy, so a figure is worth something beside that of a peer from the same run: measure them in
 * turn (`measureInTurn`), several times, and state the ratio.
 */
export interface Benchmark {
  /** As in `npm run bench -- NAME`, and the mark of its section in docs/benchmarks.md. */
  readonly name: string
  /** Heading of its section. */
  readonly title: string
  /** What is measured and how, in a sentence or two: for `--list` and for the section. */
  readonly about: string
  /** Flags of its own, `--NAME VALUE`: what each means. */
  readonly options?: Readonly<Record<string, string>>
  run(context: BenchmarkContext): Promise<BenchmarkResult>
}

export interface BenchmarkContext {
  /** The root of the repository. */
  readonly root: string
  /** The folder with `bridge.js` and every `*.program.ts` of this folder, bundled: `load/camera.js`. */
  readonly programs: string
  /** How often each thing is to be measured; undefined: as the benchmark likes. */
  readonly runs: number | undefined
  /** Values of the benchmark's own flags. */
  readonly options: Readonly<Record<string, string | undefined>>
  /** Tells how far it is; a line. */
  progress(text: string): void
}

export interface BenchmarkResult {
  /** How often each thing was measured. */
  readonly runs: number
  /** Programs and libraries that were measured, with their versions, beside Node. */
  readonly versions: Readonly<Record<string, string>>
  readonly tables: readonly Table[]
  readonly targets: readonly Target[]
  /** What one has to know to read the figures. */
  readonly notes?: readonly string[]
}

export interface Table {
  readonly title: string
  /** The first is a name, the others are figures. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What is promised. */
export interface Target {
  readonly what: string
  readonly value: number
  readonly atMost: number
}
