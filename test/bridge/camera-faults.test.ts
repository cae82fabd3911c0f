import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge, type StreamOptions } from '../../bridge/index.ts'
import { asProtocolError, refusalFor } from '../../bridge/refusal.ts'
import type { ProtocolErrorCode } from '../../protocol/errors.ts'
import { ProtocolError } from '../../protocol/index.ts'
import { CAMERA_FAULTS } from '../../protocol/rtsp/camera-fault.ts'
import { BridgePlayer } from '../support/bridge-player.ts'
import { startScriptedRtspListener } from '../support/scripted-rtsp-listener.ts'
import { refusedPort, startScriptedServer } from '../support/scripted-server.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../support/test-certificate.ts'

const closing: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})
const keep = <T extends { close(): Promise<unknown> }>(one: T): T => {
  closing.push(one)
  return one
}

const NAME = 'camera-7.example'

async function startBridge(stream: StreamOptions, options: BridgeOptions = {}): Promise<Bridge> {
  const resolveHost = async () => ['127.0.0.1']
  return keep(await createBridge({ streams: { lobby: stream }, resolveHost, ...options }))
}

/** What the page of a viewer is told. */
async function told(bridge: Bridge): Promise<ProtocolError> {
  const error = await BridgePlayer.open(bridge, 'lobby').catch((reason: unknown) => reason)
  if (!(error instanceof ProtocolError)) throw new Error('It plays')
  return error
}

const CHALLENGE = { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } }

describe.each(['hub', 'proxy'] as const)('why a camera of the %s cannot be had', (mode) => {
  it('is told to the page: a wrong password', async () => {
    const camera = keep(await startScriptedRtspListener(() => () => CHALLENGE))
    const url = `rtsp://${NAME}:${camera.port}/live`
    const bridge = await startBridge({ url, mode, user: 'operator', password: 'hunter2' })
    const error = await told(bridge)
    expect(error).toMatchObject({ code: 'camera-password-refused', place: { status: 502 } })
    expect(error.message).toContain('The camera refuses the password that the bridge has for it')
    expect(error.advice).toContain('whoever runs the bridge')
    expect(JSON.stringify(error)).not.toMatch(/operator|hunter2|camera-7|127\.0\.0\.1/)
  })

  it.each<[string, ProtocolErrorCode, string, () => Promise<readonly [StreamOptions, BridgeOptions?]>]>([
    [
      'a camera that refuses connections',
      'connection-refused',
      'The camera refuses the connection of the bridge',
      async () => [{ url: `rtsp://${NAME}:${await refusedPort()}/`, mode }],
    ],
    [
      'a name that nobody knows',
      'host-not-found',
      'The bridge does not find the camera by its name',
      async () => [{ url: `rtsp://${NAME}/`, mode }, { resolveHost: async () => [] }],
    ],
    [
      'a camera that cannot be reached',
      'connection-timeout',
      'The camera cannot be reached from the bridge',
      async () => [
        { url: `rtsp://${NAME}/`, mode },
        { resolveHost: () => new Promise(() => undefined), limits: { dialTimeout: 50 } },
      ],
    ],
    [
      'a certificate that is not trusted',
      'tls-failed',
      'it does not trust its certificate',
      async () => {
        const camera = keep(await startScriptedServer({ tls: { cert: TEST_CERTIFICATE, key: TEST_KEY } }))
        return [{ url: `rtsps://${NAME}:${camera.port}/`, mode }]
      },
    ],
    [
      'a camera that breaks off',
      'connection-lost',
      'The camera broke the connection to the bridge',
      async () => {
        const camera = keep(await startScriptedServer({ onConnection: (socket) => socket.destroy() }))
        return [{ url: `rtsp://${NAME}:${camera.port}/`, mode }]
      },
    ],
  ])('is told to the page: %s', async (_what, code, sentence, make) => {
    const error = await told(await startBridge(...(await make())))
    expect(error.code).toBe(code)
    expect(error.message).toContain(sentence)
    expect(JSON.stringify(error)).not.toMatch(/camera-7|127\.0\.0\.1/)
  })

  it('is told in the words of the player, and not in those of somebody behind the bridge', async () => {
    const camera = keep(
      await startScriptedRtspListener(() => () => ({
        status: 503,
        headers: { 'Camera-Fault': 'camera-password-refused; at 10.77.88.99', Server: '10.77.88.99' },
      })),
    )
    const error = await told(await startBridge({ url: `rtsp://${NAME}:${camera.port}/`, mode }))
    expect(error.code).toBe('not-enough-bandwidth')
    expect(JSON.stringify(error)).not.toContain('10.77.88.99')
  })
})

describe('why a camera cannot be had', () => {
  it('goes through a bridge behind the bridge', async () => {
    const url = `rtsp://${NAME}:${await refusedPort()}/live`
    const inner = await startBridge({ url, mode: 'hub' })
    const outer = await startBridge({ url: `ws://${NAME}:${inner.port}/rtsp?stream=lobby`, mode: 'hub' })
    expect((await told(outer)).code).toBe('connection-refused')
  })

  it.each<[ProtocolErrorCode, number]>([
    ['unauthorized', 502],
    ['forbidden', 502],
    ['request-timeout', 504],
    ['not-found', 404],
    ['unsupported-transport', 461],
    ['no-playable-track', 502],
  ])('is told for %s with %i, and under a code that players know', (code, status) => {
    const refusal = refusalFor(new ProtocolError(code, 'rtsp://10.77.88.99/'))
    expect(refusal.status).toBe(status)
    expect(refusal.reason).not.toContain('10.77.88.99')
    expect(CAMERA_FAULTS).toContain(refusal.headers[0]?.[1])
  })

  it('is not told where it is a fault of the bridge', () => {
    const refusal = refusalFor(asProtocolError(new Error('at 10.77.88.99')))
    expect([refusal.status, refusal.reason, refusal.headers]).toEqual([503, 'The camera cannot be had now', []])
  })
})
