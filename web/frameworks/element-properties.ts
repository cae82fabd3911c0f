/** Whether two types are the same, `readonly` included, which no assignment tells. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** The names of what may be set: neither `readonly` nor a method. */
type SettableNames<T> = {
  [Name in keyof T]-?: T[Name] extends (...args: never[]) => unknown
    ? never
    : Same<Pick<T, Name>, { -readonly [Same in Name]: T[Name] }> extends true
      ? Name
      : never
}[keyof T]

/** What an element has of its own to be set, beside what every element has. All of it may be left out. */
export type ElementProperties<Element, Base> = {
  [Name in Exclude<SettableNames<Element>, keyof Base>]?: Element[Name] | undefined
}
