import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MediaTransport, UdpCarrier } from '../../../bridge/upstream/udp/udp-carrier.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { ClientConnection } from '../../../protocol/rtsp/client-connection.ts'
import { parseTransport } from '../../../protocol/rtsp/headers/transport.ts'
import { RtspHeaders, type RtspRequest } from '../../../protocol/rtsp/message.ts'
import { type Answer, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'

const LOOPBACK = { peer: '127.0.0.1', local: '127.0.0.1' }

let camera: Socket
let cameraPort: number
/** Datagrams that the camera got. */
let got: { bytes: Buffer; port: number }[]
let waiting: (() => void)[]
const connections: ClientConnection[] = []

beforeEach(async () => {
  got = []
  waiting = []
  camera = createSocket('udp4')
  camera.on('message', (bytes, { port }) => {
    got.push({ bytes, port })
    for (const look of waiting.splice(0)) look()
  })
  camera.bind(0, '127.0.0.1')
  await once(camera, 'listening')
  cameraPort = camera.address().port
})
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close()
  camera.close()
})

const cameraGets = async (count: number) => {
  while (got.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
}

const packet = (sequenceNumber: number): Buffer => {
  const bytes = Buffer.alloc(RTP_HEADER_BYTES + 1, sequenceNumber)
  writeRtpHeader(bytes, 0, { marker: true, payloadType: 96, sequenceNumber, timestamp: 0, ssrc: 7 })
  return bytes
}

/** A client of a camera, with a carrier between them. */
function client(mode: MediaTransport, answers: (request: RtspRequest) => Answer) {
  const server = new ScriptedRtspServer(answers)
  const frames: [channel: number, last: number][] = []
  const looks: (() => void)[] = []
  const connection = new ClientConnection(new UdpCarrier(server.client, LOOPBACK, mode), {
    interleaved: (channel, bytes, _start, end) => {
      frames.push([channel, bytes[end - 1] ?? -1])
      for (const look of looks.splice(0)) look()
    },
    closed: () => undefined,
  })
  connections.push(connection)
  const frameCount = async (count: number) => {
    while (frames.length < count) await new Promise<void>((resolve) => looks.push(resolve))
  }
  const setup = () =>
    connection.request({
      method: 'SETUP',
      uri: 'rtsp://camera/track1',
      headers: new RtspHeaders([['Transport', 'RTP/AVP/TCP;unicast;interleaved=4-5']]),
    })
  return { server, connection, frames, frameCount, setup }
}

const byUdp = (request: RtspRequest): Answer => {
  if (request.method !== 'SETUP') return {}
  const { clientPort } = parseTransport(request.headers.get('Transport') ?? '')[0] ?? {}
  if (!clientPort) return { status: 461 }
  const ports = `client_port=${clientPort.rtp}-${clientPort.rtcp};server_port=${cameraPort}-${cameraPort}`
  return { headers: { Session: '1', Transport: `RTP/AVP;unicast;${ports};ssrc=00000007` } }
}
const portsOf = (request: RtspRequest | undefined) => {
  const { clientPort } = parseTransport(request?.headers.get('Transport') ?? '')[0] ?? {}
  if (!clientPort) throw new Error('The request names no ports')
  return clientPort
}

describe('a camera that sends by UDP', () => {
  it.each(['udp', 'auto'] as const)('answers as if it were interleaved, with transport %s', async (mode) => {
    const { server, setup } = client(mode, byUdp)
    const response = await setup()
    expect(response).toMatchObject({ status: 200 })
    expect(response.headers.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=00000007')
    expect(response.headers.get('CSeq')).toBe('1')
    expect(server.requests).toHaveLength(mode === 'udp' ? 1 : 2)
    const { rtp, rtcp } = portsOf(server.requests.at(-1))
    expect([rtp % 2, rtcp]).toEqual([0, rtp + 1])
  })

  it('asks for UDP at once for the next track', async () => {
    const { server, setup } = client('auto', byUdp)
    await setup()
    await setup()
    expect(server.requests.map((one) => one.headers.get('Transport')?.startsWith('RTP/AVP;unicast'))).toEqual([
      false,
      true,
      true,
    ])
  })

  it('opens the way back, and what the client sends goes there', async () => {
    const { server, connection, setup } = client('udp', byUdp)
    await setup()
    await cameraGets(2)
    const { rtp, rtcp = 0 } = portsOf(server.requests[0])
    expect(got.map(({ port }) => port).sort()).toEqual([rtp, rtcp].sort())
    connection.sendInterleaved(5, Uint8Array.of(1, 2, 3))
    await cameraGets(3)
    expect(got[2]).toMatchObject({ port: rtcp })
    expect([...(got[2]?.bytes ?? [])]).toEqual([1, 2, 3])
  })

  it('has its packets put into order, RTCP on its own channel', async () => {
    const { server, setup, frames, frameCount } = client('udp', byUdp)
    await setup()
    const { rtp, rtcp } = portsOf(server.requests[0])
    for (const number of [1, 3, 2, 4]) {
      camera.send(packet(number), rtp, '127.0.0.1')
      if (number === 1) await frameCount(1)
    }
    await frameCount(4)
    camera.send(Buffer.of(0x80, 200, 9), rtcp, '127.0.0.1')
    await frameCount(5)
    expect(frames).toEqual([
      [4, 1],
      [4, 2],
      [4, 3],
      [4, 4],
      [5, 9],
    ])
  })

  it('gives up a packet that never comes', async () => {
    const { server, setup, frames, frameCount } = client('udp', byUdp)
    await setup()
    const { rtp } = portsOf(server.requests[0])
    camera.send(packet(1), rtp, '127.0.0.1')
    await frameCount(1)
    camera.send(packet(3), rtp, '127.0.0.1')
    await frameCount(2)
    expect(frames.map(([, number]) => number)).toEqual([1, 3])
  })

  it('is not taken for another address', async () => {
    const { server, setup, frames, frameCount } = client('udp', byUdp)
    await setup()
    const { rtp } = portsOf(server.requests[0])
    const stranger = createSocket('udp4')
    stranger.bind(0, '127.0.0.2')
    await once(stranger, 'listening')
    await new Promise((resolve) => stranger.send(packet(9), rtp, '127.0.0.1', resolve))
    stranger.close()
    camera.send(packet(1), rtp, '127.0.0.1')
    await frameCount(1)
    expect(frames).toEqual([[4, 1]])
  })

  it('leaves no port behind', async () => {
    const { server, connection, setup } = client('udp', byUdp)
    await setup()
    const { rtp } = portsOf(server.requests[0])
    connection.close()
    const next = createSocket('udp4')
    await expect
      .poll(() => new Promise((resolve) => next.bind(rtp, () => resolve('free')).once('error', () => resolve('taken'))))
      .toBe('free')
    next.close()
  })

  it('that sends frames between its messages is heard all the same', async () => {
    const { server, setup, frames, frameCount } = client('auto', (request) =>
      request.method === 'SETUP' ? { headers: { Transport: 'RTP/AVP/TCP;unicast;interleaved=4-5' } } : {},
    )
    const response = await setup()
    expect(response.headers.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=4-5')
    server.sendFrame(4, packet(1))
    await frameCount(1)
    expect(frames).toEqual([[4, 1]])
  })
})

describe('a camera that sends to a multicast group', () => {
  it('is joined there', async () => {
    const group = '239.255.12.34'
    const { setup, frames, frameCount } = client('multicast', (request) => {
      expect(request.headers.get('Transport')).toBe('RTP/AVP;multicast')
      return { headers: { Transport: `RTP/AVP;multicast;destination=${group};port=45678-45679;ttl=1` } }
    })
    await setup()
    camera.setMulticastInterface('127.0.0.1')
    camera.setMulticastLoopback(true)
    camera.send(packet(1), 45678, group)
    await frameCount(1)
    expect(frames).toEqual([[4, 1]])
  })

  it.each([
    ['no group', 'RTP/AVP;multicast;port=5000-5001'],
    ['what is no group', 'RTP/AVP;multicast;destination=127.0.0.1;port=5000-5001'],
  ])('is not believed with %s', async (_what, transport) => {
    const { setup } = client('multicast', () => ({ headers: { Transport: transport } }))
    await expect(setup()).rejects.toMatchObject({ code: 'unsupported-transport' })
  })
})
