/** Names of tiles by which an order can be kept: the same stream may be on a wall twice. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let distinct = name
    for (let times = 2; taken.has(distinct); times++) distinct = `${name}~${times}`
    taken.add(distinct)
    return distinct
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
