import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ProcessResult, runProcess } from '../support/processes.ts'

/**
 * The packed tarball, as those who install it get it. Built first by `npm test`; by hand: `npm run build`, then
 * `npx vitest run --project package`.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rtsp-player-package-'))
const consumer = join(folder, 'consumer')

let tarball = ''
let files: string[] = []

/** Runs a program in the consumer's folder. */
const run = (command: string, ...args: string[]): Promise<ProcessResult> =>
  runProcess(command, args, { cwd: consumer, timeout: 60_000 })

/** Fails with the output of the program, not with a bare exit code. */
const expectSuccess = ({ code, stdout, stderr }: ProcessResult): void => {
  expect(code, `${stdout}\n${stderr}`).toBe(0)
}

const evaluate = async (source: string): Promise<unknown> => {
  const result = await run('node', '--input-type=module', '--eval', source)
  expectSuccess(result)
  return JSON.parse(result.stdout)
}

beforeAll(async () => {
  mkdirSync(consumer)
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const packed = await runProcess('npm', args, { cwd: ROOT, timeout: 60_000 })
  expectSuccess(packed)
  const [report] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }]
  tarball = join(folder, report.filename)
  files = report.files.map(({ path }) => path)

  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  expectSuccess(await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball))
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

describe('the tarball', () => {
  test('holds every file that package.json points to', () => {
    const { exports, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const targets = [...Object.values(exports), bin].flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>),
    )
    expect(targets.length).toBeGreaterThan(6)
    expect(files).toEqual(expect.arrayContaining(targets.map((path) => path.replace('./', ''))))
  })

  test.each([
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'dist/web/playback/stream-worker.js',
    'dist/bridge/simulated-camera/clip.mp4',
    'dist/page/index.html',
    'protocol/errors.ts', // the target of the declaration maps: "go to definition" ends in readable source
  ])('holds %s', (path) => {
    expect(files).toContain(path)
  })

  test('holds no tests, no demo sources, no build notes, and the clip once', () => {
    expect(files.filter((path) => /(^|\/)(test|tests|demo|scripts)\//.test(path))).toEqual([])
    expect(files.filter((path) => /\.test\.|tsbuildinfo|tsconfig|(^|\/)\.[^/]*$/.test(path))).toEqual([])
    expect(files.filter((path) => path.endsWith('.mp4'))).toHaveLength(5)
  })

  test('holds nothing that was built of a source that is gone', () => {
    const built = files.filter((path) => /^dist\/(protocol|web|bridge)\/.*\.js$/.test(path))
    const sources = built.map((path) => path.replace('dist/', '').replace(/\.js$/, '.ts'))
    expect(sources.filter((path) => !files.includes(path))).toEqual([])
  })

  test('satisfies publint', async () => {
    expectSuccess(await run('node', join(ROOT, 'node_modules/publint/src/cli.js'), 'run', tarball, '--strict'))
  })

  test('has types that resolve the way its modules do (attw, profile esm-only)', async () => {
    const cli = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    expectSuccess(await run('node', cli, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'))
  })
})

describe('the installed package', () => {
  test('is imported in Node, the web component too, as a server that renders pages does', async () => {
    const names = await evaluate(`
      const names = {}
      for (const entry of ['rtsp-player', 'rtsp-player/protocol', 'rtsp-player/bridge']) {
        names[entry] = Object.keys(await import(entry))
      }
      console.log(JSON.stringify(names))`)
    expect(names).toEqual({
      'rtsp-player': expect.arrayContaining(['RtspPlayer']),
      'rtsp-player/protocol': expect.arrayContaining(['ProtocolError', 'PROTOCOL_ERROR_CODES']),
      'rtsp-player/bridge': expect.any(Array),
    })
  })

  test('gives its types to a TypeScript program, strict and without skipLibCheck', async () => {
    writeFileSync(
      join(consumer, 'page.ts'),
      `import { RtspPlayer } from 'rtsp-player'
       import { ProtocolError, type ProtocolErrorCode } from 'rtsp-player/protocol'
       const player: RtspPlayer = document.createElement('rtsp-player')
       player.src = 'lobby'
       export const code = (error: unknown): ProtocolErrorCode | undefined =>
         error instanceof ProtocolError ? error.code : undefined
       // @ts-expect-error a stream is a name, not a number
       player.src = 1
      `,
    )
    const options =
      '--noEmit --strict --module NodeNext --target ES2023 --lib ES2023,DOM,DOM.Iterable,DOM.AsyncIterable'
    expectSuccess(await run('node', join(ROOT, 'node_modules/typescript/bin/tsc'), ...options.split(' '), 'page.ts'))
  })

  test('has a command that helps', async () => {
    const help = await run(join(consumer, 'node_modules/.bin/rtsp-bridge'), '--help')
    expectSuccess(help)
    expect(help.stdout).toMatch(/serve[\s\S]*camera/)
    for (const command of ['serve', 'camera']) {
      const result = await run(join(consumer, 'node_modules/.bin/rtsp-bridge'), command, '--help')
      expectSuccess(result)
      expect(result.stdout).toContain('--port')
    }
  })
})
