import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/**
 * The import graph is the architecture. This file holds its rules; when one fails, either the import is wrong or the
 * architecture has changed, and then the table below is where to say so.
 */

/** Sources by path from the root of the repository. */
type Sources = ReadonlyMap<string, string>

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What each part may import beside itself: other parts, and packages. */
const PARTS: Readonly<Record<string, { parts: readonly string[]; packages: RegExp }>> = {
  protocol: { parts: [], packages: /^@noble\/hashes\// },
  // React and Vue: the types of `web/frameworks`.
  web: { parts: ['protocol'], packages: /^(lit|media-chrome)($|\/)|^(react|vue)$/ },
  bridge: { parts: ['protocol'], packages: /^(node:|(ws|yaml|valibot|jose|pino|prom-client)$)/ },
}

/** Files that every stage may see: they are the ground, or the types of what the stages hand to each other. */
const GROUND = ['bytes', 'deviation.ts', 'errors.ts', 'limits.ts', 'part.ts', 'units.ts', 'depacketizer/access-unit.ts']

/** What each folder of `protocol/` may import beside itself and the ground. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  transport: [],
  rtsp: ['transport'],
  sdp: [],
  rtcp: [],
  rtp: ['rtcp'],
  codec: [],
  sound: ['codec'],
  depacketizer: ['rtp', 'codec', 'sdp', 'sound'],
  packetizer: ['rtp', 'codec', 'sound'],
  fmp4: ['codec'],
  track: ['sdp', 'rtp', 'rtcp', 'codec', 'depacketizer', 'fmp4', 'sound'],
}

/** These see all of `protocol/`: the composition and the public API. */
const COMPOSITION = [
  'pipeline.ts',
  'pipeline-interface.ts',
  'pipeline-of-all-formats.ts',
  'pipeline-setup.ts',
  'index.ts',
]

/** What only one platform has. `protocol/` runs in a page, in a worker and in Node. */
const PLATFORM = /\b(Buffer|document|window|MediaSource|SourceBuffer|WebSocket|process|require|XMLHttpRequest)\b(?!')/

const sourcesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return sourcesUnder(path)
    return path.endsWith('.ts') ? [path] : []
  })

const readSources = (): Sources =>
  new Map(
    Object.keys(PARTS)
      .flatMap(sourcesUnder)
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  )

/** Source text without comments; strings stay, since module names are strings. */
const withoutComments = (text: string): string =>
  text.replace(/(\/\*[\s\S]*?\*\/)|('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\/[^\n]*/g, '$2')

/** Source text without comments and strings: names only. */
const namesOf = (text: string): string => withoutComments(text).replace(/'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, "''")

/** The module names that a source imports or exports from, values and types alike. */
const importsOf = (text: string): string[] => {
  const found = withoutComments(text).matchAll(
    /^\s*(?:import|export)\b(?:[^'";]*?\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? '')
}

/** The path that a relative module name means; undefined for a package. */
const resolve = (from: string, name: string): string | undefined =>
  name.startsWith('.') ? normalize(join(dirname(from), name)).replace(/\.js$/, '.ts') : undefined

const [partOf, stageOf] = [0, 1].map((depth) => (path: string) => path.split('/')[depth] ?? '') as [
  (path: string) => string,
  (path: string) => string,
]

const isGround = (path: string): boolean =>
  GROUND.some((ground) => path === `protocol/${ground}` || path.startsWith(`protocol/${ground}/`))

const violationsBetweenParts = (sources: Sources): string[] =>
  [...sources].flatMap(([path, text]) =>
    importsOf(text).flatMap((name) => {
      const rule = PARTS[partOf(path)]
      const target = resolve(path, name)
      if (rule === undefined) return [`${path}: in no part of the architecture`]
      if (target === undefined) return rule.packages.test(name) ? [] : [`${path} imports ${name}`]
      const allowed = partOf(target) === partOf(path) || rule.parts.includes(partOf(target))
      return allowed ? [] : [`${path} imports ${target}`]
    }),
  )

const violationsBetweenStages = (sources: Sources): string[] =>
  [...sources].flatMap(([path, text]) => {
    if (partOf(path) !== 'protocol' || COMPOSITION.includes(stageOf(path))) return []
    return importsOf(text).flatMap((name) => {
      const target = resolve(path, name)
      if (target === undefined || isGround(target) || stageOf(target) === stageOf(path)) return []
      return STAGES[stageOf(path)]?.includes(stageOf(target)) ? [] : [`${path} imports ${target}`]
    })
  })

/** Each circle once, as the paths along it. */
const circles = (sources: Sources): string[] => {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const name of importsOf(sources.get(path) ?? '')) {
      const target = resolve(path, name)
      if (target !== undefined) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}

const platformNames = (sources: Sources): string[] =>
  [...sources].flatMap(([path, text]) => {
    const name = partOf(path) === 'protocol' ? PLATFORM.exec(namesOf(text))?.[1] : undefined
    return name === undefined ? [] : [`${path} uses ${name}`]
  })

const grabBags = (paths: Iterable<string>): string[] =>
  [...paths].filter((path) => /(^|\/|-)(utils?|helpers?|common|misc)(\/|\.|-)/i.test(path))

const missingTargets = (sources: Sources): string[] =>
  [...sources].flatMap(([path, text]) =>
    importsOf(text).flatMap((name) => {
      const target = resolve(path, name)
      return target === undefined || sources.has(target) || existsSync(join(ROOT, target)) ? [] : [`${path}: ${target}`]
    }),
  )

describe('the sources', () => {
  const sources = readSources()

  test('are found, and so are the files that they import', () => {
    expect(sources.size).toBeGreaterThan(10)
    expect([...sources.values()].flatMap(importsOf).length).toBeGreaterThan(10)
    expect(missingTargets(sources)).toEqual([])
  })

  test('import only what their part may: web and bridge see protocol, protocol sees neither', () => {
    expect(violationsBetweenParts(sources)).toEqual([])
  })

  test('of a stage of protocol import only the stages that it may know', () => {
    expect(violationsBetweenStages(sources)).toEqual([])
  })

  test('import each other in no circle, values or types', () => {
    expect(circles(sources)).toEqual([])
  })

  test('of protocol use nothing that only a browser or only Node has', () => {
    expect(platformNames(sources)).toEqual([])
  })

  test('have names that say what is in them', () => {
    expect(grabBags(sources.keys())).toEqual([])
  })

  test('use every dependency of package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const used = [...sources.values()].flatMap(importsOf)
    const unused = Object.keys(dependencies).filter(
      (name) => !used.some((module) => `${module}/`.startsWith(`${name}/`)),
    )
    expect(unused).toEqual([])
  })

  test('of protocol lie in stages that the table above knows', () => {
    const stages = new Set(
      [...sources.keys()].filter((path) => path.split('/').length > 2 && partOf(path) === 'protocol').map(stageOf),
    )
    expect([...stages].filter((stage) => STAGES[stage] === undefined)).toEqual([])
  })
})

describe('these rules notice', () => {
  const source = (path: string, text: string): Sources => new Map([[path, text]])

  test.each([
    ['protocol/rtsp/a.ts', "import { x } from '../../bridge/b.ts'"],
    ['protocol/rtsp/a.ts', "import type { x } from '../../web/b.ts'"],
    ['protocol/rtsp/a.ts', "import { createHash } from 'node:crypto'"],
    ['protocol/rtsp/a.ts', "export * from 'ws'"],
    ['web/a.ts', "import '../bridge/server.ts'"],
    ['web/a.ts', "const b = await import('node:fs')"],
    ['bridge/a.ts', "import {\n  x,\n  y,\n} from '../web/b.ts'"],
    ['bridge/a.ts', "import { LitElement } from 'lit'"],
  ])('an import from another part or an unknown package: %s: %s', (path, text) => {
    expect(violationsBetweenParts(source(path, text))).toHaveLength(1)
  })

  test.each([
    ['protocol/rtsp/a.ts', "import { parse } from '../rtp/packet.ts'"],
    ['protocol/depacketizer/a.ts', "import type { M } from '../rtsp/message.ts'"],
    ['protocol/codec/a.ts', "import '../rtp/packet.ts'"],
    ['protocol/fmp4/a.ts', "export type { M } from '../rtsp/message.ts'"],
    ['protocol/fmp4/a.ts', "import '../rtp/packet.ts'"],
    ['protocol/bytes/a.ts', "import '../transport/byte-transport.ts'"],
    ['protocol/errors.ts', "import '../protocol/rtsp/message.ts'"],
    ['protocol/rtp/a.ts', "import '../pipeline.ts'"],
  ])('a stage that knows too much: %s: %s', (path, text) => {
    expect(violationsBetweenStages(source(path, text))).toHaveLength(1)
  })

  test('a circle, of types too, and through several files', () => {
    const sources = new Map([
      ['protocol/rtp/a.ts', "import type { B } from './b.ts'"],
      ['protocol/rtp/b.ts', "import { c } from './c.ts'"],
      ['protocol/rtp/c.ts', "export type { A } from './a.ts'"],
    ])
    expect(circles(sources)).toEqual(['protocol/rtp/a.ts → protocol/rtp/b.ts → protocol/rtp/c.ts → protocol/rtp/a.ts'])
  })

  test('a platform name, but not one in a comment or a string', () => {
    expect(platformNames(source('protocol/a.ts', 'const b = Buffer.from(a)'))).toEqual(['protocol/a.ts uses Buffer'])
    expect(platformNames(source('protocol/a.ts', 'globalThis.document?.title'))).toHaveLength(1)
    expect(
      platformNames(source('protocol/a.ts', "// no Buffer\n/* nor window */ throw new E('no WebSocket')")),
    ).toEqual([])
    expect(platformNames(source('web/a.ts', 'document.title'))).toEqual([])
  })

  test('a grab-bag by its name', () => {
    expect(grabBags(['protocol/utils/a.ts', 'web/helpers.ts', 'bridge/http-util.ts', 'web/misc/a.ts'])).toHaveLength(4)
    expect(grabBags(['protocol/rtsp/message.ts', 'web/community/a.ts'])).toEqual([])
  })

  test('but not what is allowed, nor an import in a comment', () => {
    const sources = new Map([
      ['protocol/depacketizer/a.ts', "import '../rtp/packet.ts'\nimport type { U } from '../units.ts'"],
      ['protocol/fmp4/a.ts', "import type { A } from '../depacketizer/access-unit.ts'"],
      ['protocol/rtsp/a.ts', "// import '../rtp/packet.ts'\nimport { md5 } from '@noble/hashes/legacy.js'"],
      ['bridge/a.ts', "import { x } from '../protocol/index.ts'\nimport { WebSocketServer } from 'ws'"],
      ['web/a.ts', "import { html } from 'lit'"],
    ])
    expect(violationsBetweenParts(sources)).toEqual([])
    expect(violationsBetweenStages(sources)).toEqual([])
  })
})
