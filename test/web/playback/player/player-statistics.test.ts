import { describe, expect, it } from 'vitest'
import type { PipelineStatistics } from '../../../../protocol/pipeline.ts'
import { Milliseconds } from '../../../../protocol/units.ts'
import { StatisticsCollector } from '../../../../web/playback/player/player-statistics.ts'

interface Told {
  readonly units?: number
  readonly packets?: number
  readonly lost?: number
  readonly bytes?: number
  /** By how much the clock of the camera was ahead when its newest report came, in milliseconds. */
  readonly ahead?: number
}

const pipeline = ({ units = 0, packets = 0, lost = 0, bytes = 0, ahead }: Told): PipelineStatistics =>
  ({
    bytesReceived: bytes,
    tracks: [{ kind: 'video', units, packets, lost, dropped: 0, jitter: Milliseconds(2), clock: { ahead } }],
  }) as unknown as PipelineStatistics

const nothing = {
  picturesShown: 0,
  picturesSkipped: 0,
  delay: Milliseconds(30),
  captureDelay: undefined,
  decodeTime: undefined,
  last: undefined,
  stale: false,
  latencyTarget: 41,
  reconnects: 0,
  soundLag: undefined,
}
const now = () => performance.timeOrigin + performance.now()

describe('the figures of a player', () => {
  it('tell rates of the last second', () => {
    const collector = new StatisticsCollector()
    collector.update(pipeline({ units: 100, packets: 900, lost: 50, bytes: 1_000_000 }), 90, 1_000)
    collector.update(pipeline({ units: 125, packets: 990, lost: 60, bytes: 1_125_000 }), 115, 2_000)
    expect(collector.snapshot(nothing)).toMatchObject({
      frameRate: 25,
      shownRate: 25,
      bitrate: 1_000_000,
      lossRate: 0.1,
      packetsLost: 60,
    })
  })

  it('tell nothing of the present where nothing comes, and keep what came', () => {
    const collector = new StatisticsCollector()
    collector.update(pipeline({ units: 100, packets: 900, bytes: 1_000_000 }), 90, 1_000)
    collector.update(pipeline({ units: 125, packets: 990, bytes: 1_125_000 }), 115, 2_000)
    collector.silent()
    expect(collector.isReceiving).toBe(false)
    expect(collector.snapshot(nothing)).toMatchObject({ frameRate: 0, shownRate: 0, bitrate: 0, packets: 990 })
  })

  it('tell no delay below that in the page, whatever a report says that was kept for a second', () => {
    const collector = new StatisticsCollector()
    collector.update(pipeline({ ahead: -1_000 }), 0, 1_000)
    const last = { shownAt: now(), mediaTime: 1, arrival: now() - 30, capture: now() - 33 }
    const { captureDelay, frameAge } = collector.snapshot({ ...nothing, captureDelay: 33, last })
    expect(captureDelay).toBe(30)
    expect(frameAge).toBeGreaterThanOrEqual(30)
  })

  it.each([
    ['right', 0],
    ['an hour fast', 3_600_000],
    ['a day slow', -86_400_000],
  ])('tell the delay from the capture by the fastest report, with a clock that is %s', (_, wrong) => {
    const collector = new StatisticsCollector()
    // The reports were under way for 3 to 40 ms.
    for (const [second, way] of [12, 3, 40, 8].entries()) {
      collector.update(pipeline({ ahead: wrong - way }), 0, second * 1_000)
    }
    const last = { shownAt: now(), mediaTime: 1, arrival: now() - 30, capture: now() - 100 + wrong }
    const { captureDelay, frameAge } = collector.snapshot({ ...nothing, captureDelay: 90 - wrong, last })
    // 90 ms by both clocks; the way of the fastest report is not known to be in it.
    expect(captureDelay).toBeCloseTo(90 - 3, 3)
    expect(frameAge).toBeGreaterThan(96)
    expect(frameAge).toBeLessThan(200)
  })

  it('tell the age from the arrival where the camera sends no reports, and no delay from the capture', () => {
    const collector = new StatisticsCollector()
    collector.update(pipeline({}), 0, 1_000)
    const last = { shownAt: now() - 5_000, mediaTime: 1, arrival: now() - 5_030, capture: undefined }
    const { captureDelay, frameAge } = collector.snapshot({ ...nothing, last })
    expect(captureDelay).toBeUndefined()
    expect(frameAge).toBeGreaterThan(5_029)
  })
})
