import { readFileSync, writeFileSync } from 'node:fs'
import { join, matchesGlob, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linksOf } from '../../scripts/markdown.js'
import { obstacles } from '../../scripts/release.js'
import { type InstalledPackage, installPackage, mustSucceed } from '../support/installed-package.ts'
import type { ProcessResult } from '../support/processes.ts'

/**
 * The packed tarball, as those who install it get it. Built first by `npm test`; by hand: `npm run build`, then
 * `npx vitest run --project package`.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Bytes of the tarball, clips of the simulated camera included. */
const MOST_BYTES = 4_500_000

const description = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
let installed: InstalledPackage
let tarball = ''
let files: readonly string[] = []
let consumer = ''

const run = (command: string, ...args: string[]): Promise<ProcessResult> => installed.run(command, ...args)

/** A file of the package, as it was installed. */
const read = (path: string): string => readFileSync(join(consumer, 'node_modules/rtsp-player', path), 'utf8')

const evaluate = async (source: string): Promise<unknown> => {
  const result = await run('node', '--input-type=module', '--eval', source)
  mustSucceed(result)
  return JSON.parse(result.stdout)
}

const compile = async (file: string, source: string, ...options: string[]): Promise<void> => {
  writeFileSync(join(consumer, file), source)
  const common = '--noEmit --strict --module NodeNext --target ES2023 --lib ES2023,DOM,DOM.Iterable,DOM.AsyncIterable'
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  mustSucceed(await run('node', tsc, ...common.split(' '), ...options, file))
}

beforeAll(async () => {
  installed = await installPackage()
  ;({ tarball, files, project: consumer } = installed)
}, 300_000)

afterAll(() => installed?.remove())

describe('the tarball', () => {
  test('holds every file that package.json points to', () => {
    const { exports, bin, customElements } = description
    const targets = [...Object.values(exports), bin, customElements].flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>),
    )
    expect(targets.length).toBeGreaterThan(6)
    expect(files).toEqual(expect.arrayContaining(targets.map((path) => path.replace('./', ''))))
  })

  test.each([
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'dist/web/playback/stream/stream-worker.js',
    'dist/bridge/simulated-camera/clip.mp4',
    'dist/page/index.html',
    'dist/page/THIRD-PARTY.txt',
    'dist/custom-elements.json',
    'protocol/errors.ts', // the target of the declaration maps: "go to definition" ends in readable source
  ])('holds %s', (path) => {
    expect(files).toContain(path)
  })

  test('holds no tests, no demo sources, no build notes, and the clip once', () => {
    expect(files.filter((path) => /(^|\/)(test|tests|demo|scripts|bench)\//.test(path))).toEqual([])
    // Examples are projects, with a configuration of their own.
    const own = files.filter((path) => !path.startsWith('examples/'))
    expect(own.filter((path) => /\.test\.|tsbuildinfo|tsconfig|(^|\/)\.[^/]*$/.test(path))).toEqual([])
    expect(files.filter((path) => path.endsWith('.mp4'))).toHaveLength(5)
  })

  test('holds nothing that was built of a source that is gone', () => {
    const built = files.filter((path) => /^dist\/(protocol|web|bridge)\/.*\.js$/.test(path))
    const sources = built.map((path) => path.replace('dist/', '').replace(/\.js$/, '.ts'))
    expect(sources.filter((path) => !files.includes(path))).toEqual([])
  })

  test('is no larger than it has to be', () => {
    expect(installed.size).toBeGreaterThan(100_000)
    expect(installed.size).toBeLessThan(MOST_BYTES)
  })

  test('holds no documentation that was built, nor anything else beside the parts that are known', () => {
    const known =
      /^(dist\/(protocol|web|bridge|page)\/|dist\/custom-elements\.json$|protocol\/|web\/|bridge\/|docs\/|examples\/|deploy\/|[^/]+$)/
    expect(files.filter((path) => !known.test(path))).toEqual([])
    expect(files.filter((path) => /^(docs\/site|examples\/.*\/(dist|node_modules))\//.test(path))).toEqual([])
  })

  test('holds what its README leads to, and the guides from there', () => {
    const pages = files.filter((path) => /^(README\.md|docs\/(index|guides\/[a-z-]+)\.md)$/.test(path))
    expect(pages.length).toBeGreaterThan(6)
    const folders = new Set(files.map((path) => posix.dirname(path)))
    const dead = pages.flatMap((page) =>
      linksOf(read(page)).filter((link) => {
        const target = posix.join(posix.dirname(page), link.split('#')[0] ?? '')
        const isThere = files.includes(target) || [...folders].some((folder) => `${folder}/`.startsWith(`${target}/`))
        return !/^(https?|mailto):|^#/.test(link) && !isThere
      }),
    )
    expect(dead).toEqual([])
  })

  test('has a source map for each module, that leads to a source which is there', () => {
    const modules = files.filter((path) => /^dist\/(protocol|web|bridge)\/.*\.js$/.test(path))
    expect(modules.length).toBeGreaterThan(100)
    const lost = modules.filter((path) => {
      const { sources } = JSON.parse(read(`${path}.map`)) as { sources: string[] }
      return sources.some((source) => !files.includes(posix.join(posix.dirname(path), source)))
    })
    expect(lost).toEqual([])
  })

  test('says of each module that does something by being imported that it does', () => {
    const modules = files.filter((path) => /^(dist\/web\/.*\.js|web\/.*(?<!\.d)\.ts)$/.test(path))
    const effective = modules.filter((path) => /\bcustomElements\.define\(|\bregisterProcessor\(/.test(read(path)))
    expect(effective.length).toBeGreaterThan(4)
    const covered = (path: string) => description.sideEffects.some((glob: string) => matchesGlob(path, glob.slice(2)))
    expect(effective.filter((path) => !covered(path))).toEqual([])
  })

  test('names the licence of each package that is in the page, and no others', () => {
    const notices = read('dist/page/THIRD-PARTY.txt')
    const named = [...notices.matchAll(/^((?:@[\w.-]+\/)?[\w.-]+) \d+\.\d+\.\d+\S* \(.+\)$/gm)].map(
      ([, name = '']) => name,
    )
    expect(named).toEqual(expect.arrayContaining(['lit', 'lit-html', '@lit/reactive-element', '@noble/hashes']))
    expect(named.filter((name) => /^(vite|ws|pino|react|vue)$/.test(name))).toEqual([])
    expect(notices.match(/Copyright/g)?.length).toBeGreaterThanOrEqual(named.length)
  })

  test('satisfies publint', async () => {
    mustSucceed(await run('node', join(ROOT, 'node_modules/publint/src/cli.js'), 'run', tarball, '--strict'))
  })

  test('has types that resolve the way its modules do (attw, profile esm-only)', async () => {
    const cli = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    mustSucceed(await run('node', cli, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'))
  })
})

describe('the installed package', () => {
  test('is imported in Node, the web component too, as a server that renders pages does', async () => {
    const modules = Object.keys(description.exports)
      .filter((entry) => !entry.endsWith('.json') && !entry.endsWith('worklet.js'))
      .map((entry) => entry.replace('.', 'rtsp-player'))
    expect(modules).toContain('rtsp-player/stream-worker.js')
    const names = await evaluate(`
      const names = {}
      for (const entry of ${JSON.stringify(modules)}) {
        names[entry] = Object.keys(await import(entry))
      }
      console.log(JSON.stringify(names))`)
    expect(names).toMatchObject({
      'rtsp-player': expect.arrayContaining(['RtspPlayer']),
      'rtsp-player/protocol': expect.arrayContaining(['ProtocolError', 'PROTOCOL_ERROR_CODES']),
      'rtsp-player/bridge': expect.any(Array),
    })
  })

  test('gives its types to a TypeScript program, strict and without skipLibCheck', async () => {
    await compile(
      'page.ts',
      `import { RtspPlayer, type PlayerStateName } from 'rtsp-player'
       import { ProtocolError, type ProtocolErrorCode } from 'rtsp-player/protocol'
       import 'rtsp-player/wall'
       const player: RtspPlayer = document.createElement('rtsp-player')
       player.src = 'lobby'
       player.getTicket = async () => 'ticket'
       player.addEventListener('statechange', ({ detail }) => { const name: PlayerStateName = detail.name; void name })
       player.addEventListener('click', ({ clientX }) => clientX.toFixed())
       document.querySelector('rtsp-player')?.play().catch(() => undefined)
       export const code = (error: unknown): ProtocolErrorCode | undefined =>
         error instanceof ProtocolError ? error.code : undefined
       // @ts-expect-error a stream is a name, not a number
       player.src = 1
       // @ts-expect-error this event has no such detail
       player.addEventListener('stale', ({ detail }) => detail.name)
      `,
    )
  })

  test('gives its types to JSX of React 19', async () => {
    installed.lend('react', '@types/react', 'csstype')
    await compile(
      'page.tsx',
      `import type { RtspPlayer } from 'rtsp-player'
       import type {} from 'rtsp-player/react'
       import { createRef } from 'react'
       const player = createRef<RtspPlayer>()
       export const pages = [
         <rtsp-player ref={player} src="lobby" bridge="/" latency="low" volume={0.5} autoplay muted className="camera"
           getTicket={async () => 'ticket'} onstatechange={({ detail }) => detail.name} onplaying={() => undefined} />,
         // @ts-expect-error a stream is a name, not a number
         <rtsp-player src={1} />,
         // @ts-expect-error what nobody may set
         <rtsp-player videoWidth={1} />,
         // @ts-expect-error methods are none
         <rtsp-player play={() => undefined} />,
         // @ts-expect-error no such attribute
         <rtsp-player sources="lobby" />,
       ]
      `,
      ...['--jsx', 'react-jsx', '--skipLibCheck'],
    )
  })

  test('gives its types to templates of Vue 3', async () => {
    installed.lend('vue', '@vue')
    await compile(
      'template.ts',
      `import type {} from 'rtsp-player/vue'
       import type { GlobalComponents } from 'vue'
       type Player = InstanceType<GlobalComponents['rtsp-player']>
       export const props: Player['$props'] = { src: 'lobby', getTicket: async () => 'ticket', muted: true, class: 'camera' }
       export const told = (player: Player) => { player.$emit('playing', new Event('playing')); return player.state }
       // @ts-expect-error a stream is a name, not a number
       export const wrong: Player['$props'] = { src: 1 }
      `,
      '--skipLibCheck',
    )
  })

  test('describes its elements for editors, by paths that are there', () => {
    const manifest = JSON.parse(read(description.customElements))
    expect(manifest.schemaVersion).toBe('1.0.0')
    const tags = manifest.modules.flatMap(({ declarations }: { declarations: { tagName: string }[] }) =>
      declarations.map(({ tagName }) => tagName),
    )
    expect(tags).toEqual(expect.arrayContaining(['rtsp-player', 'rtsp-wall']))
    const paths = [...JSON.stringify(manifest).matchAll(/"(?:path|module)":"([^"]+)"/g)].map(([, path = '']) => path)
    expect(paths.filter((path) => !files.includes(path))).toEqual([])
    expect(JSON.stringify(manifest)).not.toContain('"privacy":"private"')
  })

  test('has a command that helps', async () => {
    const help = await run(join(consumer, 'node_modules/.bin/rtsp-bridge'), '--help')
    mustSucceed(help)
    expect(help.stdout).toMatch(/serve[\s\S]*camera/)
    for (const command of ['serve', 'camera']) {
      const result = await run(join(consumer, 'node_modules/.bin/rtsp-bridge'), command, '--help')
      mustSucceed(result)
      expect(result.stdout).toContain('--port')
    }
  })
})

describe('a release', () => {
  const ready = {
    description: { version: '1.2.3', repository: 'owner/name' },
    changelog: '# Changelog\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- Much.\n\n## [1.2.2] - 2026-11-01\n',
    status: '',
    tags: ['v1.2.3'],
  }

  test('may be published', () => expect(obstacles(ready)).toEqual([]))

  test.each([
    ['without a semantic version', { description: { version: '1.2', repository: '…' } }, /not a semantic version/],
    ['without an entry', { changelog: '# Changelog\n\n## [1.2.2] - 2026-11-01\n' }, /no entry for 1.2.3/],
    ['without a date', { changelog: '## [1.2.3] - unreleased\n' }, /no date/],
    ['without a repository', { description: { version: '1.2.3' } }, /no repository/],
    ['with changes', { status: ' M README.md' }, /in no commit/],
    ['without its tag', { tags: [''] }, /no tag v1.2.3/],
  ])('may not %s', (_case, change, words) => {
    expect(obstacles({ ...ready, ...change })).toContainEqual(expect.stringMatching(words))
  })
})
