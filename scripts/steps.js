/**
 * What the other scripts are made of: steps that say what they do and how long it took, and programs run for them.
 * These scripts run before anything is installed, so they are plain JavaScript and import nothing but Node.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** A failure that a person can act on: its message is printed without a stack trace. */
export class Failure extends Error {}

/**
 * @typedef {object} RunOptions
 * @property {boolean} [inherit] Show the output as it comes, instead of keeping it for the message of a failure.
 * @property {Record<string, string>} [env] Added to the environment.
 */

/**
 * @typedef {object} Outcome
 * @property {number} code Exit code; 127 where the program could not be started.
 * @property {string} output Both outputs, in the order they came; empty with `inherit`.
 */

/** Bytes of output kept for the message of a failure; the end of it tells most. */
const KEPT_OUTPUT = 1024 * 1024

/**
 * Runs a program in the root of the repository, without input. It ends when this process is told to.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>}
 */
export const run = (command, args, { inherit = false, env = {} } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', inherit ? 'inherit' : 'pipe', inherit ? 'inherit' : 'pipe'],
    })
    let output = ''
    /** @param {string} text */
    const keep = (text) => {
      output = (output + text).slice(-KEPT_OUTPUT)
    }
    child.stdout?.setEncoding('utf8').on('data', keep)
    child.stderr?.setEncoding('utf8').on('data', keep)

    const signals = /** @type {const} */ ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      child.kill(signal)
      process.exitCode = signals[/** @type {keyof typeof signals} */ (signal)]
    }
    for (const signal of Object.keys(signals)) process.on(signal, passOn)
    /** @param {number} code */
    const settle = (code) => {
      for (const signal of Object.keys(signals)) process.off(signal, passOn)
      // Told to stop: what would come after this program must not begin.
      if (process.exitCode !== undefined && process.exitCode !== 0) process.exit()
      resolve({ code, output })
    }
    child.once('error', (error) => {
      keep(`${error.message}\n`)
      settle(127)
    })
    child.once('close', (code) => settle(code ?? 1))
  })

/**
 * Runs one of the tools in `node_modules` by the file behind its command.
 * @param {string} script path of the script, from the root of the repository
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export const runTool = (script, args, options) => run(process.execPath, [script, ...args], options)

/**
 * Throws what a program wrote, if it failed.
 * @param {Outcome} outcome
 * @param {string} what
 */
export const mustSucceed = ({ code, output }, what) => {
  if (code !== 0) throw new Failure(`${what} failed (exit code ${code}).\n${output.trimEnd()}`)
}

/**
 * Tells what is being done, does it, and tells how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const step = async (title, work) => {
  const start = performance.now()
  process.stdout.write(`${title} … `)
  try {
    const result = await work()
    process.stdout.write(`${seconds(performance.now() - start)}\n`)
    return result
  } catch (error) {
    process.stdout.write(`failed after ${seconds(performance.now() - start)}\n`)
    throw error
  }
}

/** @param {number} milliseconds */
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`

/** Fails with a sentence where Node is older than `engines` in package.json asks for. */
export const checkNodeVersion = () => {
  const { engines } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
  const needed = String(engines.node).replace('>=', '')
  const [major = 0, minor = 0] = needed.split('.').map(Number)
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number)
  if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
    throw new Failure(`Node ${needed} or newer is needed; this is ${process.versions.node}. See https://nodejs.org.`)
  }
}

/**
 * The end of every script: failures are told as sentences, anything else with its stack trace.
 * @param {() => Promise<void>} main
 */
export const runMain = async (main) => {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error)
    process.exitCode = 1
  }
}

/**
 * Is this module the one that node was started with?
 * @param {string} url its `import.meta.url`
 */
export const isMain = (url) => process.argv[1] === fileURLToPath(url)
