import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../../protocol/errors.ts'
import { Milliseconds, Seconds } from '../../../protocol/units.ts'
import { RecordingPlayback } from '../../../web/playback/recording-playback.ts'
import { RecordingRenderer } from '../../../web/playback/recording-renderer.ts'
import type { SessionCommand } from '../../../web/playback/stream/messages.ts'
import { FakeMediaSource, FakeVideo } from './fake-media-element.ts'

const FRAME = 0.04
let video: FakeVideo
let commands: SessionCommand[]
let told: string[]
let playback: RecordingPlayback

const session = {
  command: (command: SessionCommand) => commands.push(command),
  track: () => undefined,
  renew: () => undefined,
  close: () => undefined,
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  vi.stubGlobal('MediaSource', FakeMediaSource)
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:fake', revokeObjectURL: () => undefined })
  FakeMediaSource.log = []
  video = new FakeVideo()
  commands = []
  told = []
  playback = new RecordingPlayback(
    video as unknown as HTMLVideoElement,
    { duration: Seconds(60), seekable: true, tracks: new Set(['video']) },
    {
      attaching: () => undefined,
      attached: () => undefined,
      appended: () => undefined,
      queued: () => undefined,
      dropped: () => undefined,
      warning: (error) => told.push(`warning ${error.code}`),
      failed: (error) => told.push(`failed ${error.code}`),
      wanted: (position) => told.push(`wanted ${position}`),
    },
    (events) => new RecordingRenderer(video as unknown as HTMLVideoElement, 60, events),
  )
})

afterEach(() => {
  playback.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const initialization = () =>
  playback.initialization({
    trackId: 1,
    kind: 'video',
    mimeType: 'video/mp4; codecs="avc1.4D401E"',
    data: Uint8Array.of(255, 1, 2, 3),
    configuration: {} as never,
  })

/** Pictures of a recording, each with its number as its only byte; a keyframe each second. */
const pictures = async (from: number, count: number) => {
  for (let i = 0; i < count; i++) {
    const number = Math.round(from / FRAME) + i
    playback.media({
      trackId: 1,
      kind: 'video',
      data: Uint8Array.of(number % 256),
      start: Seconds(number * FRAME),
      duration: Seconds(FRAME),
      randomAccess: number % 25 === 0,
      arrival: Milliseconds(0),
    })
  }
  // What the fake buffers do takes a turn of the microtasks each.
  for (let i = 0; i < count * 4; i++) await Promise.resolve()
}

const begin = async (from = 0) => {
  playback.begin(session, from)
  initialization()
  await pictures(0, 15)
  video.ranges = [[0, 0.6]]
}

const seeks = () => commands.flatMap((command) => (command.name === 'seek' ? [[command.position, command.scale]] : []))
const refusal = new ProtocolError('rtsp-status', 'refused').toJSON()

describe('a recording', () => {
  it('shows its first picture at once, and the others when there are enough to go on with', async () => {
    playback.begin(session, 0)
    initialization()
    await pictures(0, 9)
    expect(FakeMediaSource.log).toEqual(['source', 'buffer video', 'append 255', 'append 0'])
    await pictures(9 * FRAME, 3)
    expect(FakeMediaSource.log.slice(4)).toEqual(Array.from({ length: 11 }, (_, i) => `append ${i + 1}`))
    expect(commands).toEqual([])
  })

  it('gathers again when it ran dry', async () => {
    await begin()
    video.dispatchEvent(new Event('waiting'))
    const before = FakeMediaSource.log.length
    await pictures(0.6, 8)
    expect(FakeMediaSource.log).toHaveLength(before)
    await pictures(0.92, 3)
    expect(FakeMediaSource.log.length).toBe(before + 11)
  })

  it('asks the server for a place that is not buffered, and for none that is', async () => {
    await begin()
    video.currentTime = 0.3
    expect(commands).toEqual([])
    video.currentTime = 30.7
    expect(seeks()).toEqual([[30.7, 1]])
  })

  it('shows nothing more of the old place, and goes to where the new one truly begins', async () => {
    await begin()
    video.currentTime = 30.7
    const before = FakeMediaSource.log.length
    await pictures(0.6, 20)
    expect(FakeMediaSource.log).toHaveLength(before)
    playback.discontinuity({ position: 30, scale: 1 })
    expect(video.currentTime).toBe(30)
    initialization()
    await pictures(30, 11)
    expect(FakeMediaSource.log.slice(before, before + 2)).toEqual(['remove 0-Infinity', `append ${750 % 256}`])
    // Its own move of the play head was no wish for another.
    expect(seeks()).toHaveLength(1)
  })

  it('asks for one place at a time, and for the last one in the end', async () => {
    await begin()
    for (const place of [10, 20, 30, 40]) video.currentTime = place
    expect(seeks()).toEqual([[10, 1]])
    const before = FakeMediaSource.log.length
    playback.discontinuity({ position: 10, scale: 1 })
    expect(seeks()).toEqual([
      [10, 1],
      [40, 1],
    ])
    expect(FakeMediaSource.log).toHaveLength(before)
    playback.discontinuity({ position: 40, scale: 1 })
    expect(video.currentTime).toBe(40)
    expect(commands).toHaveLength(2)
  })

  it('does not undo a seek that no event has told yet, when the place before it comes', async () => {
    await begin()
    video.currentTime = 30
    video.seeking = true
    video.advance(5)
    playback.discontinuity({ position: 30, scale: 1 })
    expect(video.currentTime).toBe(5)
    video.dispatchEvent(new Event('seeking'))
    expect(seeks()).toEqual([
      [30, 1],
      [5, 1],
    ])
    playback.discontinuity({ position: 5, scale: 1 })
    expect(video.currentTime).toBe(5)
    expect(commands).toHaveLength(2)
  })

  it('does not ask for the very end, where no picture is', async () => {
    await begin()
    video.currentTime = 60
    expect(seeks()[0]?.[0]).toBeLessThan(60)
  })

  it('pauses the server, and goes on behind what it has, without what it has', async () => {
    await begin()
    playback.pause()
    expect(commands).toEqual([{ name: 'pause' }])
    expect(playback.resume()).toBe(true)
    expect(commands[1]).toEqual({ name: 'seek', position: expect.closeTo(0.6, 5), scale: 1, continues: true })
    const before = FakeMediaSource.log.length
    const at = video.currentTime
    playback.discontinuity({ position: 0, scale: 1 })
    initialization()
    await pictures(0, 18)
    expect(FakeMediaSource.log.slice(before)).toEqual(['append 15', 'append 16', 'append 17'])
    expect(video.currentTime).toBe(at)
  })

  it('is sought in while it is paused: the server sends enough for a picture, no more', async () => {
    await begin()
    playback.pause()
    video.currentTime = 30
    playback.discontinuity({ position: 30, scale: 1 })
    await pictures(30, 5)
    expect(commands.map((command) => command.name)).toEqual(['pause', 'seek'])
    await pictures(30.2, 8)
    expect(commands.map((command) => command.name)).toEqual(['pause', 'seek', 'pause'])
  })

  it('plays at the pace that the server chose, without the sound', async () => {
    await begin()
    video.advance(0.4)
    video.playbackRate = 8
    expect(seeks()).toEqual([[0.4, 8]])
    playback.discontinuity({ position: 0, scale: 4 })
    expect(video.playbackRate).toBe(4)
    expect(commands).toHaveLength(1)
    // At another pace a pause may not lose it.
    await pictures(0, 60)
    playback.pause()
    playback.resume()
    expect(seeks().at(-1)?.[1]).toBe(4)
  })

  it('keeps the pace that was asked for last in another place', async () => {
    await begin()
    video.playbackRate = 2
    playback.discontinuity({ position: 0, scale: 2 })
    video.playbackRate = 1
    video.currentTime = 30
    playback.discontinuity({ position: 0, scale: 1 })
    expect(seeks()).toEqual([
      [0, 2],
      [0, 1],
      [30, 1],
    ])
  })

  it('goes back to what it has when a place is refused, and plays on', async () => {
    await begin()
    video.currentTime = 30
    playback.refused({ name: 'seek', position: Seconds(30), scale: 1, continues: false }, refusal)
    expect(told).toEqual(['warning rtsp-status'])
    expect(video.currentTime).toBe(0)
    expect(seeks().at(-1)?.[0]).toBeCloseTo(0.6, 5)
    playback.refused({ name: 'seek', position: Seconds(0.6), scale: 1, continues: true }, refusal)
    expect(told.at(-1)).toBe('failed rtsp-status')
    expect(commands).toHaveLength(2)
  })

  it('lets a server wait that is far ahead, and go on when little is left', async () => {
    await begin()
    await pictures(0.6, 30.4 / FRAME)
    vi.advanceTimersByTime(250)
    expect(commands).toEqual([{ name: 'pause' }])
    video.advance(15)
    vi.advanceTimersByTime(250)
    expect(commands).toHaveLength(1)
    video.advance(22)
    vi.advanceTimersByTime(250)
    expect(commands.map((command) => command.name)).toEqual(['pause', 'seek'])
  })

  it('does not take what is left of one place for what it has of another', async () => {
    await begin()
    video.ranges = [[0, 40]]
    video.currentTime = 50
    playback.discontinuity({ position: 50, scale: 1 })
    video.ranges = [[50, 55]]
    video.currentTime = 2
    playback.discontinuity({ position: 2, scale: 1 })
    vi.advanceTimersByTime(2_000)
    expect(commands.map((command) => command.name)).toEqual(['seek', 'seek'])
    expect(video.currentTime).toBe(2)
  })

  it('jumps over what was lost', async () => {
    await begin()
    video.ranges = [
      [0, 0.6],
      [1, 3],
    ]
    video.advance(0.59)
    vi.advanceTimersByTime(800)
    expect(video.currentTime).toBe(1)
    expect(commands).toEqual([])
  })

  it('ends when all is in the buffer, and wants a session for another place then', async () => {
    await begin()
    playback.finish()
    await Promise.resolve()
    expect(FakeMediaSource.log.at(-1)).toBe('end')
    video.currentTime = 0.2
    expect(told).toEqual([])
    video.currentTime = 25
    expect(told).toEqual(['wanted 25'])
    expect(playback.resume()).toBe(true)
    video.ended = true
    expect(playback.resume()).toBe(false)
  })

  it('begins again with another MediaSource when it was at its end', async () => {
    await begin()
    playback.finish()
    await Promise.resolve()
    const before = FakeMediaSource.log.length
    playback.begin(session, 0)
    initialization()
    await pictures(0, 12)
    expect(FakeMediaSource.log.slice(before, before + 3)).toEqual(['source', 'buffer video', 'append 255'])
  })

  it('starts another session at the place where it was', async () => {
    await begin(42)
    expect(seeks()).toEqual([[42, 1]])
    expect(FakeMediaSource.log).toEqual([])
    playback.discontinuity({ position: 42, scale: 1 })
    initialization()
    await pictures(42, 12)
    expect(FakeMediaSource.log.slice(0, 2)).toEqual(['source', 'buffer video'])
    expect(video.currentTime).toBe(42)
  })
})
