import { type FuzzTarget, holds, textOf, utf8 } from './target.ts'

const material = {
  shapes: ['bytes'],
  seeds: [utf8('a=1;b=2;c=3'), utf8('(ok)')],
  dictionary: [utf8('=;'), utf8('!')],
} as const
const lost: unknown[] = []

const faulty = (name: string, check: FuzzTarget['check']): FuzzTarget => ({
  ...material,
  name: `faulty-${name}`,
  check,
})
const marked = (input: Uint8Array): boolean => input.includes(0x21)

/** Each breaks one of the properties, so that a test can show that it would be noticed. */
export const FAULTY_TARGETS: readonly FuzzTarget[] = [
  faulty('throws', (input) => {
    if (marked(input)) throw new TypeError('a mark')
  }),
  faulty('does-not-hold', (input) => {
    holds(!textOf(input).includes('!'), 'no mark')
  }),
  faulty('hangs', (input) => {
    while (marked(input));
  }),
  faulty('rejects', (input) => {
    if (marked(input)) void Promise.reject(new Error('nobody looks'))
  }),
  faulty('keeps', () => {
    lost.push(new Uint8Array(256 * 1024))
  }),
  faulty('floods', (input) => {
    const all: number[][] = []
    while (marked(input)) all.push(new Array<number>(10_000).fill(all.length))
  }),
  // Over a run of one character that does not end the text, each start looks through all the rest of the run.
  faulty('is-quadratic', (input) => {
    textOf(input).replace(/=+$/, '')
  }),
  faulty('is-linear', (input) => {
    textOf(input).split('=').join(';').replaceAll(';', '')
  }),
]
