/** What was measured of one thing, several times. */
export class Samples {
  readonly #values: number[] = []

  add(value: number): void {
    this.#values.push(value)
  }

  get count(): number {
    return this.#values.length
  }

  get median(): number {
    return quantile(this.#values, 0.5)
  }

  get p95(): number {
    return quantile(this.#values, 0.95)
  }

  /** "6.12 (6.40)": the median, and the 95th percentile in brackets; nothing where nothing was measured. */
  text(digits: number): string {
    if (this.count === 0) return ''
    return `${this.median.toFixed(digits)} (${this.p95.toFixed(digits)})`
  }
}

/** Between two values in proportion; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/**
 * Measures each subject once a round, so that what else the machine does meets all of them; each round begins with another.
 * @returns for each subject the samples of each figure that `measure` gave
 */
export async function measureInTurn<S extends { readonly name: string }>(
  subjects: readonly S[],
  runs: number,
  measure: (subject: S, run: number) => Promise<Readonly<Record<string, number>>>,
): Promise<ReadonlyMap<string, SampledFigures>> {
  const all = new Map(subjects.map(({ name }) => [name, new SampledFigures()]))
  for (let run = 0; run < runs; run++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(run + turn) % subjects.length]
      if (!subject) continue
      const figures = await measure(subject, run)
      for (const [figure, value] of Object.entries(figures)) all.get(subject.name)?.of(figure).add(value)
    }
  }
  return all
}

/** Samples by the name of the figure. */
export class SampledFigures {
  readonly #samples = new Map<string, Samples>()

  of(figure: string): Samples {
    const known = this.#samples.get(figure) ?? new Samples()
    this.#samples.set(figure, known)
    return known
  }
}
