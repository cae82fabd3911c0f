import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { camera } from '../../bridge/commands/camera.ts'
import { check } from '../../bridge/commands/check.ts'
import { type Command, type Running, UsageError } from '../../bridge/commands/command.ts'
import { serve } from '../../bridge/commands/serve.ts'
import { CLOSE, StartError } from '../../bridge/index.ts'
import { startScriptedServer } from '../support/scripted-server.ts'
import { TestViewer } from '../support/viewer.ts'

const running: Running[] = []
afterEach(() => Promise.all(running.splice(0).map((command) => command.close())))

/** Runs a command and gives what it printed and the port it told. */
async function run(command: Command, args: string[], environment: Record<string, string> = {}) {
  const lines: string[] = []
  running.push(await command.run(args, { print: (line) => lines.push(line), environment }))
  const port = Number(/:(\d+)\//.exec(lines.join('\n'))?.[1])
  return { lines, port }
}

describe('rtsp-bridge serve', () => {
  it('listens on loopback where the environment says, and tells the address of the page', async () => {
    const { lines, port } = await run(serve, [], { PORT: '0' })
    expect(lines).toContain(`Player: http://127.0.0.1:${port}/`)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  })

  it('takes flags before the environment', async () => {
    const { port } = await run(serve, ['--port', '0', '--host', '127.0.0.1'], { PORT: '1', HOST: '192.0.2.1' })
    expect(port).toBeGreaterThan(1)
  })

  it('allows nothing but what was named', async () => {
    const target = await startScriptedServer()
    const other = await startScriptedServer()
    const { port } = await run(serve, ['--port', '0', '--allow', `127.0.0.1:${target.port}`, '--allow', '10.0.0.0/8'])
    const allowed = TestViewer.url({ port }, `rtsp://127.0.0.1:${target.port}/`)
    await target.connection()
    allowed.ws.terminate()
    const refused = await TestViewer.url({ port }, `rtsp://127.0.0.1:${other.port}/`).ended
    expect(refused).toEqual({
      code: CLOSE.notAllowed,
      reason: `not allowed: start the bridge with --allow 127.0.0.1:${other.port}`,
    })
    await Promise.all([target.close(), other.close()])
  })

  it('refuses to listen for everyone unless told so', async () => {
    const error = await run(serve, ['--host', '0.0.0.0', '--port', '0']).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect(error).toMatchObject({ advice: expect.stringContaining('--auth none') })
    const { lines } = await run(serve, ['--host', '0.0.0.0', '--port', '0', '--auth', 'none'])
    expect(lines.join('\n')).toMatch(/Player: http:\/\/127\.0\.0\.1:\d+\//)
  })

  it.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['--port'], 'argument missing'],
    [['--port', '99999'], '--port must be a port'],
    [['--port', '80a'], '--port must be a port'],
    [['extra'], "Unexpected argument 'extra'"],
    [['--auth', 'jwt'], '--auth must be "none"'],
    [['--workers', '0'], '--workers must be a number from 1 to 128 or auto'],
    [['--workers', 'many'], '--workers must be a number from 1 to 128 or auto'],
    [['--allow', '::1'], 'brackets'],
    [['--allow', 'h:0'], 'the port must be'],
    [['--origin', 'portal.example'], 'not an origin'],
  ])('says in one line what is wrong with %j', async (args, text) => {
    const error = await run(serve, args).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message).toContain(text)
    expect((error as Error).message).not.toContain('\n')
  })

  it('says what is wrong with PORT', async () => {
    await expect(run(serve, [], { PORT: 'x' })).rejects.toThrow('PORT must be a port from 0 to 65535, not "x"')
  })

  it('offers a simulated camera with --demo', async () => {
    const { lines, port } = await run(serve, ['--demo'], { PORT: '0' }).then(({ lines }) => ({
      lines,
      port: Number(/Player: .*:(\d+)\//.exec(lines.join('\n'))?.[1]),
    }))
    const streams = await fetch(`http://127.0.0.1:${port}/api/streams`)
    expect(await streams.json()).toEqual({
      streams: [
        { name: 'lobby', description: 'Simulated camera', state: 'idle', viewers: 0 },
        { name: 'recording', description: 'Simulated recording', state: 'idle', viewers: 0 },
      ],
    })
    const url = /rtsp:\S+/.exec(lines.join('\n'))?.[0] ?? ''
    for (const query of ['?stream=lobby', `?url=${encodeURIComponent(url)}`]) {
      const viewer = await new TestViewer({ port }, query).opened()
      viewer.ws.send(Buffer.from(`OPTIONS ${url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
      expect((await viewer.receives(12)).toString()).toMatch(/^RTSP\/1\.0 200/)
      viewer.ws.terminate()
    }
  })
})

describe('rtsp-bridge check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtsp-bridge-check-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const checked = (text: string, environment: Record<string, string> = {}) => {
    const file = join(folder, 'bridge.yaml')
    writeFileSync(file, text)
    return run(check, [file], environment)
  }
  const streams = 'streams: { lobby: { url: rtsp://192.0.2.10/stream1 } }\n'

  it('names the streams of what can be used', async () => {
    const { lines } = await checked(streams)
    expect(lines).toEqual(['lobby (hub)', expect.stringMatching(/bridge\.yaml can be used\.$/)])
  })

  it('tells of a secret that stands in the file itself, and not of those that are named', async () => {
    const lobby = `streams:\n  lobby:\n    url: rtsp://192.0.2.10/1\n    user: operator\n    password: `
    const told = (lines: readonly string[]) => lines.filter((line) => line.includes('secret'))
    const open = await checked(`${lobby}hunter2\n`)
    const notice = expect.stringMatching(/bridge\.yaml:5: streams\.lobby\.password: .*\$\{VARIABLE\} or file:/)
    expect(told(open.lines)).toEqual([notice])
    expect(open.lines.join('\n')).not.toContain('hunter2')
    expect(open.lines.at(-1)).toMatch(/can be used/)
    writeFileSync(join(folder, 'lobby.password'), 'hunter2')
    for (const reference of [`\${SECRET}`, 'file:lobby.password']) {
      const named = await checked(`${lobby}${reference}\n`, { SECRET: 'hunter2' })
      expect(told(named.lines)).toEqual([])
    }
  })

  it.each(['0.0.0.0', '127.0.0.1'])('refuses what serve would: no tickets, for all who reach %s', async (host) => {
    const trust = host === '127.0.0.1' ? ', trustProxy: [192.0.2.1]' : ''
    const listen = `listen: { host: ${host}${trust} }\n`
    const error = await checked(`${listen}${streams}`).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    const { lines } = await checked(`${listen}auth: none\n${streams}`)
    expect(lines).toHaveLength(2)
  })
})

describe('rtsp-bridge camera', () => {
  it('tells its address', async () => {
    const { lines } = await run(camera, ['--port', '0'])
    expect(lines.join('\n')).toMatch(/Camera: rtsp:\/\/127\.0\.0\.1:\d+\//)
  })

  it('says that a port is taken, and that a file is missing', async () => {
    const taken = await startScriptedServer()
    await expect(run(camera, ['--port', String(taken.port)])).rejects.toThrow(`Port ${taken.port} is taken`)
    await expect(run(camera, ['--port', '0', '--file', '/no/such.mp4'])).rejects.toBeInstanceOf(StartError)
    await taken.close()
  })
})

describe('the program', () => {
  const MAIN = fileURLToPath(new URL('../../dist/bridge/main.js', import.meta.url))

  function start(args: string[]) {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, PORT: '0', HOST: '' } })
    let output = ''
    let wake: () => void = () => undefined
    const add = (chunk: Buffer) => {
      output += chunk
      wake()
    }
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    const over = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
    const printed = async (text: string) => {
      while (!output.includes(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return output
    }
    return { child, over, printed }
  }

  it.each([
    [['--help'], 0, 'Usage: rtsp-bridge COMMAND'],
    [['--version'], 0, '.'],
    [['serve', '--help'], 0, '--allow HOST[:PORT]'],
    [['camera', '--help'], 0, '--file CLIP'],
    [[], 2, 'Usage'],
    [['watch'], 2, 'unknown command "watch" (see rtsp-bridge --help)'],
    [['--verison'], 2, 'unknown option "--verison"'],
    [['serve', '--prot', '1'], 2, '(see rtsp-bridge serve --help)'],
    [['serve', '--host', '0.0.0.0'], 1, '--auth none'],
  ])('answers %j with exit code %i', async (args, code, text) => {
    const result = await start(args).over
    expect(result.output).toContain(text)
    expect(result.code).toBe(code)
    expect(result.output).not.toMatch(/\n\s+at /)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('stops cleanly on %s', async (signal) => {
    const { child, over, printed } = start(['serve'])
    const port = Number(/Player: .*:(\d+)\//.exec(await printed('Player: '))?.[1])
    const viewer = await new TestViewer({ port }).opened()
    child.kill(signal)
    expect((await viewer.ended).code).toBe(CLOSE.draining)
    expect((await over).code).toBe(0)
  })

  it('takes the echo of a signal, as npm sends it, for the same one', async () => {
    const { child, over, printed } = start(['serve'])
    const port = Number(/Player: .*:(\d+)\//.exec(await printed('Player: '))?.[1])
    const viewer = await new TestViewer({ port }).opened()
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect((await viewer.ended).code).toBe(CLOSE.draining)
    expect((await over).code).toBe(0)
  })
})
