/** Names of tiles by which an order can be kept: the same stream may be on a wall twice. */
export function distinctNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name}~${times}`
  })
}

/** The names in the order that was kept; those that are new to it stand behind. */
export function restoredOrder(names: readonly string[], kept: readonly string[]): string[] {
  const there = new Set(names)
  const known = [...new Set(kept)].filter((name) => there.has(name))
  const isKnown = new Set(known)
  return [...known, ...names.filter((name) => !isKnown.has(name))]
}

/** Two change places. */
export function swapped(order: readonly string[], a: string, b: string): string[] {
  return order.map((name) => (name === a ? b : name === b ? a : name))
}
