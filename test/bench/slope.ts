/** A straight line through points. */
export interface Slope {
  /** Units of y for one of x; NaN of fewer than three points. */
  readonly value: number
  /** Half of the interval in which it lies with 95 %, if the points scatter about the line independently of each other. */
  readonly error: number
}

/** By least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const { length } = points
  if (length < 3) return { value: Number.NaN, error: Number.NaN }
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / length
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / length
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const value = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - value * (x - meanX)) ** 2, 0)
  return { value, error: 1.96 * Math.sqrt(rest / (length - 2) / spread) }
}
