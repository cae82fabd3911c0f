import { readFile } from 'node:fs/promises'
import { afterAll, expect, it } from 'vitest'
import { readClip } from '../../bridge/simulated-camera/clip-reader.ts'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { ClientConnection } from '../../protocol/rtsp/client-connection.ts'
import { ClientSession } from '../../protocol/rtsp/client-session.ts'
import { parseRtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningProcess, startProcess } from '../support/processes.ts'

const CLIP = new URL('../../bridge/simulated-camera/clip.mp4', import.meta.url)

let ffmpeg: RunningProcess | undefined
afterAll(() => ffmpeg?.stop())

/** ffmpeg says nothing when it listens. */
async function connectOnceItListens(url: string): Promise<ByteTransport> {
  for (let tries = 0; ; tries++) {
    try {
      return await openTransport(url)
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== 'connection-refused' || tries > 40) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

it('ffmpeg takes the ANNOUNCE, SETUP and RECORD of our client', async () => {
  const video = readClip(await readFile(CLIP)).tracks.find((track) => track.kind === 'video')
  const url = `rtsp://127.0.0.1:${await freePort()}/published`
  const listen = `echo starting; exec ffmpeg -v error -rtsp_flags listen -i ${url} -f null -`
  ffmpeg = await startProcess('sh', ['-c', listen])

  const connection = new ClientConnection(await connectOnceItListens(url), {
    interleaved: () => undefined,
    closed: () => undefined,
  })
  const session = new ClientSession(connection, parseRtspUri(url))
  await session.options()
  expect([...session.methods]).toEqual(expect.arrayContaining(['ANNOUNCE', 'SETUP', 'RECORD']))
  const description = [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=published', 't=0 0'],
    ...[`m=video 0 RTP/AVP ${video?.payloadType}`, ...(video?.attributes ?? []), 'a=control:streamid=0'],
  ]
  await session.announce(new TextEncoder().encode(`${description.join('\r\n')}\r\n`))
  const channels = { rtp: 0, rtcp: 1 }
  const setUp = await session.setup(parseRtspUri(`${url}/streamid=0`), { channels, mode: 'RECORD' })
  expect(setUp.channels).toEqual(channels)
  await session.record('npt=0.000-')
  await session.teardown()
  connection.close()
})
