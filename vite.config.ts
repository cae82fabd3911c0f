import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { thirdPartyNotices } from './scripts/third-party.ts'

/**
 * `new URL('./stream-worker.js', import.meta.url)`, and the same of audio worklets: made chunks of the one build, so that
 * what page and worker both need is one file, which is loaded once. Vite would build workers apart, and knows no worklets.
 * Those who use the library have the compiled files, which every bundler takes as they are.
 */
const workersAsChunks = (): Plugin => ({
  name: 'workers-as-chunks',
  apply: 'build',
  enforce: 'pre',
  async transform(code, id) {
    const address = /new URL\('(\.\/[a-z-]+-work(?:er|let))\.js', import\.meta\.url\)/g
    const name = [...code.matchAll(address)][0]?.[1]
    if (name === undefined) return null
    const source = await this.resolve(`${name}.ts`, id)
    if (source === null) return null
    const chunk = this.emitFile({ type: 'chunk', id: source.id })
    return { code: code.replace(address, `new URL(import.meta.ROLLUP_FILE_URL_${chunk})`), map: null }
  },
})

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const PLAYER = source('web/index.ts')
const WORKER = source('web/playback/stream/stream-worker.ts')

/**
 * The player in few files, apart from the demo: what the page needs to begin, what the worker needs, and what both do. Else
 * it would be a file for each set of parts that use the same, which are more requests, and compress worse.
 */
function playerInFewFiles() {
  const needed = { player: new Set<string>(), worker: new Set<string>(), laterInWorker: new Set<string>() }
  const isOfWorker = (id: string) => id !== WORKER && needed.worker.has(id)
  const isShared = (id: string) => id !== WORKER && needed.laterInWorker.has(id)
  const plugin: Plugin = {
    name: 'player-in-few-files',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: PLAYER, name: 'rtsp-player', preserveSignature: 'allow-extension' })
    },
    buildEnd() {
      const follow = (id: string, into: Set<string>, later = false): void => {
        if (into.has(id)) return
        into.add(id)
        const { importedIds = [], dynamicallyImportedIds = [] } = this.getModuleInfo(id) ?? {}
        for (const imported of importedIds) follow(imported, into, later)
        if (later) for (const imported of dynamicallyImportedIds) follow(imported, into, later)
      }
      follow(PLAYER, needed.player)
      follow(WORKER, needed.worker)
      // What a worker loads later must not be in the file of the page, which knows elements.
      follow(WORKER, needed.laterInWorker, true)
    },
  }
  const groups = [
    { name: 'page-and-worker', test: (id: string) => isShared(id) && needed.player.has(id), priority: 1 },
    { name: 'worker', test: isOfWorker },
    { name: 'page', test: (id: string) => needed.player.has(id) },
  ]
  return { plugin, groups }
}

/**
 * Vite wraps each `import()`, so that the style sheets of a part are loaded with it, and tells `window` where it fails. The
 * parts here have no style sheets, and workers have no `window`.
 */
const plainImports = (): Plugin => ({
  name: 'plain-imports',
  apply: 'build',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load()' : null),
})

/**
 * What the parts that play sound have in common with others. Who unmutes waits for three files, each known when the one before
 * is there: `web/playback/on-demand.ts`, the format of AAC, and this.
 */
const SOUND_PARTS = /\/(decoder-configuration|aac|frame-buffer|frame-duration|sound-units)\.ts$/

const fewFiles = playerInFewFiles()

/** The demo page. The library itself is what `tsc -b` emits; it needs no bundler. */
export default defineConfig({
  // Relative, so that the page may be served from any path behind a reverse proxy.
  base: './',
  plugins: [workersAsChunks(), fewFiles.plugin, plainImports(), thirdPartyNotices()],
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // The page's CSP has no place for data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      input: [source('index.html'), source('wall.html')],
      output: { codeSplitting: { groups: [...fewFiles.groups, { name: 'sound-parts', test: SOUND_PARTS }] } },
    },
  },
})
