import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import type { ProtocolError } from '../../../protocol/errors.ts'
import type { RtspResponse } from '../../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { mediaFormats } from '../../../protocol/sdp/media-format.ts'
import { attribute, parseSessionDescription } from '../../../protocol/sdp/session-description.ts'

let camera: SimulatedCamera
let log: string[]
const clients: Socket[] = []
beforeEach(async () => {
  log = []
  camera = await startCamera({ log: (line) => log.push(line) })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await camera.close()
})

/** A raw client: sends what the test says, and counts what comes. */
const dial = async () => {
  const socket = connect(camera.port, '127.0.0.1')
  clients.push(socket)
  await once(socket, 'connect')
  const answers: RtspResponse[] = []
  const frames = new Map<number, number>()
  const parser = new RtspMessageParser({
    message: (message) => {
      if (message.kind === 'response') answers.push(message)
    },
    interleaved: (channel) => frames.set(channel, (frames.get(channel) ?? 0) + 1),
    skipped: (count) => {
      throw new Error(`${count} bytes are neither messages nor frames`)
    },
  })
  socket.on('data', (chunk) => parser.push(chunk))
  socket.on('error', () => undefined)
  const request = async (method: string, uri = camera.url, fields = '') => {
    const before = answers.length
    socket.write(`${method} ${uri} RTSP/1.0\r\nCSeq: ${before + 1}\r\n${fields}\r\n`)
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(before), { timeout: 3000, interval: 5 })
    const answer = answers.at(-1)
    if (!answer) throw new Error('no answer')
    return answer
  }
  const play = async () => {
    const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n'
    const session = `Session: ${(await request('SETUP', `${camera.url}/video`, transport)).headers.get('Session')}\r\n`
    await request('SETUP', `${camera.url}/audio`, `${transport.replace('0-1', '2-3')}${session}`)
    return request('PLAY', camera.url, session)
  }
  return { socket, answers, frames, request, play }
}

const fault = async (options: Parameters<typeof startCamera>[0]): Promise<ProtocolError> =>
  startCamera(options).then(
    async (started) => {
      await started.close()
      throw new Error('it started')
    },
    (error: ProtocolError) => error,
  )

describe('the simulated camera', () => {
  it('describes itself so that a player needs nothing else', async () => {
    const client = await dial()
    const answer = await client.request('DESCRIBE')
    const sdp = parseSessionDescription(answer.body)
    expect(answer.headers.get('Content-Base')).toBe(`${camera.url}/`)
    expect(attribute(sdp.attributes, 'range')).toBe('npt=now-')
    expect(sdp.media.map((media) => attribute(media.attributes, 'control'))).toEqual(['video', 'audio'])
    const [video, audio] = sdp.media.flatMap((one) => mediaFormats(one))
    expect(video).toMatchObject({ encoding: 'H264', clockRate: 90_000 })
    expect(video?.parameters.get('packetization-mode')).toBe('1')
    expect(video?.parameters.get('sprop-parameter-sets')).toMatch(/^Z.+,a.+/)
    expect(audio).toMatchObject({ encoding: 'MPEG4-GENERIC', clockRate: 48_000, channels: 1 })
    expect(audio?.parameters.get('config')).toMatch(/^1188/)
  })

  it('describes the recording with its length', async () => {
    const client = await dial()
    const answer = await client.request('DESCRIBE', camera.recordingUrl)
    expect(camera.recordingUrl).toMatch(/^rtsp:\/\/127\.0\.0\.1:\d+\/recording$/)
    expect(attribute(parseSessionDescription(answer.body).attributes, 'range')).toBe('npt=0-60')
    const modified = answer.headers.get('Last-Modified') ?? ''
    const again = await client.request('DESCRIBE', camera.recordingUrl, `If-Modified-Since: ${modified}\r\n`)
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  it('names its streams to whoever asks for another', async () => {
    const client = await dial()
    const answer = await client.request('DESCRIBE', `rtsp://127.0.0.1:${camera.port}/`)
    expect(answer.status).toBe(404)
    expect(answer.reason).toContain('/lobby, /recording, /h265, /av1, /mjpeg, /opus, /pcmu, /pcma')
  })

  it('plays to a client, and says when it comes and goes', async () => {
    const client = await dial()
    expect((await client.play()).status).toBe(200)
    await vi.waitFor(() => expect(client.frames.get(0)).toBeGreaterThan(5), { timeout: 3000 })
    await vi.waitFor(() => expect(client.frames.get(2)).toBeGreaterThan(0), { timeout: 3000 })
    client.socket.end()
    await vi.waitFor(() => expect(log.filter((line) => /plays \/lobby|left/.test(line))).toHaveLength(2), {
      timeout: 3000,
    })
  })

  it('goes on for the others when one is cut off, sends garbage, or never reads', async () => {
    const [steady, cut, garbage, deaf] = [await dial(), await dial(), await dial(), await dial()]
    for (const client of [steady, cut, garbage, deaf]) await client.play()
    deaf.socket.pause()
    await vi.waitFor(() => expect(steady.frames.get(0)).toBeGreaterThan(0), { timeout: 3000 })
    cut.socket.resetAndDestroy()
    const ended = once(garbage.socket, 'close')
    garbage.socket.write(Buffer.alloc(4000, 0xfe))
    await ended
    const seen = steady.frames.get(0) ?? 0
    await vi.waitFor(() => expect(steady.frames.get(0)).toBeGreaterThan(seen + 10), { timeout: 3000 })
    await vi.waitFor(() => expect(log.filter((line) => /broke off|was dropped/.test(line))).toHaveLength(2), {
      timeout: 3000,
    })
  })

  it('says BYE to everyone and frees its port when it is closed', async () => {
    const client = await dial()
    await client.play()
    const reports = client.frames.get(1) ?? 0
    const ended = once(client.socket, 'close')
    await camera.close()
    await ended
    expect(client.frames.get(1)).toBeGreaterThan(reports)
    const again = await startCamera({ port: camera.port })
    expect(again.port).toBe(camera.port)
    await again.close()
  })

  it('says what is wrong with a file or a port', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camera-'))
    try {
      const text = join(folder, 'notes.mp4')
      await writeFile(text, 'not a film')
      expect(await fault({ file: text })).toMatchObject({
        code: 'file-invalid',
        advice: expect.stringContaining('ffmpeg'),
      })
      const missing = await fault({ file: join(folder, 'missing.mp4') })
      expect(missing).toMatchObject({ code: 'file-invalid' })
      expect(missing.message).toContain('missing.mp4')
      const taken = await fault({ port: camera.port })
      expect(taken.message).toContain(`127.0.0.1:${camera.port}`)
      expect(taken.advice).toContain('taken')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
