const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** How long something took, in the largest unit that it fills: `7 seconds`, `1 minute`. @param age milliseconds */
export function ageInWords(age: number): string {
  const seconds = Math.max(1, Math.floor(age / 1000))
  const [name, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS[3]
  const count = Math.floor(seconds / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
