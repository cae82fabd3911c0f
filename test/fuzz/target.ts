import { isDeepStrictEqual } from 'node:util'
import { ProtocolError } from '../../protocol/errors.ts'
import type { Material } from './mutation.ts'
import type { Random } from './random.ts'

/** One thing that is fed with bad input. */
export interface FuzzTarget extends Material {
  /** As in `npm run fuzz -- --target NAME`, and the folder of its corpus. */
  readonly name: string
  /**
   * Does with the input all that the code under test can do with it, and throws where a property does not hold.
   *
   * @param random what is left to chance, as the places where the bytes are split; it follows from the input
   */
  check(input: Uint8Array, random: Random): void | Promise<void>
}

/** A property did not hold. */
export class PropertyError extends Error {
  override readonly name = 'PropertyError'
}

export function holds(condition: boolean, property: string): asserts condition {
  if (!condition) throw new PropertyError(property)
}

/** Deep equality; the message shows both, shortened. */
export function same(actual: unknown, expected: unknown, property: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new PropertyError(`${property}\n  actual   ${shown(actual)}\n  expected ${shown(expected)}`)
}

const shown = (value: unknown): string =>
  (
    JSON.stringify(value, (_, part) =>
      part instanceof Uint8Array
        ? `hex ${Buffer.from(part.subarray(0, 64)).toString('hex')} (${part.length})`
        : part instanceof Map || part instanceof Set
          ? [...part]
          : part,
    ) ?? String(value)
  ).slice(0, 600)

/** What came of it: a value, or the code of a typed error. Any other error is a finding, and goes on. */
export type Outcome<T> = { readonly value: T } | { readonly error: string }

export function outcomeOf<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof ProtocolError) return { error: error.code }
    throw error
  }
}

/** The value, or undefined where it was refused with a typed error. */
export function accepted<T>(work: () => T): T | undefined {
  const outcome = outcomeOf(work)
  return 'value' in outcome ? outcome.value : undefined
}

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder()

export const utf8 = (text: string): Uint8Array => utf8Encoder.encode(text)
export const textOf = (bytes: Uint8Array): string => utf8Decoder.decode(bytes)
export const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
export const fromHex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replace(/\s/g, ''), 'hex'))
export const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))))

/** The bytes in chunks, split at random places; often many small ones. */
export function chunksOf(bytes: Uint8Array, random: Random): Uint8Array[] {
  const largest = 1 + random.below(random.chance(0.5) ? 8 : bytes.length + 1)
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(largest))
    // A copy in a buffer of its own: views into what follows must not be relied on.
    chunks.push(bytes.slice(at, end))
    at = end
  }
  return chunks
}
