import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build, createServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bridge } from '../../bridge/bridge.ts'
import { createBridge } from '../../bridge/server.ts'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { launchChromium, openTab, playerIs } from '../support/browser.ts'
import { freePort } from '../support/free-port.ts'
import { type InstalledPackage, installPackage, mustSucceed } from '../support/installed-package.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { type StaticServer, serveFolder } from '../support/static-server.ts'

let installed: InstalledPackage
let camera: Awaited<ReturnType<typeof startCamera>>
let bridge: Bridge
let browser: Browser
/** Where the pages of this file are: the bridge has to know before they are there. */
const ports: number[] = []
const servers: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  ;[installed, browser, camera] = await Promise.all([installPackage(), launchChromium(), startCamera({})])
  for (let i = 0; i < 12; i++) ports.push(await freePort())
  bridge = await createBridge({
    streams: { lobby: { url: camera.url } },
    origins: ports.map((port) => `http://127.0.0.1:${port}`),
  })
}, 300_000)

afterAll(async () => {
  await browser?.close()
  for (const server of servers) await server.close()
  await bridge?.close()
  await camera?.close()
  installed?.remove()
})

const html = (head: string): string => `<!doctype html>
<meta charset="utf-8">
<title>Camera</title>
<link rel="icon" href="./icon.svg">
${head}
<rtsp-player src="lobby" bridge="${bridge.url}" autoplay muted></rtsp-player>
`

/** Else a browser asks for one that is not there. */
const writeIcon = (folder: string) =>
  writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')

/** A page of the project that imports the package by its name. */
function writePage(name: string): string {
  const folder = join(installed.project, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'index.html'), html('<script type="module" src="./page.js"></script>'))
  writeFileSync(join(folder, 'page.js'), "import 'rtsp-player'\n")
  writeIcon(folder)
  return folder
}

async function buildPage(name: string): Promise<string> {
  const outDir = join(installed.project, `${name}-built`)
  await build({
    root: writePage(name),
    base: './',
    logLevel: 'warn',
    mode: 'production',
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
    worker: { format: 'es' },
  })
  return outDir
}

async function serve(folder: string, headers?: () => Readonly<Record<string, string>>): Promise<StaticServer> {
  const server = await serveFolder(folder, headers, ports.pop())
  servers.push(server)
  return server
}

/** Moving pictures of the simulated camera, and where the player does its work. */
async function watch(url: string): Promise<{ page: Page; workers: string[]; errors: string[] }> {
  const { page, errors } = await openTab(browser, url)
  await playerIs(page, 'playing')
  const frames = (await readFrames(page, FRAME_NUMBER, 10)).map(({ value }) => value)
  expect(frames.slice(1).filter((value, index) => value > (frames[index] ?? 0)).length).toBeGreaterThan(7)
  return { page, workers: page.workers().map((worker) => worker.url()), errors }
}

/** Unmuted: the code of the sound is loaded, and the audio worklet, which bundlers know as a file at most. */
async function hear(page: Page): Promise<void> {
  await page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    if (player) player.muted = false
  })
  const renderer = () => page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.audio?.renderer)
  await expect.poll(renderer, { timeout: 10_000 }).toBe('audio-worklet')
}

const policy = (directives: string) => () => ({
  'Content-Security-Policy': `default-src 'none'; script-src 'self'; worker-src 'self'; img-src 'self'; media-src blob:; connect-src ${bridge.url.replace('http', 'ws')}; ${directives}`,
})

describe('a page that Vite builds of the package', () => {
  it('plays in a worker, by a strict CSP without anything inline', async () => {
    const { url } = await serve(await buildPage('strict'), policy(''))
    const { page, workers, errors } = await watch(url)
    expect(workers).toEqual([expect.stringContaining('stream-worker')])
    await hear(page)
    expect(errors).toEqual([])
    await page.close()
  })

  it('plays in a worker where the page wants Trusted Types and allows the policies that the README names', async () => {
    const directives = "require-trusted-types-for 'script'; trusted-types lit-html rtsp-player"
    const { url } = await serve(await buildPage('trusted'), policy(directives))
    const { page, workers, errors } = await watch(url)
    expect(workers).toEqual([expect.stringContaining('stream-worker')])
    // The first try is without one: that is how bundlers with a policy of their own want it.
    expect(errors.filter((error) => !error.includes('TrustedScriptURL'))).toEqual([])
    await page.close()
  })

  it('plays in the page where Trusted Types allow it no policy of its own', async () => {
    const directives = "require-trusted-types-for 'script'; trusted-types lit-html"
    const { url } = await serve(await buildPage('trusted'), policy(directives))
    const { page, workers } = await watch(url)
    expect(workers).toEqual([])
    await page.close()
  })

  it('plays in the page where the CSP allows no workers', async () => {
    const headers = () => ({
      'Content-Security-Policy': `default-src 'none'; script-src 'self'; worker-src 'none'; media-src blob:; connect-src ${bridge.url.replace('http', 'ws')}`,
    })
    const { url } = await serve(await buildPage('strict'), headers)
    const { page, workers } = await watch(url)
    expect(workers).toEqual([])
    await page.close()
  })
})

/** Bundlers that the repository does not need: installed by the project, as its developer would, and run there. */
const BUNDLERS = {
  webpack: {
    version: '5.112.2',
    // Nothing is said of the player. What is minified takes four times as long, and is no different.
    program: `import webpack from 'webpack'
      const output = { path: process.argv[2] }
      const optimization = { minimize: false }
      webpack({ mode: 'production', entry: './webpack/page.js', output, optimization }, (error, stats) => {
        if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'))
      })`,
    bundle: 'main.js',
  },
  esbuild: {
    version: '0.28.2',
    program: `import { build } from 'esbuild'
      await build({
        entryPoints: {
          page: 'esbuild/page.js',
          'stream-worker': 'rtsp-player/stream-worker.js',
          'sound-worklet': 'rtsp-player/sound-worklet.js',
        },
        bundle: true,
        splitting: true,
        format: 'esm',
        minify: true,
        outdir: process.argv[2],
      })`,
    bundle: 'page.js',
  },
} as const

describe.each(['webpack', 'esbuild'] as const)('a page that %s builds of the package', (name) => {
  it('plays in a worker, with sound, by a strict CSP', async () => {
    const { version, program, bundle } = BUNDLERS[name]
    writePage(name)
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
    mustSucceed(await installed.run('npm', 'install', '--save-exact', ...quiet, `${name}@${version}`))
    writeFileSync(join(installed.project, `${name}.build.js`), program)
    const folder = join(installed.project, `${name}-built`)
    mustSucceed(await installed.run(process.execPath, `${name}.build.js`, folder))
    writeFileSync(join(folder, 'index.html'), html(`<script type="module" src="./${bundle}"></script>`))
    writeIcon(folder)

    const { url } = await serve(folder, policy(''))
    const { page, workers, errors } = await watch(url)
    expect(workers).toEqual([expect.stringMatching(/^http:.*\.js$/)])
    await hear(page)
    expect(errors).toEqual([])
    await page.close()
  })
})

describe('the development server of Vite', () => {
  it('serves the package and its worker', async () => {
    const root = writePage('development')
    const server = await createServer({
      root,
      logLevel: 'error',
      cacheDir: join(root, '.vite'),
      server: { port: ports.pop() ?? 0, host: '127.0.0.1' },
      worker: { format: 'es' },
    })
    servers.push(server)
    await server.listen()
    const { page, workers, errors } = await watch(`${server.resolvedUrls?.local[0]}`)
    expect(workers).toHaveLength(1)
    expect(errors).toEqual([])
    await page.close()
  })
})

describe('a folder of files without a bundler', () => {
  /** What a page needs of the package, and of the packages that it imports by name. */
  function copyModules(): { folder: string; imports: Record<string, string> } {
    const folder = join(installed.project, 'static')
    const modules = join(installed.project, 'node_modules')
    const imports: Record<string, string> = { 'rtsp-player': './modules/rtsp-player/dist/web/index.js' }
    cpSync(join(modules, 'rtsp-player/dist'), join(folder, 'modules/rtsp-player/dist'), { recursive: true })
    for (const name of ['lit', 'lit-html', 'lit-element', '@lit/reactive-element']) {
      const from = join(modules, name)
      cpSync(from, join(folder, 'modules', name), { recursive: true, dereference: true })
      const { main, module } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
      imports[name] = `./modules/${name}/${module ?? main}`
      imports[`${name}/`] = `./modules/${name}/`
    }
    return { folder, imports }
  }

  const mapped = (imports: Record<string, string>) =>
    html(
      `<script type="importmap">${JSON.stringify({ imports })}</script><script type="module">import 'rtsp-player'</script>`,
    )

  it('is enough: an import map names the modules, and the worker is beside them', async () => {
    const { folder, imports } = copyModules()
    writeFileSync(join(folder, 'index.html'), mapped(imports))
    writeIcon(folder)
    const { url } = await serve(folder)
    const { page, workers, errors } = await watch(url)
    expect(workers).toEqual([`${url}modules/rtsp-player/dist/web/playback/stream/stream-worker.js`])
    await hear(page)
    expect(errors).toEqual([])
    await page.close()
  })

  it('may be of another origin, as that of a CDN: then the player works in the page', async () => {
    const { folder, imports } = copyModules()
    const cdn = await serve(folder, () => ({ 'Access-Control-Allow-Origin': '*' }))
    const there = Object.entries(imports).map(([name, path]) => [name, new URL(path, cdn.url).href])
    const page = join(installed.project, 'portal')
    mkdirSync(page, { recursive: true })
    writeFileSync(join(page, 'index.html'), mapped(Object.fromEntries(there)))
    writeIcon(page)
    const { url } = await serve(page)
    const seen = await watch(url)
    expect(seen.workers).toEqual([])
    await hear(seen.page)
    expect(seen.errors).toEqual([])
    await seen.page.close()
  })
})
