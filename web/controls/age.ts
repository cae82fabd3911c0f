const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/**
 * How long something took, in the largest unit that it fills: `7 seconds`, `1 Minute`.
 *
 * @param age milliseconds
 * @param language BCP 47 tag
 */
export function ageInWords(age: number, language = 'en'): string {
  const seconds = Math.max(1, Math.floor(age / 1000))
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS[3]
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.floor(seconds / size),
  )
}
