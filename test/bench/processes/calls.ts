/** Messages between the benchmark and its programs: a call by name with one argument, and what came of it. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

export type Outcome =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }

/** What a program can be asked, by name. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>

/** In a program: answers what is asked, and ends with the benchmark. */
export function answer(calls: Calls): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    const tell = (outcome: Outcome) => process.send?.(outcome)
    try {
      const call = calls[name] as ((argument: unknown) => unknown) | undefined
      if (!call) throw new Error(`${name} is not to be asked`)
      tell({ id, result: await call(argument) })
    } catch (error) {
      tell({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}
