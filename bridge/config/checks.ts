import * as v from 'valibot'

/** What a check throws becomes the message of the issue. */
export const readable = (read: (text: string) => unknown, fallback: string) =>
  v.rawCheck<string>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    try {
      read(dataset.value)
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : fallback })
    }
  })

export const text = (what: string) =>
  v.pipe(v.string(`${what} must be a text; put it in quotes`), v.nonEmpty(`${what} is empty`))

export const path = (what: string) => v.pipe(text(what), readable(checkPath, 'not a path'))

/** `file:` puts in what is in the file. */
function checkPath(value: string): void {
  if (value.includes('\n')) throw new TypeError('the path of the file is meant, without "file:" in front')
}

/** Numbers are written without quotes. */
export const whole = (what: string, least: number, most: number) => {
  const message = `${what} must be a whole number from ${least} to ${most}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}
