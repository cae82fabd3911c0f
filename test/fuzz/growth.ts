import { processorTime } from './job.ts'
import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

const SIZES = [1, 4, 16, 64].map((kilobytes) => kilobytes * 1024)
/** Milliseconds; what takes less for 64 KiB cannot be quadratic, which would take seconds, and cannot be measured well. */
const NOTICEABLE = 60
/** Time a byte at sixteen times the size: 1 where it is linear, 16 where it is quadratic. */
const LARGEST_RATIO = 4
const MEASUREMENTS = 4

/** An input of about a size, of which a part is repeated. */
type Grown = (bytes: number) => Uint8Array

/**
 * Inputs that grow by one token: alone, and in the middle of a valid input, with what follows it. Patterns that try
 * again from each place of a run, buffers that are joined anew, and lists that are searched for each entry all show
 * by such runs.
 */
export function* grownInputs(target: FuzzTarget, random: Random): Generator<{ what: string; grow: Grown }> {
  const characters = [' ', '\t', '=', ',', ';', '"', '/', ':', '@', '0', 'a', '\n', '\r\n', '\u2028', '\\', '-']
  const tokens = [...target.dictionary, ...characters.map((character) => Buffer.from(character))]
  const pairs = tokens.map((token) => Buffer.concat([token, random.pick(tokens)]))
  for (const token of [...tokens, ...pairs]) {
    if (token.length === 0) continue
    const seed = random.pick(target.seeds)
    const at = random.pick([0, random.below(seed.length + 1), seed.length])
    const what = `${JSON.stringify(Buffer.from(token).toString('latin1'))} at ${at} of ${seed.length} bytes`
    yield {
      what,
      grow: (bytes) =>
        Uint8Array.from(
          Buffer.concat([
            seed.subarray(0, at),
            Buffer.alloc(Math.max(0, bytes - seed.length), token),
            seed.subarray(at),
          ]),
        ),
    }
  }
}

/** Says how the time grows faster than the input; undefined where it does not. */
export async function superlinear(target: FuzzTarget, grow: Grown): Promise<string | undefined> {
  const times: number[] = []
  for (const [index, size] of SIZES.entries()) {
    const time = await fastest(target, grow(size))
    times.push(time)
    if (time < NOTICEABLE) continue
    if (index < 2) return `${time.toFixed(0)} ms for ${size} bytes`
    const before = Math.max(times[index - 2] ?? 0, 0.001)
    const ratio = time / before / 16
    if (ratio > LARGEST_RATIO)
      return `${before.toFixed(2)} ms for ${size / 16} bytes, ${time.toFixed(0)} ms for ${size}`
  }
  return undefined
}

/** Milliseconds of the processor; the least of several times where it matters. */
async function fastest(target: FuzzTarget, input: Uint8Array): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < MEASUREMENTS && least > NOTICEABLE / 32; i++) {
    const start = processorTime()
    try {
      // The same chances for each size: bytes that are split elsewhere take another time.
      await target.check(input, new Random(1))
    } catch {
      // What does not hold is the other tests' business.
    }
    least = Math.min(least, processorTime() - start)
  }
  return least
}
