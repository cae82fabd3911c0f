import { defineConfig, type Plugin } from 'vite'

/**
 * `addModule(new URL('./sound-worklet.js', import.meta.url))`: of workers Vite knows that there is a source to compile, of audio
 * worklets it does not. Those who use the library have the compiled file, which every bundler hands on as it is.
 */
const audioWorklets = (): Plugin => ({
  name: 'audio-worklets',
  apply: 'build',
  enforce: 'pre',
  async transform(code, id) {
    const address = /new URL\('(\.\/[a-z-]+-worklet)\.js', import\.meta\.url\)/
    const name = address.exec(code)?.[1]
    if (name === undefined) return null
    const source = await this.resolve(`${name}.ts`, id)
    if (source === null) return null
    const chunk = this.emitFile({ type: 'chunk', id: source.id })
    return { code: code.replace(address, `import.meta.ROLLUP_FILE_URL_${chunk}`), map: null }
  },
})

/** The demo page. The library itself is what `tsc -b` emits; it needs no bundler. */
export default defineConfig({
  // Relative, so that the page may be served from any path behind a reverse proxy.
  base: './',
  plugins: [audioWorklets()],
  // Vite resolves `new Worker(new URL('./stream-worker.js', …))` to the .ts beside it, as it does for imports.
  worker: { format: 'es' },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // The page's CSP has no place for data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
})
