/** The packages of package-lock.json in node_modules, installed only where they are not there yet. */
import { readFileSync } from 'node:fs'
import { Failure, ROOT, run, step } from './steps.js'

/** @typedef {Record<string, { version?: string, optional?: boolean }>} LockedPackages */

/**
 * @param {string} path
 * @returns {LockedPackages | undefined}
 */
const readLock = (path) => {
  try {
    return JSON.parse(readFileSync(`${ROOT}/${path}`, 'utf8')).packages
  } catch {
    return undefined // missing or cut short: not installed
  }
}

/** Does node_modules hold what package-lock.json asks for? npm notes what it installed when it is done with all. */
const areInstalled = () => {
  const wanted = readLock('package-lock.json')
  const present = readLock('node_modules/.package-lock.json')
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(
    // Optional packages are those of other platforms, mostly. The empty path is this package itself.
    ([path, { version, optional }]) => path === '' || optional === true || present[path]?.version === version,
  )
}

const NO_NETWORK = /\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/

export const installDependencies = async () => {
  if (areInstalled()) return
  await step('Installing dependencies (npm ci)', async () => {
    const args = ['ci', '--no-audit', '--no-fund']
    // Under `npm start` this is the very npm that was called; else the one on the PATH.
    const npm = process.env.npm_execpath
    const { code, output } = npm?.endsWith('.js') ? await run(process.execPath, [npm, ...args]) : await run('npm', args)
    if (code === 0) return
    if (NO_NETWORK.test(output)) {
      const reason = /^npm error.*failed, reason: (.*)$/m.exec(output)?.[1] ?? NO_NETWORK.exec(output)?.[0]
      throw new Failure(
        `The npm registry cannot be reached (${reason}), and the dependencies are not installed yet.\nConnect this machine, or set its proxy (npm config set proxy URL), and try again.`,
      )
    }
    throw new Failure(`npm ci failed (exit code ${code}).\n${output.trimEnd()}`)
  })
}
