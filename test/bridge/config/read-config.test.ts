import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bridgeOptions } from '../../../bridge/config/bridge-options.ts'
import { ConfigError } from '../../../bridge/config/config-error.ts'
import { parseConfig, readConfig } from '../../../bridge/config/read-config.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, join(folder, 'bridge.yaml'), environment)

/** Each fault as `LINE PATH: MESSAGE`. */
function faultsOf(text: string, environment?: Record<string, string>): string[] {
  try {
    parse(text, environment)
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults.map(({ line, path, message }) => `${line ?? '-'} ${path}: ${message}`)
    }
    throw error
  }
  return []
}

const STREAM = 'streams:\n  lobby:\n    url: rtsp://10.0.0.5/live\n'

describe('the configuration', () => {
  it('needs nothing but what is not the default', () => {
    expect(parse('')).toMatchObject({ origins: [], streams: {}, targets: { allow: [] } })
    expect(parse(STREAM).streams).toEqual({
      lobby: { url: 'rtsp://10.0.0.5/live', mode: 'hub', transport: 'auto', start: 'on-demand' },
    })
  })

  it('is what the bridge is started with', () => {
    const config = parse(
      `${STREAM}    user: a\n    password: b\n    mode: proxy\nhub:\n  graceSeconds: 3\nauth: none\n`,
    )
    expect(bridgeOptions(config)).toMatchObject({
      auth: 'none',
      streams: { lobby: { url: 'rtsp://10.0.0.5/live', user: 'a', password: 'b', mode: 'proxy' } },
      hubLimits: { graceMilliseconds: 3000 },
    })
  })

  it('says how a camera is spoken with', () => {
    const fingerprint = 'AB:'.repeat(31).concat('CD')
    const text = `streams:
  tunnel:
    url: rtsps://10.0.0.5/live
    transport: http
    tls: { fingerprint: "${fingerprint}" }
  edge:
    url: wss://hub.example/rtsp?stream=lobby
    ticket: \${TICKET}
    tls: insecure
`
    expect(bridgeOptions(parse(text, { TICKET: 'a.b.c' })).streams).toEqual({
      tunnel: {
        url: 'rtsps://10.0.0.5/live',
        mode: 'hub',
        transport: 'http',
        start: 'on-demand',
        tls: { fingerprint },
      },
      edge: {
        url: 'wss://hub.example/rtsp?stream=lobby',
        mode: 'hub',
        transport: 'auto',
        start: 'on-demand',
        ticket: 'a.b.c',
        tls: 'insecure',
      },
    })
  })

  it('says whom to ask who may watch', () => {
    const text = `auth:
  hook:
    url: https://portal.example/may-watch
    headers:
      Authorization: Bearer \${HOOK_TOKEN}
    timeoutSeconds: 2
`
    expect(bridgeOptions(parse(text, { HOOK_TOKEN: 't1' })).auth).toEqual({
      hook: {
        url: 'https://portal.example/may-watch',
        headers: { Authorization: 'Bearer t1' },
        timeoutMilliseconds: 2_000,
      },
    })
  })

  it('says how a camera is kept, and where its smaller picture is', () => {
    const text = `${STREAM}    substream: rtsp://10.0.0.5/small
    start: always
    keepAlive: { method: OPTIONS, intervalSeconds: 20 }
  door:
    url: rtsp://10.0.0.6/live
    keepAlive: SET_PARAMETER
`
    expect(bridgeOptions(parse(text)).streams).toMatchObject({
      lobby: {
        substream: 'rtsp://10.0.0.5/small',
        start: 'always',
        keepAlive: { method: 'OPTIONS', intervalSeconds: 20 },
      },
      door: { start: 'on-demand', keepAlive: { method: 'SET_PARAMETER' } },
    })
  })

  it('takes secrets from the environment and from files', () => {
    writeFileSync(join(folder, 'secret'), 'from the file\n')
    const text = `${STREAM}    user: \${WHO}-viewer\n    password: file:secret\n    description: "costs $\${5}"\n`
    expect(parse(text, { WHO: 'me' }).streams.lobby).toMatchObject({
      user: 'me-viewer',
      password: 'from the file',
      description: 'costs $'.concat('{5}'),
    })
  })

  it.each([
    [
      'a mistyped setting',
      `${STREAM}    pasword: x\n`,
      '4 streams.lobby.pasword: there is no such setting here; did you mean "password"?',
    ],
    [
      'one with two letters changed',
      'listen: { prot: 80 }\n',
      '1 listen.prot: there is no such setting here; did you mean "port"?',
    ],
    [
      'one that is like no other',
      'operations:\n  prometheus: yes\n',
      '2 operations.prometheus: there is no such setting here, but listen, drain',
    ],
    [
      'a secret that a bridge would not start with',
      'auth:\n  tickets:\n    keys:\n      - secret: short\n',
      expect.stringMatching(/^4 auth\.tickets\.keys\.0\.secret: .*at least 32 bytes.*openssl rand/),
    ],
    [
      'a public key that is none',
      'auth:\n  tickets:\n    keys:\n      - publicKey: abc\n',
      '4 auth.tickets.keys.0.publicKey: the public key for tickets is not PEM',
    ],
    ['a missing one', 'streams:\n  lobby:\n    user: x\n', '2 streams.lobby.url: this setting is missing'],
    ['a wrong mode', `${STREAM}    mode: fast\n`, '4 streams.lobby.mode: mode must be hub, proxy or relay'],
    [
      'an address of a web page',
      'streams:\n  lobby:\n    url: http://10.0.0.5/\n',
      '3 streams.lobby.url: the address must begin with rtsp://, rtsps://, ws:// or wss://',
    ],
    [
      'an address of a WebSocket by UDP',
      'streams:\n  lobby:\n    url: ws://10.0.0.5/\n    transport: udp\n',
      '4 streams.lobby.transport: the address is one of a WebSocket: transport can be ws, and not udp',
    ],
    [
      'a relay through HTTP',
      `${STREAM}    transport: http\n    mode: relay\n`,
      '5 streams.lobby.mode: viewers of a relay speak RTSP with the camera itself: choose hub or proxy',
    ],
    [
      'TLS that is not there',
      `${STREAM}    tls: insecure\n`,
      '4 streams.lobby.tls: the connection is not secured: the address must begin with rtsps:// or wss://',
    ],
    ['a word for TLS', `${STREAM}    tls: maybe\n`, expect.stringMatching(/^4 streams\.lobby\.tls: /)],
    [
      'a fingerprint that is too short',
      'streams:\n  lobby:\n    url: rtsps://10.0.0.5/\n    tls:\n      fingerprint: AB:CD\n',
      expect.stringMatching(/^4 streams\.lobby\.tls: fingerprint must be the SHA-256/),
    ],
    [
      'a ticket for a camera',
      `${STREAM}    ticket: a.b.c\n`,
      '4 streams.lobby.ticket: tickets are for other bridges: transport must be ws',
    ],
    [
      'a ticket that is none',
      `${STREAM}    transport: ws\n    ticket: "a b"\n`,
      expect.stringMatching(/^5 streams\.lobby\.ticket: a ticket is three parts/),
    ],
    [
      'a password in the address',
      'streams:\n  lobby:\n    url: rtsp://admin:hunter2@10.0.0.5/\n',
      '3 streams.lobby.url: user and password do not belong into the address: write them beside it, as user and password',
    ],
    [
      'a substream that is a web page',
      `${STREAM}    substream: http://10.0.0.5/small\n`,
      '4 streams.lobby.substream: the address must begin with rtsp://, rtsps://, ws:// or wss://',
    ],
    [
      'a substream of a relay',
      `${STREAM}    mode: relay\n    substream: rtsp://10.0.0.5/small\n`,
      '5 streams.lobby.substream: viewers of a relay choose at the camera itself: choose hub or proxy',
    ],
    [
      'a proxy that is always open',
      `${STREAM}    mode: proxy\n    start: always\n`,
      '5 streams.lobby.start: only the hub has a session of its own with the camera: choose on-demand',
    ],
    [
      'a method that keeps nothing alive',
      `${STREAM}    keepAlive: PAUSE\n`,
      expect.stringMatching(/^4 streams\.lobby\.keepAlive: /),
    ],
    [
      'a hook that is no address',
      'auth:\n  hook:\n    url: portal\n',
      '3 auth.hook.url: the address of the hook must begin with https:// or http://',
    ],
    [
      'a header of the hook that the bridge writes by itself',
      'auth:\n  hook:\n    url: https://portal.example/\n    headers:\n      Host: a\n',
      '5 auth.hook.headers.Host: the bridge writes the header Host by itself',
    ],
    ['tickets and a hook at once', 'auth:\n  hook: {}\n  tickets: {}\n', expect.stringMatching(/^\d auth/)],
    ['a port out of range', 'listen:\n  port: 99999\n', '2 listen.port: port must be a whole number from 0 to 65535'],
    [
      'a number for a text',
      `${STREAM}    password: 1234\n`,
      '4 streams.lobby.password: password must be a text; put it in quotes',
    ],
    [
      'a name that no page could use',
      'streams:\n  "a b":\n    url: rtsp://c/\n',
      '2 streams.a b: a name is of letters, digits, "." "_" "-", in parts separated by "/"',
    ],
    ['a text for settings', 'streams: lobby\n', '1 streams: settings must follow here, indented'],
    [
      'an address in the place of a stream',
      'streams:\n  lobby: rtsp://192.168.1.20/live\n',
      '2 streams.lobby: settings must follow here, indented: the address as url',
    ],
    [
      'a variable that is not set',
      `${STREAM}    password: \${NOPE}\n`,
      '4 streams.lobby.password: the environment has no variable NOPE',
    ],
    [
      'a variable in a list that is not set, once',
      `${STREAM}auth:\n  tickets:\n    keys:\n      - secret: \${NOPE}\n`,
      '7 auth.tickets.keys.0.secret: the environment has no variable NOPE',
    ],
    ['what is no YAML', 'streams:\n  lobby: [1, 2\nx: y', expect.stringContaining('not YAML')],
    ['an origin with a path', 'origins:\n  - https://portal.example/a\n', expect.stringContaining('is not an origin')],
    [
      'a rule that is none',
      'targets:\n  allow:\n    - "10.0.0.0/99"\n',
      expect.stringMatching(/^3 targets\.allow\.0: /),
    ],
  ])('names the line of %s, and says how to mend it', (_what, text, expected) => {
    expect(faultsOf(text)).toEqual([expected])
  })

  it('tells all faults at once, in the order of the lines, and no value', () => {
    const text = `listen:\n  port: -1\n${STREAM}    password: 7654321\n    mode: hunter2\n`
    expect(faultsOf(text).map((fault) => fault.split(' ')[0])).toEqual(['2', '6', '7'])
    expect(faultsOf(text).join()).not.toMatch(/7654321|hunter2/)
  })

  it('says which file cannot be read', () => {
    expect(() => readConfig(join(folder, 'none.yaml'), {})).toThrow(/none\.yaml: the file cannot be read \(ENOENT\)/)
    expect(faultsOf(`${STREAM}    password: file:nowhere\n`)[0]).toMatch(
      /4 streams\.lobby\.password: .*nowhere.*ENOENT/,
    )
  })

  it('is bounded: what repeats itself without end is refused', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`)}]\n`)}`
    expect(() => parse(bomb)).toThrow()
  })
})

describe('the example', () => {
  it('can be used as it stands, once its secrets are there', () => {
    const text = readFileSync(new URL('../../../examples/bridge.yaml', import.meta.url), 'utf8')
    writeFileSync(join(folder, 'dock-1.password'), 'secret')
    const config = parse(text, { LOBBY_PASSWORD: 'x' })
    expect(Object.keys(config.streams)).toEqual(['lobby', 'warehouse/dock-1', 'archive'])
  })
})
