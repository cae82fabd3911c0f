import { defineConfig } from 'vitest/config'

/** Fast and pure; run these while you work: `npx vitest --project protocol`. */
const unit = (name: string, include: string[]) => ({ test: { name, include, environment: 'node' as const } })

/**
 * Real servers, real browsers, real installations: slower, and they share the machine, so one file at a time, and one
 * group after the other.
 */
const integration = (name: string, groupOrder: number, timeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    fileParallelism: false,
    sequence: { groupOrder },
    testTimeout: timeout,
    hookTimeout: timeout,
  },
})

export default defineConfig({
  test: {
    projects: [
      unit('protocol', ['test/protocol/**/*.test.ts', 'test/*.test.ts']),
      unit('web', ['test/web/**/*.test.ts']),
      unit('bridge', ['test/bridge/**/*.test.ts']),
      unit('cameras', ['test/cameras/**/*.test.ts']),
      // The frame of the benchmarks; what they measure is none of `npm test`.
      unit('bench', ['test/bench/*.test.ts']),
      integration('interop', 1, 30_000),
      integration('browser', 2, 60_000),
      integration('engines', 3, 180_000),
      integration('package', 4, 60_000),
      {
        // Bounded in time, and measures some: alone, when all else is done. `npm run fuzz` goes on from there.
        test: {
          name: 'fuzz',
          include: ['test/fuzz/*.test.ts'],
          globalSetup: ['scripts/fuzz.js'],
          sequence: { groupOrder: 5 },
          testTimeout: 60_000,
        },
      },
    ],
  },
})
