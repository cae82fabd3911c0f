import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bridge, createBridge, type StreamOptions } from '../../../bridge/index.ts'
import { parseTransport } from '../../../protocol/rtsp/headers/transport.ts'
import type { RtspRequest } from '../../../protocol/rtsp/message.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { forgetSequences, picture, sdp } from '../../support/scripted-camera.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import type { Answer } from '../../support/scripted-rtsp-server.ts'

let media: Socket
let camera: ScriptedRtspListener
let bridge: Bridge
let log: string[]
let byUdp: 'sends' | 'is silent' | 'is refused'
const players: BridgePlayer[] = []
const sending = new Set<ReturnType<typeof setInterval>>()

beforeEach(async () => {
  forgetSequences()
  log = []
  byUdp = 'sends'
  media = createSocket('udp4')
  media.on('message', () => undefined)
  media.bind(0, '127.0.0.1')
  await once(media, 'listening')
  camera = await startScriptedRtspListener(() => agreeAndSay)
})
afterEach(async () => {
  await Promise.all(players.splice(0).map((player) => player.pipeline.close()))
  await bridge.close()
  for (const timer of sending) clearInterval(timer)
  await camera.close()
  media.close()
})

/** Agrees to TCP and sends nothing; by UDP it does as the test says. */
function agreeAndSay({ method, headers }: RtspRequest): Answer {
  if (method === 'DESCRIBE') return { body: sdp().split('\r\nm=audio')[0] ?? '' }
  if (method !== 'SETUP') return {}
  const [asked] = parseTransport(headers.get('Transport') ?? '')
  const port = asked?.clientPort
  if (!port) return { headers: { Session: '1' } }
  if (byUdp === 'is refused') return { status: 461 }
  if (byUdp === 'sends') sendTo(port.rtp)
  const { port: own } = media.address()
  const transport = `RTP/AVP;unicast;client_port=${port.rtp}-${port.rtcp};server_port=${own}-${own}`
  return { headers: { Session: '1', Transport: transport } }
}

function sendTo(port: number): void {
  let timestamp = 0
  const timer = setInterval(() => {
    timestamp += 3600
    picture({ sendFrame: (_channel, bytes) => media.send(bytes, port, '127.0.0.1') }, timestamp)
  }, 40)
  sending.add(timer)
}

async function watch(): Promise<BridgePlayer> {
  const player = await BridgePlayer.open(bridge, 'lobby')
  players.push(player)
  return player
}

async function start(stream: Partial<StreamOptions> = {}): Promise<void> {
  const lobby = { url: `rtsp://127.0.0.1:${camera.port}/live`, mode: 'hub', ...stream } as const
  bridge = await createBridge({
    streams: { lobby },
    // Longer than a viewer takes between two requests, on a machine that is busy: else each has a session of its own.
    hubLimits: { mediaMilliseconds: 20, graceMilliseconds: 300 },
    log: (line) => log.push(line),
  })
}

/** By session: how SETUP asked for the media. */
const asked = () =>
  camera.connections.map(({ requests }) =>
    requests
      .filter(({ method }) => method === 'SETUP')
      .map(({ headers }) => (headers.get('Transport')?.includes('client_port') ? 'UDP' : 'TCP'))
      .join(),
  )

describe('a camera that agrees to TCP and sends nothing', () => {
  it('is asked for UDP after a while, and then at once', async () => {
    await start()
    const player = await watch()
    await player.until(({ pictures }) => pictures.length >= 3)
    expect(asked()).toEqual(['TCP', 'UDP'])
    expect(camera.connections[0]?.methods.at(-1)).toBe('TEARDOWN')
    expect(log.join('\n')).toContain('the camera sends no media: it is asked for another transport')
    await player.pipeline.close()
    await expect.poll(() => log.some((line) => line.includes('released'))).toBe(true)
    const next = await watch()
    await next.until(({ pictures }) => pictures.length >= 3)
    expect(asked()).toEqual(['TCP', 'UDP', 'UDP'])
  })

  it.each(['is silent', 'is refused'] as const)('is left alone by TCP where UDP %s', async (manner) => {
    byUdp = manner
    await start()
    await watch()
    await expect.poll(asked, { timeout: 5000 }).toEqual(['TCP', expect.stringContaining('UDP'), 'TCP'])
    // It may be heard at any time.
    picture(camera.connections[2] as NonNullable<(typeof camera.connections)[2]>, 3600)
    await players[0]?.until(({ pictures }) => pictures.length >= 1)
    expect(asked()).toHaveLength(3)
  })

  it('is left alone where the configuration says TCP', async () => {
    await start({ transport: 'tcp' })
    await watch()
    await expect.poll(() => log.some((line) => line.includes('sends no media')), { timeout: 3000 }).toBe(true)
    expect(log.join('\n')).not.toContain('another transport')
    expect(asked()).toEqual(['TCP'])
  })
})
