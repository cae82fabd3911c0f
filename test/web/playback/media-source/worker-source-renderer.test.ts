import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Milliseconds } from '../../../../protocol/index.ts'
import { WorkerSourceRenderer } from '../../../../web/playback/media-source/worker-source-renderer.ts'
import type { RendererEvents } from '../../../../web/playback/renderer.ts'
import type { OutletMessage } from '../../../../web/playback/stream/messages.ts'
import type { StreamHandle, StreamHost } from '../../../../web/playback/stream/stream-host.ts'

const HANDLE = {} as MediaSourceHandle

/** A page with one element, and what its worker is told. */
function pageWithElement() {
  const video = { currentTime: 0, srcObject: null as unknown, removeAttribute: vi.fn(), load: vi.fn() }
  const told: unknown[] = []
  let tell: (message: OutletMessage | { type: 'lost' }) => void = () => undefined
  let outlets = 0
  const host = {
    openSource: (audible: boolean, listener: typeof tell) => {
      tell = listener
      const id = ++outlets
      told.push(`open ${id} ${audible ? 'audible' : 'muted'}`)
      return { id, command: (command: unknown) => told.push(command), close: () => told.push(`close ${id}`) }
    },
  } as unknown as StreamHost
  const session = { track: (command: unknown) => told.push(command) } as unknown as StreamHandle
  const events = {
    ...{ attaching: vi.fn(), attached: vi.fn(), appended: vi.fn(), queued: vi.fn() },
    ...{ dropped: vi.fn(), warning: vi.fn(), failed: vi.fn() },
  } satisfies RendererEvents
  const renderer = new WorkerSourceRenderer(video as unknown as HTMLVideoElement, host, false, events)
  return { video, told, events, renderer, session, tell: (message: Parameters<typeof tell>[0]) => tell(message) }
}

const appended = (offset?: number): OutletMessage => ({
  type: 'appended',
  pictures: [{ mediaTime: 3, arrival: Milliseconds(5), wallClock: undefined }],
  frameDuration: 0.04,
  hasAudio: true,
  offset,
})

describe('an element whose MediaSource is in the worker', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('has the session lead its segments to one outlet, and the next session to the same', () => {
    const { told, renderer, session } = pageWithElement()
    renderer.begin(session, new Set(['video']), false)
    renderer.begin(session, new Set(['video', 'audio']), false)
    expect(told).toEqual([
      'open 1 muted',
      { name: 'begin', tracks: ['video'], pictureElsewhere: false },
      { name: 'segments', outlet: 1 },
      { name: 'begin', tracks: ['video', 'audio'], pictureElsewhere: false },
      { name: 'segments', outlet: 1 },
    ])
  })

  it('is given the source, and keeps its picture up to then', () => {
    const { video, events, renderer, session, tell } = pageWithElement()
    renderer.begin(session, new Set(['video']), false)
    events.attaching.mockImplementation(() => expect(video.srcObject).toBeNull())
    tell({ type: 'source', handle: HANDLE })
    expect(video.srcObject).toBe(HANDLE)
    expect(events.attaching).toHaveBeenCalledBefore(events.attached)
    tell({ type: 'source', handle: null })
    expect(video.srcObject).toBeNull()
    expect(video.load).toHaveBeenCalledOnce()
  })

  it('tells of each picture before it tells that something was appended', () => {
    const { events, renderer, session, tell } = pageWithElement()
    renderer.begin(session, new Set(['video']), false)
    tell(appended())
    expect(events.queued).toHaveBeenCalledExactlyOnceWith({ arrival: 5, wallClock: undefined }, 3)
    expect(events.queued).toHaveBeenCalledBefore(events.appended)
    expect([renderer.frameDuration, renderer.hasAudio]).toEqual([0.04, true])
  })

  it('tells the worker where the play head is, but not with each picture', () => {
    const { video, told, renderer, session, tell } = pageWithElement()
    renderer.begin(session, new Set(['video']), false)
    const playHeads = () => told.filter((one) => (one as { name?: string }).name === 'play-head')
    vi.advanceTimersByTime(2_000)
    for (let i = 0; i < 100; i++) {
      video.currentTime += 0.04
      vi.advanceTimersByTime(40)
      tell(appended())
    }
    expect(playHeads().length).toBeGreaterThanOrEqual(3)
    expect(playHeads().length).toBeLessThanOrEqual(5)
    expect(playHeads().at(-1)).toMatchObject({ currentTime: expect.closeTo(3, 0) })
  })

  it('keeps its picture when the worker is gone, and opens another outlet for the next session', () => {
    const { told, events, renderer, session, tell } = pageWithElement()
    renderer.begin(session, new Set(['video']), false)
    renderer.setAudible(true)
    tell(appended(1))
    tell({ type: 'lost' })
    expect(events.attaching).toHaveBeenCalledOnce()
    // The session tells that it broke: this does not, or it would be tried again twice.
    expect(events.failed).not.toHaveBeenCalled()
    renderer.begin(session, new Set(['video']), false)
    expect(told).toContain('open 2 audible')
    expect(told.at(-1)).toEqual({ name: 'segments', outlet: 2 })
  })

  it('lets go of the session and of the source when it closes', () => {
    const { video, told, renderer, session, tell } = pageWithElement()
    renderer.begin(session, new Set(['video']), false)
    tell({ type: 'source', handle: HANDLE })
    tell(appended())
    renderer.close()
    expect(told.slice(-2)).toEqual([{ name: 'segments', outlet: null }, 'close 1'])
    expect(video.srcObject).toBeNull()
  })

  describe('that is closed while the source is opened', () => {
    /** Chromium would keep the element else. */
    function closedWhileOpening() {
      const page = pageWithElement()
      page.renderer.begin(page.session, new Set(['video']), false)
      page.tell({ type: 'source', handle: HANDLE })
      page.renderer.close()
      return page
    }

    it('keeps its source until the worker says that it may go, and shows nothing more', () => {
      const { video, told, events, tell } = closedWhileOpening()
      expect(video.srcObject).toBe(HANDLE)
      expect(told.slice(-2)).toEqual([
        { name: 'segments', outlet: null },
        { name: 'retake', tracks: [], pictureElsewhere: false },
      ])
      tell(appended())
      expect(events.appended).not.toHaveBeenCalled()
      tell({ type: 'source', handle: null })
      expect(video.srcObject).toBeNull()
      expect(told.at(-1)).toBe('close 1')
      expect(vi.getTimerCount()).toBe(0)
    })

    it('loses it all the same where the worker says nothing', () => {
      const { video, told } = closedWhileOpening()
      vi.advanceTimersByTime(10_000)
      expect(video.srcObject).toBeNull()
      expect(told.at(-1)).toBe('close 1')
    })

    it('loses it with the worker', () => {
      const { video, tell } = closedWhileOpening()
      tell({ type: 'lost' })
      expect(video.srcObject).toBeNull()
    })

    it('keeps the source that somebody else has given it meanwhile', () => {
      const { video, tell } = closedWhileOpening()
      const other = {}
      video.srcObject = other
      tell({ type: 'source', handle: null })
      expect(video.srcObject).toBe(other)
    })
  })
})
