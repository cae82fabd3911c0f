import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ProtocolError } from '../../protocol/errors.ts'
import type { Credentials } from '../../protocol/rtsp/authentication.ts'
import { parseRtspUri } from '../../protocol/rtsp/uri.ts'
import { type Command, type Running, readOptions, type Terminal, UsageError } from './command.ts'

const help = `rtsp-bridge probe: tells whether a camera plays, and if not, why

Usage: rtsp-bridge probe URL [options]

  URL                  rtsp://[user:password@]host[:port]/path, or rtsps://…

  --seconds S          how long to watch, 0 to 3600 (default: 5)
  --timeout S          how long to wait for each step, 1 to 300 (default: 10)
  --user NAME          the account at the camera (or $RTSP_USER)
  --password PASSWORD  its password; better in $RTSP_PASSWORD, for others on this machine
                       can see the command line
  --ca FILE            certificate authorities to trust, in PEM, in place of the system's
  --json               one JSON object for programs, instead of the report for people
  --help               print this

Ends with 0 if it plays, 1 if it does not, 2 if the command line is wrong, and takes at most five
times the timeout, the seconds to watch, and 5 s. No password is ever printed.

Example: RTSP_PASSWORD=secret rtsp-bridge probe rtsp://192.0.2.10/stream1 --user viewer`

const OPTIONS = {
  seconds: { type: 'string', default: '5' },
  timeout: { type: 'string', default: '10' },
  user: { type: 'string' },
  password: { type: 'string' },
  ca: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

async function run(args: readonly string[], terminal: Terminal): Promise<Running> {
  const { values, positionals } = readOptions(() =>
    parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true }),
  )
  const [url, ...more] = positionals
  // The message never repeats what was typed: it may hold a password.
  if (url === undefined) throw new UsageError('the address of the camera is missing')
  if (more.length > 0) throw new UsageError('only one address can be probed')
  const seconds = readSeconds(values.seconds, '--seconds', 0, 3600)
  const timeout = readSeconds(values.timeout, '--timeout', 1, 300) * 1000
  const ca = values.ca === undefined ? undefined : await readCertificates(values.ca)
  const credentials = readCredentials(url, values, terminal.environment)

  const [{ probe }, { formatReport }] = await Promise.all([
    import('../probe/probe.ts'),
    import('../probe/text-report.ts'),
  ])
  const abort = new AbortController()
  const report = probe(url, { seconds, timeout, ca, credentials, signal: abort.signal })
  const finished = report.then((found) => {
    const { columns, colours = false } = terminal
    terminal.print(values.json ? JSON.stringify(found, null, 2) : formatReport(found, { colours, columns }))
    return found.playable ? 0 : 1
  })
  return {
    finished,
    async close() {
      abort.abort()
      await finished
    },
  }
}

function readSeconds(text: string, name: string, least: number, most: number): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds >= least && seconds <= most)) {
    throw new UsageError(`${name} must be a number of seconds from ${least} to ${most}`)
  }
  return seconds
}

async function readCertificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`--ca: cannot read ${file}`, { cause })
  }
}

/** The command line first, then the address, then the environment. */
function readCredentials(
  url: string,
  { user, password }: { readonly user?: string | undefined; readonly password?: string | undefined },
  { RTSP_USER, RTSP_PASSWORD }: Terminal['environment'],
): Credentials | undefined {
  const inAddress = credentialsIn(url)
  const username = user ?? inAddress?.username ?? RTSP_USER
  if (username === undefined && password === undefined) return undefined
  // The password of the address is for the user of the address.
  const belongs = user === undefined || user === inAddress?.username
  return {
    username: username ?? '',
    password: password ?? (belongs ? inAddress?.password : undefined) ?? RTSP_PASSWORD ?? '',
  }
}

function credentialsIn(url: string): Credentials | undefined {
  try {
    return parseRtspUri(url).credentials
  } catch (error) {
    // The probe tells what is wrong with it.
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

export const probe: Command = { help, run }
