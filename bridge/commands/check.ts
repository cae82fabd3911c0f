import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { bridgeOptions } from '../config/bridge-options.ts'
import { openSecrets } from '../config/open-secrets.ts'
import { readConfig } from '../config/read-config.ts'
import { makeRules } from '../rules.ts'
import { type Command, type Running, readOptions, type Terminal, UsageError } from './command.ts'

const help = `rtsp-bridge check: tells what is wrong with a configuration, without starting anything

Usage: rtsp-bridge check FILE

Prints each fault with its line and how to mend it, and ends with 1; or the streams, and ends
with 0. No camera is dialled: see "rtsp-bridge probe" for that. Secrets are never printed.

  --help               print this

Example:
  rtsp-bridge check bridge.yaml`

async function run(args: readonly string[], terminal: Terminal): Promise<Running> {
  const { positionals } = readOptions(() => parseArgs({ args: [...args], allowPositionals: true }))
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) throw new UsageError('check takes one FILE')
  const config = readConfig(file, terminal.environment)
  const { streams, targets, listen } = config
  // What `serve` would refuse as it starts.
  makeRules(bridgeOptions(config, dirname(file)), listen.host ?? '127.0.0.1')
  for (const [name, { mode, description }] of Object.entries(streams)) {
    terminal.print(`${name} (${mode})${description === undefined ? '' : `: ${description}`}`)
  }
  for (const rule of targets.allow) terminal.print(`Allowed: ${rule}`)
  for (const notice of openSecrets(file)) terminal.print(notice)
  terminal.print(`${file} can be used.`)
  return { finished: Promise.resolve(0), close: async () => undefined }
}

export const check: Command = { help, run }
