import { defineConfig } from 'vite'

export default defineConfig({
  root: 'page',
  base: './',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // The page's CSP has no place for data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  worker: { format: 'es' },
})
