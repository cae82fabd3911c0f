/** Nothing: a `TimeRanges` cannot be constructed. */
export const EMPTY_TIME_RANGES: TimeRanges = {
  length: 0,
  start: () => outOfRange(),
  end: () => outOfRange(),
}

function outOfRange(): never {
  throw new DOMException('There is no such range', 'IndexSizeError')
}
