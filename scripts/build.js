/**
 * Builds dist/: the library (protocol, web and bridge as plain ES modules with their types, one file for each source, so
 * that the bundlers of those who use it see every import and the worker's URL) and the demo page (dist/page).
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { buildDocs, DOCS_INPUTS } from './docs.js'
import { checkNodeVersion, isMain, mustSucceed, ROOT, runMain, runTool, step } from './steps.js'

const PROJECTS = ['protocol', 'web', 'bridge']
/** What the simulated camera shows. */
const clips = () => filesUnder('bridge/simulated-camera').filter((path) => path.endsWith('.mp4'))
/** All that the build depends on, beside the dependencies that package-lock.json names. */
const INPUTS = [
  ...PROJECTS,
  'scripts',
  'index.html',
  'wall.html',
  'vite.config.ts',
  'tsconfig.base.json',
  'package-lock.json',
  ...DOCS_INPUTS,
]
const MANIFEST = 'dist/custom-elements.json'
const STAMP = 'dist/.build'

/**
 * The files under a file or folder, in a stable order; none where there is no such path.
 * @param {string} path from the root of the repository
 * @returns {string[]}
 */
const filesUnder = (path) => {
  if (!existsSync(`${ROOT}/${path}`)) return []
  if (statSync(`${ROOT}/${path}`).isFile()) return [path]
  const names = readdirSync(`${ROOT}/${path}`, { withFileTypes: true })
  return names.flatMap((entry) => (entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : `${path}/${entry.name}`))
}

/** The state of all inputs. Contents rather than times: a checkout changes the times of what it did not change. */
const inputHash = () => {
  const hash = createHash('sha256')
  for (const path of INPUTS.flatMap(filesUnder).sort()) {
    hash.update(`\n${path}\n`).update(readFileSync(`${ROOT}/${path}`))
  }
  return hash.digest('hex')
}

/** Was dist/ built from the sources as they are now? Takes some milliseconds. */
export const isBuilt = () => {
  const copies = clips().map((path) => `dist/${path}`)
  const complete = [...expectedModules(), ...copies, MANIFEST, 'dist/page/index.html', 'dist/docs/index.html'].every(
    (p) => existsSync(`${ROOT}/${p}`),
  )
  return complete && existsSync(`${ROOT}/${STAMP}`) && readFileSync(`${ROOT}/${STAMP}`, 'utf8') === inputHash()
}

const expectedModules = () =>
  PROJECTS.flatMap(filesUnder)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => `dist/${path.replace(/\.ts$/, '.js')}`)

/** The compiler leaves behind what it made of sources that are gone. */
const removeStaleModules = () => {
  const expected = new Set(expectedModules())
  for (const path of PROJECTS.flatMap((project) => filesUnder(`dist/${project}`))) {
    const module = path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.js')
    if (module.endsWith('.js') && !expected.has(module)) rmSync(`${ROOT}/${path}`)
  }
}

/** Builds all of it, whether or not it is current. */
export const build = async () => {
  const hash = inputHash()
  await step('Building the library (tsc)', async () => {
    removeStaleModules()
    const allThere = expectedModules().every((path) => existsSync(`${ROOT}/${path}`))
    // The compiler trusts its own notes, not the disk: after something was deleted, it must be told.
    const force = allThere ? [] : ['--force']
    mustSucceed(await runTool('node_modules/typescript/bin/tsc', ['-b', ...force, ...PROJECTS]), 'The compiler')
    mkdirSync(`${ROOT}/dist/bridge/simulated-camera`, { recursive: true })
    for (const path of clips()) copyFileSync(`${ROOT}/${path}`, `${ROOT}/dist/${path}`)
    chmodSync(`${ROOT}/dist/bridge/main.js`, 0o755)
  })
  await step('Building the page (vite)', async () => {
    mustSucceed(await runTool('node_modules/vite/bin/vite.js', ['build', '--logLevel', 'warn']), 'Vite')
  })
  await step('Describing the elements', async () => {
    // Only now: before, its packages may not be installed yet.
    const { analyzeElements } = await import('./elements.js')
    writeFileSync(`${ROOT}/${MANIFEST}`, `${JSON.stringify(analyzeElements(), null, 2)}\n`)
  })
  await step('Building the documentation', buildDocs)
  // Last, so that a build that failed half way is not taken for one.
  writeFileSync(`${ROOT}/${STAMP}`, hash)
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    checkNodeVersion()
    await build()
  })
}
