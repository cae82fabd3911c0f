import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import { RIGHTS } from '../auth/grant.ts'
import { readConfig } from '../config/read-config.ts'
import { type Command, type Running, readOptions, type Terminal, UsageError } from './command.ts'

const help = `rtsp-bridge ticket: makes a ticket, for trying out

Usage: rtsp-bridge ticket --config FILE --stream NAME [options]

  --config FILE        the bridge's configuration; its first key with a secret signs
  --stream NAME        stream that may be watched; may be repeated. * stands for anything within a
                       folder, ** for anything
  --right RIGHT        view (default), control, talk or publish; may be repeated
  --minutes N          how long it is good (default: 60)
  --subject WHO        for whom it is; stands in the log
  --help               print this

Prints the ticket alone. A page hands it over in the attribute ticket:

  <rtsp-player src="lobby" bridge="wss://bridge.example" ticket="TICKET">

A portal makes tickets by itself, with any library for JSON Web Tokens: see docs/tickets.md.`

const OPTIONS = {
  config: { type: 'string' },
  stream: { type: 'string', multiple: true },
  right: { type: 'string', multiple: true },
  minutes: { type: 'string' },
  subject: { type: 'string' },
} as const

async function run(args: readonly string[], terminal: Terminal): Promise<Running> {
  const { values } = readOptions(() => parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }))
  const { config: file, stream: streams = [], right: rights = ['view'], minutes = '60', subject } = values
  if (file === undefined) throw new UsageError('name the configuration with --config FILE')
  if (streams.length === 0) throw new UsageError('name at least one stream with --stream NAME')
  if (!/^\d{1,6}$/.test(minutes) || Number(minutes) === 0) throw new UsageError('--minutes must be a whole number')
  const unknown = rights.find((right) => !(RIGHTS as readonly string[]).includes(right))
  if (unknown !== undefined) throw new UsageError(`--right must be one of ${RIGHTS.join(', ')}, not "${unknown}"`)
  const { auth } = readConfig(file, terminal.environment)
  const tickets = typeof auth === 'object' && 'tickets' in auth ? auth.tickets : undefined
  const secret = tickets?.keys.flatMap((key) => ('secret' in key ? [key.secret] : []))[0]
  if (secret === undefined) {
    throw new UsageError(`${file} has no auth.tickets.keys with a secret: only what is shared can be signed with here`)
  }
  const ticket = new SignJWT({ streams, rights })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(`${minutes}m`)
  if (subject !== undefined) ticket.setSubject(subject)
  if (tickets?.audience !== undefined) ticket.setAudience(tickets.audience)
  if (tickets?.issuer !== undefined) ticket.setIssuer(tickets.issuer)
  terminal.print(await ticket.sign(new TextEncoder().encode(secret)))
  return { finished: Promise.resolve(0), close: async () => undefined }
}

export const ticket: Command = { help, run }
