import { defineConfig } from 'vite'

/** The demo page. The library itself is what `tsc -b` emits; it needs no bundler. */
export default defineConfig({
  // Relative, so that the page may be served from any path behind a reverse proxy.
  base: './',
  // Vite resolves `new Worker(new URL('./stream-worker.js', …))` to the .ts beside it, as it does for imports.
  worker: { format: 'es' },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // The page's CSP has no place for data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
