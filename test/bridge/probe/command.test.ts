import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../bridge/commands/command.ts'
import { probe } from '../../../bridge/commands/probe.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import type { Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'
import { refusedPort } from '../../support/scripted-server.ts'
import { camera } from './scripted-camera.ts'

const closing: (() => Promise<void>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

async function listen(script: (connection: ScriptedRtspServer) => Script): Promise<ScriptedRtspListener> {
  const server = await startScriptedRtspListener(script)
  closing.push(() => server.close())
  return server
}

/** A camera that wants Basic, so that a test can see which credentials came. */
const locked = (connection: ScriptedRtspServer): Script => {
  const open = camera()(connection)
  return (request, index) =>
    request.headers.has('Authorization')
      ? open(request, index)
      : { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } }
}

async function run(args: string[], environment: Record<string, string> = {}) {
  const lines: string[] = []
  const running = await probe.run(['--seconds', '0', '--timeout', '2', ...args], {
    print: (line) => lines.push(line),
    environment,
  })
  const code = await running.finished
  return { code, output: lines.join('\n') }
}

describe('rtsp-bridge probe', () => {
  it('ends with 0 for a camera that plays, and prints a report for people', async () => {
    const { port } = await listen(camera())
    const { code, output } = await run([`rtsp://127.0.0.1:${port}/live`])
    expect(code).toBe(0)
    expect(output).toContain('It plays')
    expect(output).not.toContain('\u001b')
  })

  it('ends with 1 for one that does not', async () => {
    const { code, output } = await run([`rtsp://127.0.0.1:${await refusedPort()}/`])
    expect(code).toBe(1)
    expect(output).toContain('connection-refused')
  })

  it.each([
    ['plays', async () => (await listen(camera())).port, true],
    ['refuses', refusedPort, false],
  ])('with --json prints one object, also where the camera %s', async (_, port, playable) => {
    const { output } = await run(['--json', `rtsp://127.0.0.1:${await port()}/live`])
    expect(JSON.parse(output)).toMatchObject({
      version: 1,
      playable,
      error: playable ? null : { code: 'connection-refused' },
    })
  })

  it('with --json prints one object for an address that is none', async () => {
    const { code, output } = await run(['--json', 'not-an-address'])
    expect(code).toBe(1)
    expect(JSON.parse(output)).toMatchObject({ playable: false, error: { code: 'invalid-url' }, tracks: [] })
  })

  it.each([
    ['the command line', ['--user', 'one', '--password', 'p1'], { RTSP_USER: 'three', RTSP_PASSWORD: 'p3' }, 'one:p1'],
    ['the address', [], { RTSP_USER: 'three', RTSP_PASSWORD: 'p3' }, 'two:p2'],
    ['the address, of which the password is another', ['--password', 'p1'], {}, 'two:p1'],
    ['the command line, with the password of the environment', ['--user', 'one'], { RTSP_PASSWORD: 'p3' }, 'one:p3'],
  ])('takes user and password from %s', async (_, args, environment, expected) => {
    const server = await listen(locked)
    const { code } = await run([`rtsp://two:p2@127.0.0.1:${server.port}/live`, ...args], environment)
    expect(code).toBe(0)
    const sent = server.connections[0]?.requests.at(-1)?.headers.get('Authorization')
    expect(Buffer.from(sent?.slice('Basic '.length) ?? '', 'base64').toString()).toBe(expected)
  })

  it('takes user and password from the environment where there are no others', async () => {
    const server = await listen(locked)
    const url = `rtsp://127.0.0.1:${server.port}/live`
    expect(await run([url], { RTSP_USER: 'three', RTSP_PASSWORD: 'p3' })).toMatchObject({ code: 0 })
    expect(await run([url])).toMatchObject({ code: 1, output: expect.stringContaining('unauthorized') })
  })

  it.each([
    [[], 'the address of the camera is missing'],
    [['rtsp://a/', 'rtsp://u:secret@b/'], 'only one address'],
    [['rtsp://a/', '--seconds', '-1'], 'argument'],
    [['rtsp://a/', '--seconds', '1e3'], '--seconds must be a number'],
    [['rtsp://a/', '--seconds', '3601'], '--seconds must be a number of seconds from 0 to 3600'],
    [['rtsp://a/', '--timeout', '0'], '--timeout must be'],
    [['rtsp://a/', '--ca', '/no/such.pem'], '--ca: cannot read'],
    [['rtsp://a/', '--xml'], 'Unknown option'],
  ])('says in one line what is wrong with %j, and never a password', async (args, text) => {
    const error = await probe.run(args, { print: () => undefined, environment: {} }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message).toContain(text)
    expect((error as Error).message).not.toMatch(/\n|secret/)
  })
})

describe('the program, asked to probe,', () => {
  const MAIN = fileURLToPath(new URL('../../../dist/bridge/main.js', import.meta.url))
  const start = (args: string[]) => {
    const child = spawn(process.execPath, [MAIN, 'probe', ...args])
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk
    })
    return { child, over: once(child, 'close').then(([code]) => ({ code: code as number | null, ...output })) }
  }

  it('ends with 0, 1 or 2, and prints one object with --json', async () => {
    const { port } = await listen(camera())
    const good = await start([`rtsp://127.0.0.1:${port}/live`, '--json', '--seconds', '0']).over
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(good.stdout)).toMatchObject({ playable: true })
    const bad = await start([`rtsp://127.0.0.1:${await refusedPort()}/`, '--json']).over
    expect(bad).toMatchObject({ code: 1, stderr: '' })
    expect(JSON.parse(bad.stdout)).toMatchObject({ playable: false })
    expect(await start(['--json']).over).toMatchObject({ code: 2, stdout: '' })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('on %s tears down, and tells what it saw until then', async (signal) => {
    let playing: () => void = () => undefined
    const plays = new Promise<void>((resolve) => {
      playing = resolve
    })
    const server = await listen(camera({ media: () => playing() }))
    const { child, over } = start([`rtsp://127.0.0.1:${server.port}/live`, '--json', '--seconds', '60'])
    await plays
    child.kill(signal)
    const { code, stdout } = await over
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      error: { code: 'aborted' },
      tracks: [{ codec: 'H264' }, {}, {}, {}],
    })
    expect(server.connections[0]?.methods.at(-1)).toBe('TEARDOWN')
  })
})
