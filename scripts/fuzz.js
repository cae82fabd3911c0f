/**
 * `npm run fuzz [-- options]`: feeds everything that reads foreign bytes with bad ones; `--help` tells the options.
 *
 * The fuzzers are TypeScript and run in threads of their own, so they are bundled first, from the sources as they are.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { installDependencies } from './dependencies.js'
import { checkNodeVersion, isMain, ROOT, runMain } from './steps.js'

/**
 * Bundles `main.js` and `worker.js` into a folder of their own: a long run is not disturbed by what is edited meanwhile.
 * @returns {Promise<string>} the folder; whoever asked removes it
 */
const bundle = async () => {
  const { build } = await import('vite')
  mkdirSync(`${ROOT}/.cache`, { recursive: true })
  const folder = mkdtempSync(`${ROOT}/.cache/fuzz-`)
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: { main: `${ROOT}/test/fuzz/main.ts`, worker: `${ROOT}/test/fuzz/worker.ts` },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  })
  return folder
}

/**
 * The global setup of the vitest project `fuzz`: its tests start the bundled worker.
 * @param {{ provide: (key: 'fuzzBundle', folder: string) => void }} project
 */
export const setup = async ({ provide }) => {
  const folder = await bundle()
  provide('fuzzBundle', folder)
  return () => rmSync(folder, { recursive: true })
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    checkNodeVersion()
    await installDependencies()
    const folder = await bundle()
    try {
      const { main } = await import(pathToFileURL(`${folder}/main.js`).href)
      process.exitCode = await main(process.argv.slice(2))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
