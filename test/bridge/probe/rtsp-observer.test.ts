import { describe, expect, it } from 'vitest'
import { RtspObserver } from '../../../bridge/probe/rtsp-observer.ts'
import { formatRtspUri } from '../../../protocol/rtsp/uri.ts'
import { createMemoryTransportPair } from '../../../protocol/transport/memory-transport.ts'

/** Says lines by turns, the client's first, each a whole message; waits until each has arrived. */
async function converse(...messages: string[]) {
  const frames: number[] = []
  const observer = new RtspObserver((channel) => frames.push(channel))
  const [near, far] = createMemoryTransportPair()
  const client = observer.observe(near)
  let arrived: () => void = () => undefined
  const receiver = { bytes: () => arrived(), closed: () => undefined }
  client.start(receiver)
  far.start(receiver)
  for (const [index, message] of messages.entries()) {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const sender = index % 2 === 0 ? client : far
    sender.send(new TextEncoder().encode(message.replaceAll('\n', '\r\n')))
    await arrival
  }
  return { observer, frames }
}

const request = (method: string, path: string, cseq: number, fields = '') =>
  `${method} rtsp://camera${path} RTSP/1.0\nCSeq: ${cseq}\n${fields}\n`
const answer = (cseq: number | string, fields = '', body = '') =>
  `RTSP/1.0 200 OK\n${cseq === '' ? '' : `CSeq: ${cseq}\n`}${fields}\n${body}`
const TCP = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\n'

describe('an observer of RTSP', () => {
  it('takes the base of controls as the session does', async () => {
    const { observer } = await converse(
      request('DESCRIBE', '/live', 1),
      answer(1, 'Content-Base: /other/\nContent-Length: 3\n', 'v=0'),
    )
    expect(observer.description && formatRtspUri(observer.description.base)).toBe('rtsp://camera/other/')
    expect(observer.description?.body).toHaveLength(3)
  })

  it('takes an answer without CSeq, or with a wrong one, for that of the newest request', async () => {
    for (const cseq of ['', '99']) {
      const { observer } = await converse(request('DESCRIBE', '/live', 1), answer(cseq, 'Content-Length: 3\n', 'v=0'))
      expect(observer.description?.body).toHaveLength(3)
    }
  })

  it('takes a body that was announced longer for complete when the client asks on, or at the end', async () => {
    const short = [request('DESCRIBE', '/live', 1), answer(1, 'Content-Length: 50\n', 'v=0')]
    const { observer } = await converse(...short)
    expect(observer.description).toBeUndefined()
    observer.finish()
    expect(observer.description?.body).toHaveLength(3)
    const further = await converse(...short, request('SETUP', '/live/1', 2, TCP), answer(2, `Session: 1\n${TCP}`))
    expect(further.observer.description?.body).toHaveLength(3)
    expect([...further.observer.channels.keys()]).toEqual([0, 1])
  })

  it('does not take a body for complete when the client sends a report meanwhile', async () => {
    const { observer } = await converse(
      request('DESCRIBE', '/live', 1),
      answer(1, 'Content-Length: 6\n', 'v=0'),
      '$\x01\x00\x04abcd',
      's=-',
    )
    expect(observer.description?.body).toHaveLength(6)
  })

  it.each([
    ['as they were answered', 'Transport: RTP/AVP/TCP;interleaved=4-5\n', [4, 5]],
    ['as one was answered', 'Transport: RTP/AVP/TCP;interleaved=4\n', [4, 5]],
    ['as they were asked for, where the answer names none', 'Transport: RTP/AVP/TCP\n', [0, 1]],
    ['as they were asked for, where there is no such field', '', [0, 1]],
  ])('knows the channels of a track %s', async (_, transport, channels) => {
    const { observer } = await converse(
      request('SETUP', '/live/1', 1, TCP),
      answer(1, `Session: 1;timeout=20\n${transport}`),
    )
    expect([...observer.channels]).toEqual(channels.map((channel) => [channel, ['rtsp://camera/live/1']]))
    expect(observer.sessionTimeout).toBe(20)
  })

  it('does not take a refusal for a session', async () => {
    const { observer } = await converse(
      request('SETUP', '/live/1', 1, TCP),
      'RTSP/1.0 461 Unsupported Transport\nCSeq: 1\n\n',
    )
    expect(observer.channels.size).toBe(0)
  })

  it('tells what is offered, and what is answered, of server and proxy', async () => {
    const { observer } = await converse(
      request('OPTIONS', '/live', 1),
      'RTSP/1.0 401 Unauthorized\nCSeq: 1\nWWW-Authenticate: Basic realm="a", Digest realm="a", nonce="b", algorithm=SHA-256\n\n',
      request('OPTIONS', '/live', 2, 'Authorization: Digest username="u", realm="a", algorithm=SHA-256\n'),
      'RTSP/1.0 407 Proxy Authentication Required\nCSeq: 2\nProxy-Authenticate: Digest realm="p", nonce="c"\n\n',
    )
    expect([...observer.offered]).toEqual(['Basic', 'Digest SHA-256', 'Digest MD5'])
    expect(observer.used).toBe('Digest SHA-256')
  })

  it('hands on frames, and goes quiet where nothing can be read any more', async () => {
    const { observer, frames } = await converse(
      request('PLAY', '/live', 1),
      `${answer(1)}$\x02\x00\x01x`,
      request('PLAY', '/live', 2),
      'RTSP/1.0 200 OK\nContent-Length: 99999999\n\n',
    )
    expect(frames).toEqual([2])
    expect(observer.playing).toBeTypeOf('number')
  })
})
