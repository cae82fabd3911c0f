import type { Failure } from './job.ts'

/** A failure as a person needs it: what, where from, how to see it again, and the input itself. */
export function describeFailure(target: string, { origin, input, message }: Failure): string {
  const again =
    'seed' in origin
      ? `npm run fuzz -- --target ${target} --seed ${origin.seed} --inputs 1`
      : `npm run fuzz -- --target ${target} --inputs 0`
  return [
    `${target}: ${'seed' in origin ? `seed ${origin.seed}` : origin.file}: ${message}`,
    `  again: ${again}`,
    `  input (${input.length} bytes, base64): ${Buffer.from(input.subarray(0, 1500)).toString('base64')}`,
  ].join('\n')
}
