/**
 * Branded units, so that the compiler refuses to add a millisecond to an RTP tick.
 * Make one with the function of the same name; take it apart by using it as a number.
 */
declare const unit: unique symbol
type Unit<Name extends string> = number & { readonly [unit]: Name }

/** Milliseconds of a monotonic or of the wall clock; says which where it matters. */
export type Milliseconds = Unit<'ms'>
/** Seconds on the presentation timeline. */
export type Seconds = Unit<'s'>
/** Ticks of a media clock (90 kHz for video, the sampling rate for most audio), unwrapped: it never turns back at 2^32. */
export type Ticks = Unit<'ticks'>

export const Milliseconds = (value: number): Milliseconds => value as Milliseconds
export const Seconds = (value: number): Seconds => value as Seconds
export const Ticks = (value: number): Ticks => value as Ticks
