/** A `TimeRanges` cannot be constructed. */
export const EMPTY_TIME_RANGES: TimeRanges = {
  length: 0,
  start: () => outOfRange(),
  end: () => outOfRange(),
}

/** One stretch, in seconds. */
export const singleTimeRange = (start: number, end: number): TimeRanges => ({
  length: 1,
  start: (index) => (index === 0 ? start : outOfRange()),
  end: (index) => (index === 0 ? end : outOfRange()),
})

function outOfRange(): never {
  throw new DOMException('There is no such range', 'IndexSizeError')
}
