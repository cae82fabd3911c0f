import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

const PORTAL = 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [svelte()],
  build: {
    // The CSP of the portal has no place for data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  // The player runs in a module worker.
  worker: { format: 'es' },
  // While you work, `npm run dev` asks the portal of examples/portal.
  server: { proxy: { '/ticket': PORTAL, '/log-in': PORTAL, '/log-out': PORTAL } },
})
