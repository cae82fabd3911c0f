import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { writeGoodbye } from '../../protocol/rtcp/goodbye.ts'
import { Seconds } from '../../protocol/units.ts'
import { passes } from '../support/passing-time.ts'
import { camera, forgetSequences, picture, play, rtp, SLICE, sdp, sound } from '../support/scripted-camera.ts'
import type { Answer, ScriptedRtspServer } from '../support/scripted-rtsp-server.ts'

const DESCRIBE: Answer = { body: sdp('a=range:npt=0-60') }
const settled = () => passes(1)
const ranges = (server: ScriptedRtspServer) =>
  server.requests.filter((one) => one.method === 'PLAY').map((one) => one.headers.get('Range'))

describe('a pipeline at a recording', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    forgetSequences()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['a=range:npt=0-60', { duration: 60, seekable: true }, 'npt=0.000-'],
    ['a=range:npt=10-70.5', { duration: 60.5, seekable: true }, 'npt=10.000-'],
    ['a=range:npt=now-', { duration: null, seekable: false }, 'npt=now-'],
    ['a=range:npt=0-', { duration: null, seekable: false }, 'npt=0.000-'],
    [
      'a=range:clock=20261122T100000Z-20261122T100130Z',
      { duration: 90, seekable: true },
      'clock=20261122T100000.000Z-',
    ],
    ['a=range:clock=20261122T100000Z-', { duration: null, seekable: false }, 'npt=0.000-'],
    ['a=range:smpte-25=0:00:00-0:01:00:00', { duration: 60, seekable: true }, 'smpte-25=00:00:00:00-'],
    ['a=tool:none', { duration: null, seekable: false }, 'npt=0.000-'],
  ])('knows its duration by %s, and asks for its beginning in that unit', async (range, opened, asked) => {
    const { server, pipeline, events } = play(camera({ DESCRIBE: { body: sdp(range) } }))
    await pipeline.open()
    expect(events.opened).toHaveBeenCalledExactlyOnceWith(opened)
    expect(ranges(server)).toEqual([asked])
    await pipeline.close()
  })

  it('pauses before it goes to another place, and begins there', async () => {
    const { server, pipeline, events } = play(
      camera({ DESCRIBE, PLAY: { headers: { Range: 'npt=29.5-60', 'RTP-Info': 'url=trackID=0;rtptime=5000' } } }),
    )
    await pipeline.open()
    picture(server, 1_000)
    await settled()
    await pipeline.seek(Seconds(30))
    expect(server.methods.slice(-2)).toEqual(['PAUSE', 'PLAY'])
    expect(ranges(server).at(-1)).toBe('npt=30.000-')
    // The server says where it really begins: at the keyframe before.
    expect(events.discontinuity).toHaveBeenCalledExactlyOnceWith({ position: 29.5, scale: 1 })
    picture(server, 5_000 + 90_000)
    await settled()
    expect(events.mediaSegment.mock.calls.at(-1)?.[0].start).toBeCloseTo(30.5, 6)
    await pipeline.close()
  })

  it('holds what comes between PAUSE and the answer to PLAY, for it is of the new place', async () => {
    let plays = 0
    const { server, pipeline, events } = play((request, index) => {
      if (request.method === 'PLAY' && plays++ > 0) {
        picture(server, 50_000)
        return { headers: { Range: 'npt=40-60' } }
      }
      return camera({ DESCRIBE })(request, index)
    })
    await pipeline.open()
    await pipeline.seek(Seconds(40))
    await settled()
    expect(events.discontinuity.mock.invocationCallOrder[0]).toBeLessThan(
      events.mediaSegment.mock.invocationCallOrder[0] ?? 0,
    )
    expect(events.mediaSegment.mock.calls[0]?.[0].start).toBe(40)
    await pipeline.close()
  })

  it.each([
    ['while it plays', {}, false],
    ['while it is paused', {}, true],
    ['where the server cannot pause', { PAUSE: { status: 501 } }, false],
  ])('keeps what comes in one piece with the answer to PLAY, %s', async (_when, answers, paused) => {
    let plays = 0
    const { server, pipeline, events } = play((request, index) => {
      if (request.method === 'PLAY' && plays++ > 0) return null
      return camera({ DESCRIBE, ...answers })(request, index)
    })
    await pipeline.open()
    picture(server, 1_000)
    await settled()
    if (paused) await pipeline.pause()
    const sought = pipeline.seek(Seconds(40))
    await settled()
    server.sendTogether(() => {
      server.send(`RTSP/1.0 200 OK\r\nCSeq: ${server.requests.at(-1)?.headers.get('CSeq')}\r\nRange: npt=40-60\r\n\r\n`)
      picture(server, 500_000)
    })
    await sought
    await settled()
    expect(events.discontinuity).toHaveBeenCalledExactlyOnceWith({ position: 40, scale: 1 })
    expect(events.mediaSegment.mock.calls.at(-1)?.[0]).toMatchObject({ start: 40, randomAccess: true })
    await pipeline.close()
  })

  it('drops what comes before the answer to PLAY where the server cannot pause', async () => {
    let plays = 0
    const { server, pipeline, events } = play((request, index) => {
      if (request.method === 'PLAY' && plays++ > 0) picture(server, 50_000)
      return camera({ DESCRIBE, PAUSE: { status: 501 } })(request, index)
    })
    await pipeline.open()
    await pipeline.seek(Seconds(20))
    await settled()
    expect(events.mediaSegment).not.toHaveBeenCalled()
    picture(server, 90_000)
    await settled()
    expect(events.mediaSegment.mock.calls[0]?.[0].start).toBe(20)
    await pipeline.close()
  })

  it('goes on where it stopped after a pause, without a break on the timeline', async () => {
    const { server, pipeline, events } = play(camera({ DESCRIBE }))
    await pipeline.open()
    picture(server, 0)
    server.sendFrame(0, rtp(SLICE, 3_000))
    await settled()
    await pipeline.pause()
    await passes(60_000)
    await pipeline.play()
    expect(ranges(server).at(-1)).toBe('npt=0.067-')
    picture(server, 777_777)
    await settled()
    expect(events.mediaSegment.mock.calls.map(([one]) => one.start)[2]).toBeCloseTo(2 / 30, 2)
    expect(events.discontinuity).not.toHaveBeenCalled()
    await pipeline.close()
  })

  it('keeps a place within the recording', async () => {
    const { server, pipeline } = play(camera({ DESCRIBE }))
    await pipeline.open()
    await pipeline.seek(Seconds(99))
    await pipeline.seek(Seconds(-1))
    expect(ranges(server).slice(1)).toEqual(['npt=59.900-', 'npt=0.000-'])
    await pipeline.close()
  })

  it('refuses to seek in what is live', async () => {
    const { pipeline } = play(camera())
    await pipeline.open()
    await expect(pipeline.seek(Seconds(3))).rejects.toThrow(expect.objectContaining({ code: 'invalid-state' }))
    await pipeline.close()
  })

  it('aligns sound and picture by RTP-Info', async () => {
    const info = 'url=rtsp://camera/live/trackID=0;rtptime=90000,url=rtsp://camera/live/trackID=1;rtptime=48000'
    const { server, pipeline, events } = play(camera({ DESCRIBE, PLAY: { headers: { 'RTP-Info': info } } }))
    await pipeline.open()
    picture(server, 90_000)
    server.sendFrame(2, sound(72_000))
    await settled()
    expect(events.mediaSegment.mock.calls.map(([one]) => [one.kind, one.start])).toEqual([
      ['video', 0],
      ['audio', 0.5],
    ])
    await pipeline.close()
  })

  it.each([
    ['ends without an error when the server says BYE at the end', 59.5, null],
    [
      'has lost the camera when it says BYE long before the end',
      20,
      expect.objectContaining({ code: 'connection-lost' }),
    ],
  ])('%s', async (_, position, error) => {
    const { server, pipeline, events } = play(camera({ DESCRIBE }))
    await pipeline.open()
    await pipeline.seek(Seconds(position))
    picture(server, 0)
    for (const channel of [1, 3]) {
      const writer = new ByteWriter()
      writeGoodbye(writer, [96])
      server.sendFrame(channel, writer.toBytes())
    }
    await passes(1_900)
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(error)
  })

  it('ends too when the server falls silent at the end', async () => {
    const { server, pipeline, events } = play(camera({ DESCRIBE, PLAY: { headers: { Range: 'npt=59.5-60' } } }))
    await pipeline.open()
    await pipeline.seek(Seconds(59.5))
    picture(server, 0)
    await passes(4_000)
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(null)
  })
})

describe('what a pipeline tells of faults that it got over', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    forgetSequences()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is told at a bounded rate, with how many there were', async () => {
    const { server, pipeline, events } = play(camera())
    await pipeline.open()
    for (let second = 0; second < 12; second++) {
      server.sendFrame(0, Uint8Array.of(1, 2, 3))
      server.sendFrame(9, rtp(SLICE, 0))
      await passes(1_000)
    }
    const told = events.warning.mock.calls.map(([error]) => error)
    const malformed = told.filter((error) => error.code === 'payload-syntax').map((error) => error.message)
    expect(malformed).toEqual([
      '1 packets could not be read',
      '5 packets could not be read',
      '5 packets could not be read',
    ])
    expect(events.deviation.mock.calls.filter(([id]) => id === 'unknown-channel')).toHaveLength(1)
    expect(pipeline.statistics().deviations['unknown-channel']).toBe(12)
    await pipeline.close()
  })

  it('sets up anew where the camera forgot the session before PLAY, once', async () => {
    let plays = 0
    const { server, pipeline } = play((request, index) =>
      request.method === 'PLAY' && plays++ === 0 ? { status: 454 } : camera()(request, index),
    )
    await pipeline.open()
    expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY', 'SETUP', 'SETUP', 'PLAY'])
    expect(server.requests[5]?.headers.has('Session')).toBe(false)
    await pipeline.close()
  })
})
