import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Milliseconds, Seconds } from '../../../../protocol/units.ts'
import { MediaSourceFeed } from '../../../../web/playback/media-source/media-source-feed.ts'
import { VIDEO } from '../../../support/configurations.ts'

const MIME = 'video/mp4; codecs="avc1.4D401F"'
const MEGABYTE = 1024 * 1024

/** One stretch of pictures of a second each: where it begins and ends. */
class FakeSourceBuffer extends EventTarget {
  updating = false
  timestampOffset = 0
  start = 0
  end = 0

  get buffered() {
    return { length: this.end > this.start ? 1 : 0, start: () => this.start, end: () => this.end }
  }

  appendBuffer({ length }: Uint8Array): void {
    if (length > 1) this.end += 1
    this.#update()
  }

  remove(_start: number, end: number): void {
    this.start = end
    this.#update()
  }

  #update(): void {
    this.updating = true
    queueMicrotask(() => {
      this.updating = false
      this.dispatchEvent(new Event('updateend'))
    })
  }
}

const buffer = new FakeSourceBuffer()

class FakeMediaSource extends EventTarget {
  readyState = 'open'
  duration = 0
  addSourceBuffer = () => buffer
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('MediaSource', FakeMediaSource)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('what is kept for time-shift', () => {
  it('is no more than 64 MiB and a group of pictures, however many seconds are wanted', async () => {
    const element = {
      currentTime: 0,
      attach: (mediaSource: MediaSource) => void mediaSource.dispatchEvent(new Event('sourceopen')),
      detach: () => undefined,
      moveTo: () => undefined,
    }
    const ignored = () => undefined
    const events = { appended: ignored, queued: ignored, dropped: ignored, failed: vi.fn() }
    const feed = new MediaSourceFeed(element, false, events)
    feed.timeShift = 3_600
    feed.begin(new Set(['video']), false)
    feed.initialization({
      trackId: 1,
      kind: 'video',
      mimeType: MIME,
      configuration: VIDEO,
      data: new Uint8Array(1),
    })
    // A megabyte a second, each a keyframe.
    const data = new Uint8Array(MEGABYTE)
    let most = 0
    for (let second = 0; second < 200; second++) {
      const [start, arrival] = [Seconds(second), Milliseconds(second * 1_000)]
      feed.media({ trackId: 1, kind: 'video', data, start, duration: Seconds(1), randomAccess: true, arrival })
      element.currentTime = second
      await vi.advanceTimersByTimeAsync(1_000)
      // It is looked at each five seconds.
      if (second % 5 === 4) most = Math.max(most, buffer.end - buffer.start)
    }
    expect(events.failed).not.toHaveBeenCalled()
    expect(buffer.end).toBe(200)
    expect(most).toBeGreaterThan(60)
    expect(most).toBeLessThanOrEqual(64 + 1 + 5)
    feed.close()
  })
})
