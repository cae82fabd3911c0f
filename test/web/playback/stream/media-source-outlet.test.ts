import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Milliseconds, Seconds } from '../../../../protocol/index.ts'
import { MediaSourceOutlet } from '../../../../web/playback/stream/media-source-outlet.ts'
import type { OutletMessage } from '../../../../web/playback/stream/messages.ts'
import { VIDEO } from '../../../support/configurations.ts'

const HANDLE = {} as MediaSourceHandle

class FakeMediaSource extends EventTarget {
  static last = new FakeMediaSource()
  readonly handle = HANDLE
  readyState = 'closed'
  addSourceBuffer = () => new EventTarget()
  constructor() {
    super()
    FakeMediaSource.last = this
  }
  open(): void {
    this.readyState = 'open'
    this.dispatchEvent(new Event('sourceopen'))
  }
}

/** An outlet that a stream has come to. */
function outletWithSource() {
  const told: OutletMessage[] = []
  const outlet = new MediaSourceOutlet(false, (message) => told.push(message))
  outlet.command({ name: 'begin', tracks: ['video'], pictureElsewhere: false })
  const stream = () => {
    const track = { trackId: 1, kind: 'video' } as const
    const data = new Uint8Array(1)
    outlet.initialization({ ...track, mimeType: 'video/mp4; codecs="avc1.42c01f"', configuration: VIDEO, data })
    const [start, duration, arrival] = [Seconds(0), Seconds(0.04), Milliseconds(0)]
    outlet.media({ ...track, data, start, duration, randomAccess: true, arrival })
  }
  stream()
  return { outlet, told, stream, source: FakeMediaSource.last }
}

describe('a MediaSource in the worker', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('MediaSource', FakeMediaSource)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('is given to the element by its handle', () => {
    expect(outletWithSource().told).toEqual([{ type: 'source', handle: HANDLE }])
  })

  it('is taken from the element once it is open, and not before', () => {
    const { outlet, told, source } = outletWithSource()
    outlet.command({ name: 'retake', tracks: [], pictureElsewhere: false })
    expect(told).toHaveLength(1)
    source.open()
    expect(told.slice(1)).toEqual([{ type: 'source', handle: null }])
  })

  it('is taken from the element at once where it is open', () => {
    const { outlet, told, source } = outletWithSource()
    source.open()
    outlet.command({ name: 'retake', tracks: [], pictureElsewhere: false })
    expect(told.at(-1)).toEqual({ type: 'source', handle: null })
  })

  it('does not take away the one that was given after it', () => {
    const { outlet, told, stream, source } = outletWithSource()
    outlet.command({ name: 'retake', tracks: [], pictureElsewhere: false })
    outlet.command({ name: 'retake', tracks: ['video'], pictureElsewhere: false })
    stream()
    source.open()
    expect(told.filter(({ type }) => type === 'source')).toEqual(Array(2).fill({ type: 'source', handle: HANDLE }))
  })
})
