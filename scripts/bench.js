/**
 * `npm run bench [-- NAME … options]`: measures what is promised, against others that do the same; `--help` tells the options.
 *
 * The benchmarks are TypeScript and start programs of their own, so all of it is bundled first, from the sources as they
 * are, the bridge too.
 */
import { readdirSync, rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { bundle } from './bundle.js'
import { installDependencies } from './dependencies.js'
import { checkNodeVersion, isMain, ROOT, runMain } from './steps.js'

const BENCH = 'test/bench'

/** Whatever is called `*.program.ts` runs in a process of its own, and is bundled under its path without the ending. */
const programs = () =>
  Object.fromEntries(
    readdirSync(`${ROOT}/${BENCH}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.program.ts') && !path.includes('node_modules'))
      .map((path) => [path.replace(/\.program\.ts$/, ''), `${BENCH}/${path}`]),
  )

if (isMain(import.meta.url)) {
  await runMain(async () => {
    checkNodeVersion()
    await installDependencies()
    const folder = await bundle('bench', { main: `${BENCH}/main.ts`, bridge: 'bridge/main.ts', ...programs() })
    // Also where a signal ends it in the middle of things.
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    const { main } = await import(pathToFileURL(`${folder}/main.js`).href)
    process.exitCode = await main(process.argv.slice(2), { root: ROOT, programs: folder })
  })
}
