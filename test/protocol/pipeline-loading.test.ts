import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { PayloadFormat, PayloadFormats } from '../../protocol/track/formats/payload-format.ts'
import { allPayloadFormats } from '../../protocol/track/formats/payload-formats.ts'
import { camera, forgetSequences, picture, play, rtp, SLICE, sdp, sound } from '../support/scripted-camera.ts'

function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined
  let reject: (cause: unknown) => void = () => undefined
  const promise = new Promise<Value>((...settle) => {
    ;[resolve, reject] = settle
  })
  return { promise, resolve, reject }
}

/** Formats that come when the test says so. */
function formatsOf(...encodings: string[]) {
  const asked: string[] = []
  const loaded: string[] = []
  const loads = new Map(encodings.map((encoding) => [encoding, deferred<PayloadFormat>()]))
  const formats: PayloadFormats = (stated) => {
    asked.push(stated.encoding)
    const load = loads.get(stated.encoding)
    if (!load) return allPayloadFormats(stated)
    const start = () => {
      loaded.push(stated.encoding)
      return load.promise
    }
    return { load: start, keepsClockRate: stated.clockRateKnown }
  }
  const arrive = (encoding: string): void => {
    const format = allPayloadFormats({ encoding })
    if (format) loads.get(encoding)?.resolve(format)
  }
  const fail = (encoding: string): void =>
    loads.get(encoding)?.reject(new ProtocolError('part-not-loaded', `no ${encoding}`))
  return { formats, asked, loaded, arrive, fail }
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: ProtocolError) => error,
  )

beforeEach(forgetSequences)

describe('a pipeline whose payload formats are being loaded', () => {
  it('sets up and plays meanwhile, and begins with the first picture that came', async () => {
    const { formats, asked, arrive } = formatsOf('H264', 'MPEG4-GENERIC')
    const { server, pipeline, events } = play(camera(), { formats })
    const opened = pipeline.open()
    await vi.waitFor(() => expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY']))
    expect(asked).toEqual(['H264', 'MPEG4-GENERIC'])
    picture(server, 1_000)
    server.sendFrame(0, rtp(SLICE, 4_000))
    expect(events.tracks).not.toHaveBeenCalled()
    arrive('H264')
    arrive('MPEG4-GENERIC')
    await opened
    await vi.waitFor(() => expect(events.mediaSegment).toHaveBeenCalledTimes(2))
    expect(events.mediaSegment.mock.calls.map(([{ start, randomAccess }]) => [start, randomAccess])).toEqual([
      [0, true],
      [expect.closeTo(3_000 / 90_000), false],
    ])
    expect(events.tracks.mock.invocationCallOrder[0]).toBeLessThan(
      events.initializationSegment.mock.invocationCallOrder[0] ?? 0,
    )
    expect(pipeline.statistics()).toMatchObject({ framesIgnored: 0, deviations: {} })
    await pipeline.close()
  })

  it('plays the other track where one cannot be loaded, and says which', async () => {
    const { formats, fail } = formatsOf('MPEG4-GENERIC')
    const { server, pipeline, events } = play(camera(), { formats })
    const opened = pipeline.open()
    await vi.waitFor(() => expect(server.methods).toContain('PLAY'))
    fail('MPEG4-GENERIC')
    await opened
    expect(events.tracks).toHaveBeenCalledExactlyOnceWith(
      [{ id: 1, kind: 'video', encoding: 'H264', clockRate: 90_000 }],
      [{ media: 'audio', encoding: 'MPEG4-GENERIC', reason: 'no MPEG4-GENERIC' }],
    )
    expect(events.warning).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'part-not-loaded' }))
    server.sendFrame(2, sound(0))
    picture(server, 0)
    await vi.waitFor(() => expect(events.mediaSegment).toHaveBeenCalledTimes(1))
    // The camera does nothing wrong in sending what was asked for.
    expect(pipeline.statistics()).toMatchObject({ framesIgnored: 0, deviations: {} })
    await pipeline.close()
  })

  it('ends with a typed error where none can be loaded', async () => {
    const { formats, fail } = formatsOf('H264', 'MPEG4-GENERIC')
    const { server, pipeline, events } = play(camera(), { formats })
    const opened = rejection(pipeline.open())
    fail('H264')
    fail('MPEG4-GENERIC')
    expect(await opened).toMatchObject({ code: 'part-not-loaded', message: 'no H264' })
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'part-not-loaded' }))
    expect(server.closed).toBe(true)
  })

  it('takes the next format of the media where the loaded one does not know the mode', async () => {
    const { formats, arrive } = formatsOf('MPEG4-GENERIC')
    const body = [
      'v=0',
      'm=audio 0 RTP/AVP 97 0',
      'a=rtpmap:97 MPEG4-GENERIC/8000',
      'a=fmtp:97 mode=CELP-cbr',
      'a=control:trackID=0',
    ].join('\r\n')
    const { pipeline, events } = play(camera({ DESCRIBE: { body } }), { formats })
    const opened = pipeline.open()
    arrive('MPEG4-GENERIC')
    await opened
    expect(events.tracks).toHaveBeenCalledWith([expect.objectContaining({ encoding: 'PCMU' })], [])
    await pipeline.close()
  })

  it('keeps so many packets and no more, and goes on at the next keyframe', async () => {
    const { formats, arrive } = formatsOf('H264')
    const { server, pipeline, events } = play(camera(), { formats, audio: false })
    const opened = pipeline.open()
    await vi.waitFor(() => expect(server.methods).toContain('PLAY'))
    picture(server, 0)
    const beyond = 10
    for (let i = 1; i <= LIMITS.earlyFrames - 3 + beyond; i++) server.sendFrame(0, rtp(SLICE, i * 3_000))
    arrive('H264')
    await opened
    await vi.waitFor(() => expect(events.mediaSegment).toHaveBeenCalledTimes(LIMITS.earlyFrames - 2))
    server.sendFrame(0, rtp(SLICE, 600 * 3_000))
    picture(server, 601 * 3_000)
    await vi.waitFor(() => expect(events.mediaSegment).toHaveBeenCalledTimes(LIMITS.earlyFrames - 1))
    expect(events.mediaSegment.mock.lastCall?.[0]).toMatchObject({ randomAccess: true })
    expect(pipeline.statistics().tracks[0]?.lost).toBe(beyond)
    await pipeline.close()
  })

  describe('that leaves sound to later', () => {
    const LIVE = sdp('a=range:npt=now-')

    it('asks for its code only when it is wanted, counts its packets until then, and plays from there', async () => {
      const { formats, loaded, arrive } = formatsOf('MPEG4-GENERIC')
      const { server, pipeline, events } = play(camera({ DESCRIBE: { body: LIVE } }), { formats, defersSound: true })
      await pipeline.open()
      expect(events.tracks).toHaveBeenCalledExactlyOnceWith(
        [expect.objectContaining({ kind: 'video' }), expect.objectContaining({ encoding: 'MPEG4-GENERIC' })],
        [],
      )
      picture(server, 0)
      server.sendFrame(2, sound(0))
      await vi.waitFor(() => expect(pipeline.statistics().tracks[1]).toMatchObject({ packets: 1, units: 0 }))
      expect(loaded).toEqual([])

      const read = pipeline.readSound()
      expect(loaded).toEqual(['MPEG4-GENERIC'])
      arrive('MPEG4-GENERIC')
      await read
      server.sendFrame(2, sound(1_024))
      server.sendFrame(2, sound(2_048))
      const sounds = () => events.mediaSegment.mock.calls.filter(([{ kind }]) => kind === 'audio')
      await vi.waitFor(() => expect(sounds()).toHaveLength(2))
      // Nothing was lost, and the picture was not touched.
      expect(pipeline.statistics().tracks[1]).toMatchObject({ packets: 3, units: 2, lost: 0, dropped: 0 })
      expect(pipeline.statistics()).toMatchObject({ framesIgnored: 0, deviations: {} })
      expect(events.initializationSegment.mock.calls.map(([{ kind }]) => kind)).toEqual(['video', 'audio'])
      await pipeline.close()
    })

    it('says so where the code cannot be had then, and the picture goes on', async () => {
      const { formats, fail } = formatsOf('MPEG4-GENERIC')
      const { server, pipeline, events } = play(camera({ DESCRIBE: { body: LIVE } }), { formats, defersSound: true })
      await pipeline.open()
      const read = pipeline.readSound()
      fail('MPEG4-GENERIC')
      await read
      expect(events.warning).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'part-not-loaded' }))
      server.sendFrame(2, sound(0))
      picture(server, 0)
      await vi.waitFor(() => expect(events.mediaSegment).toHaveBeenCalledTimes(1))
      await pipeline.close()
    })

    it('reads it at once where it was wanted before the stream was there', async () => {
      const { formats, loaded, arrive } = formatsOf('MPEG4-GENERIC')
      const { pipeline } = play(camera({ DESCRIBE: { body: LIVE } }), { formats, defersSound: true })
      await pipeline.readSound()
      const opened = pipeline.open()
      await vi.waitFor(() => expect(loaded).toEqual(['MPEG4-GENERIC']))
      arrive('MPEG4-GENERIC')
      await opened
      await pipeline.close()
    })

    it.each([
      ['of a recording', sdp('a=range:npt=0-60')],
      ['whose clock rate is not stated', LIVE.replace('MPEG4-GENERIC/48000/1', 'MPEG4-GENERIC')],
      ['without a picture', LIVE.replace('H264/90000', 'H263/90000')],
    ])('reads sound %s at once', async (_, body) => {
      const { formats, loaded, arrive } = formatsOf('MPEG4-GENERIC')
      const { pipeline } = play(camera({ DESCRIBE: { body } }), { formats, defersSound: true })
      const opened = pipeline.open()
      await vi.waitFor(() => expect(loaded).toEqual(['MPEG4-GENERIC']))
      arrive('MPEG4-GENERIC')
      await opened
      await pipeline.close()
    })
  })

  it('plays a recording like a live stream where what reads its range cannot be loaded, and says so', async () => {
    vi.doMock('../../protocol/rtsp/stated-presentation.ts', () => Promise.reject(new Error('the network is gone')))
    const { formats } = formatsOf()
    const body = sdp('a=range:npt=0-60')
    const { server, pipeline, events } = play(camera({ DESCRIBE: { body } }), { formats })
    await pipeline.open()
    vi.doUnmock('../../protocol/rtsp/stated-presentation.ts')
    expect(events.warning).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'part-not-loaded' }))
    expect(events.opened).toHaveBeenCalledExactlyOnceWith({ duration: null, seekable: false })
    expect(server.requests.at(-1)?.headers.get('Range')).toBe('npt=0.000-')
    picture(server, 0)
    await vi.waitFor(() => expect(events.mediaSegment).toHaveBeenCalledTimes(1))
    await pipeline.close()
  })
})
