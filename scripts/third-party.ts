import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** The file beside the page that says whose work is in it. */
export const NOTICES = 'THIRD-PARTY.txt'

interface PackageDescription {
  readonly name: string
  readonly version: string
  readonly license: string
  /** The folder that it is installed in. */
  readonly folder: string
}

/**
 * Writes the licences of the packages that are bundled into the page, which most of them ask for. Found by what is in the
 * bundle, so that none is forgotten and none is named that is not there.
 */
export const thirdPartyNotices = (): Plugin => ({
  name: 'third-party-notices',
  apply: 'build',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
    const packages = new Map<string, PackageDescription>()
    for (const id of modules) {
      const description = packageOf(id)
      if (description) packages.set(`${description.name}@${description.version}`, description)
    }
    const notices = [...packages.keys()].sort().map((key) => noticeOf(packages.get(key)))
    this.emitFile({ type: 'asset', fileName: NOTICES, source: notices.join(`\n${'-'.repeat(78)}\n\n`) })
  },
})

/** The package that a module is of; undefined for those of this repository and those that the bundler makes. */
function packageOf(id: string): PackageDescription | undefined {
  const path = id.split('?')[0] ?? id
  const root = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
  if (root === undefined || path.startsWith('\0') || !existsSync(join(root, 'package.json'))) return undefined
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return { name, version, license, folder: root }
}

function noticeOf(description: PackageDescription | undefined): string {
  if (!description) return ''
  const { name, version, license, folder } = description
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry))
  const text = file === undefined ? 'The package has no text of its licence.' : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version} (${license})\n\n${text.trim()}\n`
}
