import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts'
import { launchChromium, openTab, playerIs } from '../support/browser.ts'
import { type CountedCamera, startCountedCamera } from '../support/counted-camera.ts'
import { freePort } from '../support/free-port.ts'
import { type InstalledPackage, installPackage, mustSucceed } from '../support/installed-package.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { type RunningProcess, runProcess, startProcess } from '../support/processes.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PORTAL = join(ROOT, 'examples/portal')
const TICKET_SECRET = 'a secret of at least thirty-two bytes'

let installed: InstalledPackage
let camera: CountedCamera
let bridge: BridgeProcess
let portal: RunningProcess
let portalUrl: string
let browser: Browser
const pages = () => join(installed.project, 'pages')

beforeAll(async () => {
  installed = await installPackage()
  installed.lend('react', 'react-dom', 'scheduler', '@types/react', '@types/react-dom', 'csstype', 'vue', '@vue')
  // Of Vue's types.
  installed.lend('@babel/types', '@babel/parser')
  installed.link('vite')
  ;[browser, camera] = await Promise.all([launchChromium(), startCountedCamera()])
  const port = await freePort()
  portalUrl = `http://127.0.0.1:${port}/`
  bridge = await startBridgeProcess({
    config: join(PORTAL, 'bridge.yaml'),
    env: {
      TICKET_SECRET,
      PORTAL: new URL(portalUrl).origin,
      ENTRANCE_URL: camera.url,
      CAMERA_USER: 'viewer',
      CAMERA_PASSWORD: 'secret',
      YARD_URL: camera.url,
    },
  })
  portal = await startProcess(process.execPath, [join(PORTAL, 'server.js')], {
    env: { PORT: String(port), BRIDGE: `ws://127.0.0.1:${bridge.port}`, PAGE: pages(), TICKET_SECRET },
  })
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await portal?.stop()
  await bridge?.process.stop()
  await camera?.close()
  installed?.remove()
})

/** The example as npm would have it: a project whose rtsp-player is the one of the tarball. */
async function project(name: string): Promise<string> {
  const folder = join(installed.project, name)
  cpSync(join(ROOT, 'examples', name), folder, { recursive: true })
  return folder
}

async function checkTypes(folder: string): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  mustSucceed(await installed.run(process.execPath, tsc, '-p', folder))
}

async function buildExample(folder: string, name: string): Promise<void> {
  process.env['VITE_BRIDGE'] = `ws://127.0.0.1:${bridge.port}`
  // Vitest says `test`, and then frameworks give their development builds.
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  await build({
    root: folder,
    base: `/${name}/`,
    logLevel: 'warn',
    mode: 'production',
    build: { outDir: join(pages(), name), emptyOutDir: true },
  })
  process.env['NODE_ENV'] = NODE_ENV
}

/** Logs in, and sees moving pictures of the simulated camera. */
async function watch(name: string): Promise<void> {
  const { page, errors } = await openTab(browser, 'about:blank')
  await page.goto(`${portalUrl}${name}/`)
  const logIn = page.getByRole('button', { name: 'Log in' })
  await logIn.click({ timeout: 10_000 }).catch((cause) => {
    throw new Error(`The page shows nothing: ${errors.join('; ')}`, { cause })
  })
  // The log-in leads to the portal's first page, which is not here.
  await page.goto(`${portalUrl}${name}/`)
  errors.length = 0
  await playerIs(page, 'playing')
  const frames = (await readFrames(page, FRAME_NUMBER, 20)).map(({ value }) => value)
  // A number a picture, one after the other; some may not have been shown.
  const steps = frames.slice(1).map((value, index) => value - (frames[index] ?? 0))
  expect(steps.filter((step) => step >= 1 && step < 10).length).toBeGreaterThan(16)
  // The framework was told by the event.
  await expect.poll(() => page.locator('figcaption').textContent()).toBe('entrance: playing')
  // And tells the element by the property.
  await page.getByLabel('Camera').selectOption('yard')
  await page.waitForFunction(() => document.querySelector('rtsp-player')?.src === 'yard')
  await expect.poll(() => page.locator('figcaption').textContent(), { timeout: 15_000 }).toBe('yard: playing')
  // Nothing secret in the document.
  expect(await page.content()).not.toMatch(/eyJ|ticket="/)
  expect(errors).toEqual([])
  await page.close()
}

/** The repository has no Svelte: npm installs the example, with its own bundler, as those who copy it would. */
describe('the example of svelte', () => {
  it('shows a camera with tickets, in a page with a strict CSP', async () => {
    const folder = await project('svelte')
    const description = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    description.dependencies['rtsp-player'] = `file:${installed.tarball}`
    // What checks its types takes longer than all the rest.
    for (const name of ['svelte-check', 'typescript']) delete description.devDependencies[name]
    writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
    // Where NODE_ENV is `production`, npm would leave the bundler out.
    const quiet = ['--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
    mustSucceed(await installed.run('npm', 'install', '--prefix', folder, ...quiet))
    const vite = join(folder, 'node_modules/vite/bin/vite.js')
    const built = await runProcess(
      process.execPath,
      [vite, 'build', '--base', '/svelte/', '--outDir', join(pages(), 'svelte')],
      {
        cwd: folder,
        env: { VITE_BRIDGE: `ws://127.0.0.1:${bridge.port}`, NODE_ENV: 'production' },
        timeout: 120_000,
      },
    )
    mustSucceed(built)
    await watch('svelte')
  }, 180_000)
})

describe.each(['react', 'vue'])('the example of %s', (name) => {
  it('has types that a strict compiler takes', async () => {
    await checkTypes(await project(name))
  })

  it('shows a camera with tickets, in a page with a strict CSP', async () => {
    await buildExample(await project(name), name)
    await watch(name)
  })

  it('asks for the versions that are tested here', () => {
    const versions = (path: string): Record<string, string> => {
      const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
      return { ...devDependencies, ...dependencies }
    }
    const { 'rtsp-player': own, ...others } = versions(`examples/${name}/package.json`)
    expect(own).toBe('file:../..')
    expect(versions('package.json')).toMatchObject(others)
  })
})
