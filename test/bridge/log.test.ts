import { once } from 'node:events'
import { SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { serve } from '../../bridge/commands/serve.ts'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { formatLine, type LogFields, logOf, logThrough, redactedLog } from '../../bridge/log.ts'
import { createLog } from '../../bridge/log-formats.ts'
import { redact } from '../../bridge/log-redaction.ts'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../support/bridge-player.ts'
import { startScriptedRtspListener } from '../support/scripted-rtsp-listener.ts'
import { TestViewer } from '../support/viewer.ts'

let bridge: Bridge | undefined
afterEach(() => bridge?.close())

interface Line {
  readonly level: string
  readonly fields: LogFields
  readonly message: string
}

/** A log that keeps its lines. */
function keeping() {
  const lines: Line[] = []
  return { lines, log: logThrough((level, fields, message) => lines.push({ level, fields, message }), 'debug') }
}

const SECRET = 'a secret of thirty-two bytes, or more'
const ticket = (claims: object = {}, subject = 'anna@portal.example') =>
  new SignJWT({ streams: ['lobby'], ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('1m')
    .sign(new TextEncoder().encode(SECRET))

describe('the log of a bridge', () => {
  it('has one line for the end of each connection: who, what, why, how much and how long', async () => {
    const camera = await startCamera()
    const { lines, log } = keeping()
    bridge = await createBridge({
      auth: { tickets: { keys: [{ secret: SECRET }] } },
      streams: { lobby: { url: camera.url, mode: 'hub' } },
      log,
    })
    const player = await BridgePlayer.open(bridge, 'lobby', await ticket())
    await player.until(({ pictures }) => pictures.length >= 3)
    await player.pipeline.close()
    const ends = () => lines.filter(({ message }) => message === 'a viewer is gone')
    await expect.poll(() => ends().length).toBe(1)
    expect(ends()[0]).toMatchObject({
      level: 'info',
      fields: { stream: 'lobby', address: '127.0.0.1', subject: 'anna@portal.example', reason: 'the viewer left' },
    })
    const { bytesDown, bytesUp, seconds } = ends()[0]?.fields ?? {}
    expect(bytesDown).toBeGreaterThan(1_000)
    expect(bytesUp).toBeGreaterThan(100)
    expect(seconds).toBeLessThan(30)
    await camera.close()
  })

  it('tells when a camera plays, is lost with the next try, and is released', async () => {
    let camera = await startCamera()
    const { lines, log } = keeping()
    const told = (message: string) => lines.find((line) => line.message.startsWith(message))
    bridge = await createBridge({
      streams: { lobby: { url: camera.url, mode: 'hub' } },
      hubLimits: { graceMilliseconds: 10 },
      log,
    })
    const player = await BridgePlayer.open(bridge, 'lobby')
    await player.until(({ pictures }) => pictures.length >= 1)
    expect(told('the camera plays H264')).toMatchObject({ level: 'info', fields: { stream: 'lobby' } })
    const { port } = camera
    await camera.close()
    await expect.poll(() => told('the camera was lost')).toBeDefined()
    expect(told('the camera was lost')).toMatchObject({
      level: 'warn',
      fields: { stream: 'lobby', nextTry: expect.stringMatching(/^\d+\.\d s$/) },
    })
    camera = await startCamera({ port })
    const { length } = player.pictures
    await player.until(({ pictures }) => pictures.length > length)
    await player.pipeline.close()
    await expect.poll(() => told('the camera is released')).toBeDefined()
    await camera.close()
  })

  it('holds neither password, ticket, secret nor address, whatever goes wrong', async () => {
    const { lines, log } = keeping()
    const guarded = await startScriptedRtspListener(() => () => ({
      status: 401,
      headers: { 'WWW-Authenticate': 'Basic realm="hunter2secret"' },
    }))
    const url = `rtsp://127.0.0.1:${guarded.port}/lobby`
    const stream = { url, user: 'admin', password: 'hunter2secret' }
    bridge = await createBridge({
      auth: { tickets: { keys: [{ secret: SECRET }] } },
      streams: { lobby: { ...stream, mode: 'hub' }, archive: { ...stream, mode: 'proxy' } },
      log,
    })
    const good = await ticket({ streams: ['**'] })
    const all = [good, SECRET, 'hunter2secret', `127.0.0.1:${guarded.port}`]
    await BridgePlayer.open(bridge, 'lobby', good).catch(() => undefined)
    await BridgePlayer.open(bridge, 'archive', good).catch(() => undefined)
    await new TestViewer(bridge, `?stream=lobby&access_token=${good}x`).ended
    await new TestViewer(bridge, '', { headers: { Authorization: `Bearer ${good}` } }, [good, 'rtsp.onvif.org'])
      .opened()
      .then(({ ws }) => ws.send(Buffer.from(`OPTIONS rtsp://admin:hunter2secret@h/ RTSP/1.0\r\n\r\n`)))
    // What a portal puts into a ticket is not ours either.
    const telling = await ticket({ streams: ['none'] }, 'rtsp://a:b@h/ hunter2secret\n12:00:00 error forged')
    await new TestViewer(bridge, `?stream=lobby&access_token=${telling}`).ended
    await bridge.close()
    await guarded.close()
    expect(lines.length).toBeGreaterThan(4)
    const text = JSON.stringify(lines)
    for (const secret of all) expect(text).not.toContain(secret)
    expect(text).toContain('rtsp://***@h/ *** 12:00:00 error forged')
    expect(text).not.toContain(Buffer.from('admin:hunter2secret').toString('base64'))
  })

  it('takes the configuration’s secrets out of the words of others, in every form', () => {
    const { lines, log } = keeping()
    const clean = redactedLog(log, () => ['pa$$ word', 'ab'])
    clean.warn({ reason: 'it said pa$$ word', code: 1000, subject: undefined }, encodeURIComponent('pa$$ word'))
    clean.error({}, `${Buffer.from('pa$$ word').toString('base64')} about`)
    expect(lines).toEqual([
      { level: 'warn', fields: { reason: 'it said ***', code: 1000 }, message: '***' },
      { level: 'error', fields: {}, message: '*** about' },
    ])
  })
})

describe('redaction', () => {
  it.each([
    ['rtsp://admin:hunter2@cam/1 failed', 'rtsp://***@cam/1 failed'],
    ['https://admin:hunter2@h:1/x?y', 'https://***@h:1/x?y'],
    ['rtsp://user:p@ss@host/', 'rtsp://***@host/'],
    ['GET /rtsp?stream=a&access_token=hunter2&b=c', 'GET /rtsp?stream=a&access_token=***&b=c'],
    ['/cgi?user=a&pwd=hunter2 HTTP', '/cgi?user=a&pwd=*** HTTP'],
    ['Authorization: Digest username="a", response="hunter2"', 'Authorization: ***'],
    ['{"authorization":"Bearer hunter2hunter2"}', '{"authorization": ***'],
    ['sent Basic aHVudGVyMjpodW50ZXIy to it', 'sent Basic *** to it'],
    ['Digest username="a", response="hunter2"', 'Digest ***'],
    ['Cookie: rtsp_ticket=hunter2', 'Cookie: ***'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln is bad', 'token *** is bad'],
    ['one\r\n12:00:00 info forged\u001b[31m', 'one 12:00:00 info forged [31m'],
  ])('of %j', (text, shown) => {
    expect(redact(text)).toBe(shown)
  })

  it.each(['the viewer left', 'lobby/door-1', 'the camera refuses the password', 'a@b.example'])(
    'leaves %j alone',
    (text) => {
      expect(redact(text)).toBe(text)
    },
  )

  it('takes time that grows with the text alone', () => {
    const started = performance.now()
    for (const piece of ['rtsp://', 'a://a@', '?pwd=', 'Digest a', 'eyJaaaa.', 'authorization'])
      redact(piece.repeat(100_000))
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('the forms of the log', () => {
  it('are JSON, a text a line', () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line) })
    log.debug({}, 'not told')
    log.warn({ stream: 'lobby', seconds: 1.5, subject: undefined }, 'the camera was lost')
    expect(lines).toHaveLength(1)
    const { time, ...line } = JSON.parse(lines[0] ?? '')
    expect(line).toEqual({ level: 'warn', stream: 'lobby', seconds: 1.5, msg: 'the camera was lost' })
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(10_000)
  })

  it('are lines for people, quoted where a value could be read as two', () => {
    const lines: string[] = []
    const log = createLog({ level: 'debug', format: 'text', write: (line) => lines.push(line) })
    log.debug({ stream: 'lobby', subject: 'anna level=error', code: 1000 }, 'hello')
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d debug lobby: hello subject="anna level=error" code=1000$/)
    expect(formatLine({}, 'alone')).toBe('alone')
  })

  it('are silent where that is asked for', () => {
    const lines: string[] = []
    for (const format of ['json', 'text'] as const) {
      createLog({ level: 'silent', format, write: (line) => lines.push(line) }).error({}, 'not told')
    }
    logOf(undefined).error({}, 'not told')
    expect(lines).toEqual([])
  })
})

describe('rtsp-bridge serve', () => {
  const run = async (args: string[], forPrograms: boolean) => {
    const lines: string[] = []
    const running = await serve.run(['--port', '0', ...args], {
      print: (line) => lines.push(line),
      forPrograms,
      environment: {},
    })
    const port = Number(/:(\d+)\//.exec(lines.join('\n'))?.[1])
    const viewer = new TestViewer({ port }, '?stream=nothing')
    await once(viewer.ws, 'close')
    await running.close()
    return lines
  }

  it('logs JSON for programs, all of it, and text for people', async () => {
    for (const line of await run([], true)) expect(JSON.parse(line)).toHaveProperty('msg')
    const lines = await run([], false)
    expect(lines[0]).toMatch(/^Player: http/)
    expect(lines.at(-1)).toMatch(/^\d\d:\d\d:\d\d info {2}a viewer is gone .*code=4404/)
  })

  it('takes format and level from flags', async () => {
    const lines = await run(['--log-format', 'json'], false)
    expect(lines.every((line) => line.startsWith('{'))).toBe(true)
    expect((await run(['--log-level', 'error'], false)).join()).not.toContain('a viewer is gone')
    await expect(run(['--log-level', 'loud'], false)).rejects.toThrow('--log-level must be debug, info')
  })
})
