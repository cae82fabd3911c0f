import type * as v from 'valibot'

/** What of a schema of valibot leads to the settings within. */
interface Schema {
  readonly type: string
  readonly entries?: Readonly<Record<string, Schema>>
  readonly wrapped?: Schema
  readonly value?: Schema
  readonly item?: Schema
  readonly options?: readonly Schema[]
}

/** Settings that can be said beside the last one of a path. */
export function namesBeside(schema: v.GenericSchema, path: readonly string[]): readonly string[] {
  let places: readonly Schema[] = [schema as unknown as Schema]
  for (const key of path.slice(0, -1)) places = places.flatMap(opened).flatMap((place) => within(place, key))
  return places.flatMap(opened).flatMap(({ entries = {} }) => Object.keys(entries))
}

/** Without what is only around it: `optional`, and each of what it may be. */
function opened(schema: Schema): readonly Schema[] {
  if (schema.wrapped) return opened(schema.wrapped)
  if (schema.type === 'union') return (schema.options ?? []).flatMap(opened)
  return [schema]
}

function within({ entries, value, item }: Schema, key: string): readonly Schema[] {
  const inner = entries ? entries[key] : (value ?? item)
  return inner ? [inner] : []
}

/** The name that was most likely meant; undefined where none is like it. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const far = Math.max(1, Math.floor(written.length / 3))
  const near = names
    .map((name) => ({ name, distance: distanceOf(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= far)
  return near.sort((a, b) => a.distance - b.distance)[0]?.name
}

/** Letters left out, added, replaced, or changed places with the next. */
function distanceOf(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? Infinity) + 1 : Infinity
      row[j] = Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
