/** A minute, at one value a second. */
export const HISTORY_SECONDS = 60

/** The values of the last minute, oldest first; undefined where there was none. */
export class History {
  #values: (number | undefined)[] = []

  get values(): readonly (number | undefined)[] {
    return this.#values
  }

  push(value: number | undefined): void {
    this.#values.push(value)
    if (this.#values.length > HISTORY_SECONDS) this.#values.shift()
  }

  /** Least and greatest; undefined where there is no value. */
  get range(): readonly [number, number] | undefined {
    const known = this.#values.filter((value) => value !== undefined)
    return known.length === 0 ? undefined : [Math.min(...known), Math.max(...known)]
  }
}

/** The next of 1, 2, 5, 10, 20 … that is not less than all values, and at least `least`: a scale that seldom changes. */
export function scaleOf(greatest: number, least: number): number {
  const wanted = Math.max(greatest, least)
  const power = 10 ** Math.floor(Math.log10(wanted))
  const factor = [1, 2, 5].find((step) => step * power >= wanted) ?? 10
  return factor * power
}

/**
 * An SVG path through the values, the newest at the right: one unit for each second, and a height of 1 for the whole scale.
 * Where a value is missing, the line is.
 */
export function pathOf(values: readonly (number | undefined)[], scale: number): string {
  let path = ''
  let isDrawing = false
  for (const [index, value] of values.entries()) {
    const x = HISTORY_SECONDS - values.length + index
    if (value !== undefined) {
      const y = 1 - Math.min(1, Math.max(0, value / scale))
      // A value that stands alone is drawn as a dot; of no length at all WebKit stretches it with the graph.
      path += isDrawing ? `L${x} ${round(y)}` : `M${x} ${round(y)}h.01`
    }
    isDrawing = value !== undefined
  }
  return path
}

const round = (value: number): number => Math.round(value * 1000) / 1000
