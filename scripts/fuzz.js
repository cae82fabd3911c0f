/**
 * `npm run fuzz [-- options]`: feeds everything that reads foreign bytes with bad ones; `--help` tells the options.
 *
 * The fuzzers are TypeScript and run in threads of their own, so they are bundled first, from the sources as they are.
 */
import { rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { bundle } from './bundle.js'
import { installDependencies } from './dependencies.js'
import { checkNodeVersion, isMain, runMain } from './steps.js'

const PROGRAMS = { main: 'test/fuzz/main.ts', worker: 'test/fuzz/worker.ts' }

/**
 * The global setup of the vitest project `fuzz`: its tests start the bundled worker.
 * @param {{ provide: (key: 'fuzzBundle', folder: string) => void }} project
 */
export const setup = async ({ provide }) => {
  const folder = await bundle('fuzz', PROGRAMS)
  provide('fuzzBundle', folder)
  return () => rmSync(folder, { recursive: true })
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    checkNodeVersion()
    await installDependencies()
    const folder = await bundle('fuzz', PROGRAMS)
    try {
      const { main } = await import(pathToFileURL(`${folder}/main.js`).href)
      process.exitCode = await main(process.argv.slice(2))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
