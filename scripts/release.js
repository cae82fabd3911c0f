/**
 * `npm run release`: checks that the version may be published, builds, packs, and says what would be published. With
 * `-- --publish`, in a continuous integration on the tag of the version, it publishes with provenance. docs/releasing.md
 * has the steps.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { build } from './build.js'
import { Failure, isMain, mustSucceed, ROOT, run, runMain, step } from './steps.js'

const HELP = `npm run release [-- --publish]

Checks version, changelog and working tree, builds, and packs. Nothing is published without --publish.
`

/**
 * The entry of a version in the changelog.
 * @param {string} changelog
 * @param {string} version
 * @returns {{ date: string, text: string } | undefined} `date` is `unreleased` until there is one
 */
export const entryOf = (changelog, version) => {
  const [, ...entries] = changelog.split(/^## /m)
  const entry = entries.find((text) => text.startsWith(`[${version}]`))
  if (entry === undefined) return undefined
  const [heading = '', ...lines] = entry.split('\n')
  return { date: heading.split(' - ')[1]?.trim() ?? '', text: lines.join('\n').trim() }
}

/**
 * What keeps a version from being published, in sentences.
 * @param {object} state
 * @param {{ version: string, repository?: unknown, private?: boolean }} state.description package.json
 * @param {string} state.changelog
 * @param {string} state.status of git, one line a changed file
 * @param {readonly string[]} state.tags of the commit
 */
export const obstacles = ({ description, changelog, status, tags }) => {
  const { version, repository } = description
  const entry = entryOf(changelog, version)
  const found = []
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) found.push(`${version} is not a semantic version.`)
  if (entry === undefined) found.push(`CHANGELOG.md has no entry for ${version}.`)
  else if (!/^\d{4}-\d{2}-\d{2}$/.test(entry.date)) found.push(`The entry of ${version} in CHANGELOG.md has no date.`)
  if (description.private) found.push('package.json says that the package is private.')
  if (repository === undefined) found.push('package.json names no repository, against which provenance is checked.')
  if (status !== '') found.push('The working tree has changes that are in no commit.')
  if (!tags.includes(`v${version}`)) found.push(`This commit has no tag v${version}.`)
  return found
}

/** @param {readonly string[]} args */
const git = async (...args) => {
  const outcome = await run('git', args)
  mustSucceed(outcome, `git ${args[0]}`)
  return outcome.output.trim()
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const { values } = parseArgs({ options: { publish: { type: 'boolean' }, help: { type: 'boolean' } } })
    if (values.help) {
      console.log(HELP)
      return
    }
    const description = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
    const found = obstacles({
      description,
      changelog: readFileSync(`${ROOT}/CHANGELOG.md`, 'utf8'),
      status: await git('status', '--porcelain'),
      tags: (await git('tag', '--points-at', 'HEAD')).split('\n'),
    })
    for (const obstacle of found) console.log(`- ${obstacle}`)
    if (values.publish && found.length > 0) throw new Failure('Not published.')
    if (values.publish && process.env.CI === undefined) {
      throw new Failure('Provenance comes from a continuous integration: publish there. See docs/releasing.md.')
    }

    await build()
    const flags = ['--provenance', '--access', 'public', '--ignore-scripts']
    await step(values.publish ? 'Publishing' : 'Packing', async () => {
      // Without provenance where nothing is published: it cannot be had outside of a continuous integration.
      const args = values.publish ? ['publish', ...flags] : ['pack', '--dry-run', '--ignore-scripts']
      const outcome = await run('npm', args)
      mustSucceed(outcome, `npm ${args[0]}`)
      const figures = outcome.output.split('\n').filter((line) => /(package|unpacked) size|total files/.test(line))
      console.log(`\n${figures.join('\n')}`)
    })
    const name = `${description.name} ${description.version}`
    if (values.publish) console.log(`${name} is published.`)
    else console.log(`${name} would be published${found.length > 0 ? ', were it not for what is said above' : ''}.`)
  })
}
