#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { camera } from './commands/camera.ts'
import { check } from './commands/check.ts'
import { type Command, type Running, type Terminal, UsageError } from './commands/command.ts'
import { probe } from './commands/probe.ts'
import { serve } from './commands/serve.ts'
import { ticket } from './commands/ticket.ts'
import { ConfigError } from './config/config-error.ts'
import { StartError } from './start-error.ts'

const COMMANDS: Readonly<Record<string, Command>> = { serve, check, ticket, probe, camera }

const HELP = `rtsp-bridge: live IP cameras in web pages

Usage: rtsp-bridge COMMAND [options]

  serve    let web pages reach RTSP cameras
  check    tell what is wrong with a configuration
  ticket   make a ticket for trying out
  probe    tell whether a camera plays, and if not, why
  camera   run a simulated camera

  --help, --version; each command has a --help of its own.`

/** Longer than this nobody waits for a stop, beside the time that a drain takes. */
const STOP_TIMEOUT = 3_000

async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(HELP)
    process.exitCode = name === undefined ? 2 : 0
    return
  }
  if (name === '--version') {
    console.log(version())
    return
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) {
    failUsage(`unknown ${name.startsWith('-') ? 'option' : 'command'} "${name}"`, 'rtsp-bridge --help')
    return
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help)
    return
  }
  try {
    const hangUps = keepHangUps()
    const running = await command.run(rest, terminal())
    stopOnSignals(running)
    hangUps.handOver(running)
    if (running.finished) exit(await running.finished)
  } catch (error) {
    if (error instanceof UsageError) failUsage(error.message, `rtsp-bridge ${name} --help`)
    else if (error instanceof ConfigError) {
      console.error(error.message)
      process.exitCode = 1
    } else if (error instanceof StartError) {
      console.error(`rtsp-bridge: ${error.message} ${error.advice}`)
      process.exitCode = 1
    } else throw error
  }
}

function terminal(): Terminal {
  const { stdout, stderr, env } = process
  // Who read it may go; those who watch shall not.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
  // https://no-color.org
  const { NO_COLOR } = env
  const colours = stdout.isTTY && !NO_COLOR
  return {
    print: (line) => console.log(line),
    colours,
    columns: stdout.columns || undefined,
    forPrograms: !stdout.isTTY,
    environment: env,
  }
}

/** Lets what was printed go out first; what still runs (a name server that does not answer) is not waited for. */
function exit(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.exit(code))
}

function failUsage(message: string, help: string): void {
  console.error(`rtsp-bridge: ${message} (see ${help})`)
  process.exitCode = 2
}

/** npm passes on what the terminal has sent to this process already: the echo of one Ctrl-C is no second one. */
const SIGNAL_ECHO = 500

/**
 * SIGHUP reads the configuration again, where there is one; it ends the process else, as when its terminal is closed. One
 * that comes while the command starts is kept until it is known which.
 */
function keepHangUps(): { handOver(running: Running): void } {
  let early = false
  const keep = () => {
    early = true
  }
  process.on('SIGHUP', keep)
  return {
    handOver(running) {
      if (running.reload) process.on('SIGHUP', () => running.reload?.())
      process.off('SIGHUP', keep)
      if (early) process.kill(process.pid, 'SIGHUP')
    },
  }
}

/** The first signal stops cleanly, SIGTERM with time for those who are there; the second at once. */
function stopOnSignals(running: Running): void {
  let stoppingSince: number | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > SIGNAL_ECHO) process.exit(130)
      return
    }
    stoppingSince = performance.now()
    const drain = signal === 'SIGTERM' ? running.drain : undefined
    setTimeout(() => process.exit(1), STOP_TIMEOUT + (drain?.milliseconds ?? 0)).unref()
    const stopped = drain ? drain.run() : running.close()
    stopped.then(
      async () => exit((await running.finished) ?? 0),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

/** Of the package that this file is in: two folders above `dist/bridge`. */
function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(version)
}

await main(process.argv.slice(2))
