import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../../protocol/errors.ts'
import { ClientConnection } from '../../../protocol/rtsp/client-connection.ts'
import { RtspHeaders, type RtspRequest } from '../../../protocol/rtsp/message.ts'
import { ServerConnection } from '../../../protocol/rtsp/server-connection.ts'
import { createMemoryTransportPair } from '../../../protocol/transport/memory-transport.ts'
import { Client } from './server-client.ts'

let client: Client
beforeEach(() => {
  client = new Client()
})
afterEach(() => {
  client.connection.close()
  vi.useRealTimers()
})

describe('a server connection ends', () => {
  it('on garbage, and tells why', async () => {
    client.send('GET / HTTP/1.1\r\nHost: camera\r\n\r\n')
    expect((await client.answer()).status).toBe(400)
    await client.closed()
    expect(client.ended?.code).toBe('rtsp-syntax')
  })

  it('on random bytes in the middle of a session, and closes the playback once', async () => {
    await client.playing()
    client.send(Uint8Array.of(0xff, 0xfe, 0, 1, 2, 3))
    await client.closed()
    expect(client.streams.calls.filter((call) => call === 'close')).toHaveLength(1)
  })

  it('on a head without end', async () => {
    const line = `X-Filler: ${'x'.repeat(1000)}\r\n`
    client.send(`OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n${line.repeat(70)}`)
    await client.closed()
    expect(client.ended?.code).toBe('rtsp-head-too-large')
  })

  it('when the client asks faster than it reads', async () => {
    client.send(`OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n`.repeat(200))
    await client.closed()
    expect(client.ended?.code).toBe('too-many-requests')
  })

  it('with the playback closed, when the client goes or the media is over', async () => {
    await client.playing()
    client.streams.playbacks[0]?.sink.end()
    await client.closed()
    expect(client.ended).toBeNull()
    expect(client.streams.calls.filter((call) => call === 'close')).toHaveLength(1)

    const other = new Client()
    await other.playing()
    other.transport.close()
    await vi.waitFor(() => expect(other.streams.calls).toContain('close'))
  })

  it('when nothing is heard for the time of a session, while frames from the viewer prolong it', async () => {
    vi.useFakeTimers()
    const silent = new Client()
    await silent.playing()
    await vi.advanceTimersByTimeAsync(50_000)
    silent.send(Uint8Array.of(0x24, 1, 0, 1, 0))
    await vi.advanceTimersByTimeAsync(50_000)
    expect(silent.ended).toBeUndefined()
    // Half a request is no sign of life.
    silent.send('OPTIONS')
    await vi.advanceTimersByTimeAsync(20_000)
    await silent.closed()
    expect(silent.ended).toBeInstanceOf(ProtocolError)
    expect(silent.streams.calls.at(-1)).toBe('close')
  })
})

it('an answer that would end its line somewhere else is told as 500, and the connection goes on', async () => {
  const [near, far] = createMemoryTransportPair()
  const failed = vi.fn()
  const texts: string[] = []
  const handle = async ({ method }: RtspRequest) => ({
    status: 200,
    headers: new RtspHeaders([['Session', method === 'PLAY' ? '7\0' : '7']]),
  })
  const connection = new ServerConnection(far, () => ({ handle, received: () => undefined, close: () => undefined }), {
    failed,
  })
  near.start({ bytes: (bytes) => texts.push(new TextDecoder().decode(bytes)), closed: () => undefined })
  for (const method of ['PLAY', 'PAUSE']) near.send(new TextEncoder().encode(`${method} * RTSP/1.0\r\nCSeq: 3\r\n\r\n`))
  await vi.waitFor(() => expect(texts.join('')).toContain('Session: 7'))
  expect(texts.join('')).toMatch(/^RTSP\/1\.0 500 .*\r\nCSeq: 3\r\n\r\nRTSP\/1\.0 200 OK/)
  expect(failed).toHaveBeenCalledOnce()
  connection.close()
})

describe('an answer that takes its time, as that of a slow camera', () => {
  /** A client that gives up after 10 s, before a server whose answers take 25 s. */
  async function askSlowServer(continueMilliseconds: number | undefined): Promise<number> {
    vi.useFakeTimers()
    const [near, far] = createMemoryTransportPair()
    const slow = new Promise<void>((resolve) => setTimeout(resolve, 25_000))
    const handler = {
      handle: () => slow.then(() => ({ status: 200, headers: new RtspHeaders() })),
      received: () => undefined,
      close: () => undefined,
    }
    const options = continueMilliseconds === undefined ? {} : { continueMilliseconds }
    const server = new ServerConnection(far, () => handler, {}, options)
    const asking = new ClientConnection(near, { interleaved: () => undefined, closed: () => undefined })
    const answer = asking.request({ method: 'DESCRIBE', uri: 'rtsp://camera/live' }).then(
      ({ status }) => status,
      () => -1,
    )
    await vi.advanceTimersByTimeAsync(26_000)
    server.close()
    asking.close()
    await slow
    expect(vi.getTimerCount()).toBe(0)
    return answer
  }

  it('is waited for where the client is told that it will come', async () => {
    expect(await askSlowServer(5_000)).toBe(200)
  })

  it('is given up where it is not, as is usual', async () => {
    expect(await askSlowServer(undefined)).toBe(-1)
  })
})
