/**
 * A portal with cameras. It knows its people, and gives them tickets for what each may watch; the bridge checks the tickets,
 * and knows the cameras. The page learns neither addresses nor passwords.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { SignJWT } from 'jose'

const { HOST = '127.0.0.1', PORT = '3000', BRIDGE = 'ws://127.0.0.1:8080', TICKET_SECONDS = '300' } = process.env
const { TICKET_SECRET = '' } = process.env
if (Buffer.byteLength(TICKET_SECRET) < 32) {
  console.error('TICKET_SECRET, which the bridge has too, must be 32 bytes or more: openssl rand -base64 32')
  process.exit(1)
}
const key = new TextEncoder().encode(TICKET_SECRET)
const seconds = Number(TICKET_SECONDS)

const app = express()
app.disable('x-powered-by')
app.use((_request, response, next) => {
  response.set({
    'Content-Security-Policy': [
      "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; media-src blob:; form-action 'self'",
      `connect-src 'self' ${BRIDGE}; base-uri 'none'; frame-ancestors 'none'`,
    ].join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  next()
})

// ---- STUB: no log-in at all. Put your own here; what follows needs to know who asks, and what he may watch. ----
const MAY_WATCH = { ada: ['entrance', 'yard'] }
const sessions = new Map()

app.post('/log-in', (_request, response) => {
  const session = randomUUID()
  sessions.set(session, 'ada')
  response.cookie('session', session, { httpOnly: true, sameSite: 'strict' }).redirect(303, '/')
})
app.post('/log-out', (request, response) => {
  sessions.delete(sessionOf(request))
  response.clearCookie('session').redirect(303, '/')
})

const sessionOf = (request) => /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
const personOf = (request) => sessions.get(sessionOf(request))
// ---- end of the stub ----

/** A ticket ends soon, and the connection with it: the page asks for the next in time, as long as the person may watch. */
app.get('/ticket', async (request, response) => {
  const person = personOf(request)
  response.set('Cache-Control', 'no-store')
  if (person === undefined) {
    response.status(401).json({ message: 'Log in first.' })
    return
  }
  const ticket = await new SignJWT({ streams: MAY_WATCH[person] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(person)
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`)
    .sign(key)
  response.json({ ticket, seconds, bridge: BRIDGE })
})

/** What `npm run build` makes of `page/`. */
app.use(express.static(process.env.PAGE ?? fileURLToPath(new URL('dist', import.meta.url))))

const server = app.listen(Number(PORT), HOST, (error) => {
  if (error) throw error
  console.log(`Portal: http://${HOST}:${server.address().port}/`)
})
