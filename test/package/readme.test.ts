import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { launchChromium, openTab, playerIs } from '../support/browser.ts'
import { freePort } from '../support/free-port.ts'
import { type InstalledPackage, installPackage } from '../support/installed-package.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { type RunningProcess, startProcess } from '../support/processes.ts'

/**
 * Somebody who has never seen it, with the README of the package alone: what its "In your page" says is put into the files
 * that it names, and nothing is added but ports that are free.
 */
const SECRET = 'a secret of at least thirty-two bytes'

let installed: InstalledPackage
let camera: Awaited<ReturnType<typeof startCamera>>
let browser: Browser
const programs: RunningProcess[] = []

/** The code of a section, by the file that its first line names: `// server.mjs`, `# bridge.yaml`. */
function filesOf(section: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const [, code = ''] of section.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)) {
    const name = /^(?:\/\/|#|<!--) (?:more of )?([\w.-]+\.\w+|in the page)/.exec(code)?.[1]
    if (name !== undefined) files.set(name, `${files.get(name) ?? ''}${code}`)
  }
  return files
}

beforeAll(async () => {
  ;[installed, browser, camera] = await Promise.all([installPackage(), launchChromium(), startCamera({})])
  installed.link('vite', 'express')
}, 300_000)

afterAll(async () => {
  await browser?.close()
  for (const program of programs.reverse()) await program.stop()
  await camera?.close()
  installed?.remove()
})

describe('the README', () => {
  it('is enough for a page with a camera that wants tickets', async () => {
    const { project } = installed
    const readme = readFileSync(join(project, 'node_modules/rtsp-player/README.md'), 'utf8')
    const section = /^## In your page\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? ''
    const files = filesOf(section)
    expect([...files.keys()].sort()).toEqual([
      'bridge.yaml',
      'in the page',
      'index.html',
      'server.mjs',
      'vite.config.mjs',
    ])
    const [page, tickets, bridge] = [await freePort(), await freePort(), await freePort()]
    const folder = join(project, 'readme')
    mkdirSync(folder)
    const write = (name: string, change: (text: string) => string) => {
      const text = (files.get(name) ?? '').replaceAll(':5173', `:${page}`).replaceAll(':8080', `:${bridge}`)
      writeFileSync(join(folder, name), change(text.replaceAll(/\b3000\b/g, `${tickets}`)))
    }
    write('bridge.yaml', (text) => text.replace('rtsp://192.0.2.10/stream1', camera.url))
    write('index.html', (text) => text.replace("import 'rtsp-player'\n", (line) => line + files.get('in the page')))
    write('server.mjs', (text) => text)
    write('vite.config.mjs', (text) => text)

    const env = { TICKET_SECRET: SECRET, LOBBY_PASSWORD: 'secret' }
    const start = async (program: string, ...args: string[]) => {
      programs.push(await startProcess(process.execPath, [join(project, 'node_modules', program), ...args], { env }))
    }
    const config = join(folder, 'bridge.yaml')
    await start('rtsp-player/dist/bridge/main.js', 'serve', '--config', config, '--port', String(bridge))
    programs.push(await startProcess(process.execPath, [join(folder, 'server.mjs')], { env }))
    await start('vite/bin/vite.js', folder, '--port', String(page))

    const tab = await openTab(browser, `http://localhost:${page}/`)
    await playerIs(tab.page, 'playing', 30_000)
    expect(
      await tab.page.evaluate(async () => typeof (await document.querySelector('rtsp-player')?.getTicket?.())),
    ).toBe('string')
    const frames = (await readFrames(tab.page, FRAME_NUMBER, 10)).map(({ value }) => value)
    expect(frames.slice(1).filter((value, index) => value > (frames[index] ?? 0)).length).toBeGreaterThan(7)
  })
})
