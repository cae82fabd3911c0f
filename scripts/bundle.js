import { mkdirSync, mkdtempSync } from 'node:fs'
import { ROOT } from './steps.js'

/**
 * Bundles programs that are written in TypeScript for Node, from the sources as they are, into a folder of their own: a long
 * run is not disturbed by what is edited meanwhile.
 * @param {string} name of the folder
 * @param {Record<string, string>} programs paths from the root of the repository, by the name of the bundle
 * @returns {Promise<string>} the folder, with a file `NAME.js` for each; whoever asked removes it
 */
export const bundle = async (name, programs) => {
  const { build } = await import('vite')
  mkdirSync(`${ROOT}/.cache`, { recursive: true })
  const folder = mkdtempSync(`${ROOT}/.cache/${name}-`)
  const input = Object.fromEntries(Object.entries(programs).map(([bundled, path]) => [bundled, `${ROOT}/${path}`]))
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rolldownOptions: { input, output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' } },
    },
  })
  return folder
}
