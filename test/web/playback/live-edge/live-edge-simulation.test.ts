import { describe, expect, it } from 'vitest'
import { wantedLatency } from '../../../../web/playback/live-edge/live-edge-latency.ts'
import { LIVE_EDGE_SETTINGS } from '../../../../web/playback/live-edge/live-edge-settings.ts'
import { pseudoRandom, SimulatedLiveStream, type SimulationOptions } from './simulated-live-stream.ts'

const HOUR = 3600

const withLatency = (latency: string, options: SimulationOptions = {}): SimulatedLiveStream => {
  const stream = new SimulatedLiveStream(options)
  stream.controller.latency = wantedLatency(latency)
  return stream
}

/** A network that is 5 ms long, and for a part of the pictures up to so much longer. */
const jittery = (most: number, part = 0.2): ((seconds: number) => number) => {
  const random = pseudoRandom()
  return () => 0.005 + (random() < part ? random() * most : 0)
}

describe('for hours', () => {
  it.each([
    ['a true clock', 0, 30],
    ['a clock that is 200 ppm fast', 200, 30],
    ['a clock that is 200 ppm slow', -200, 30],
    ['200 ppm fast at 60 frames a second', 200, 60],
    ['200 ppm slow at 1 frame a second', -200, 1],
  ])('the delay stays the same with %s', (_, skew, framesPerSecond) => {
    const stream = new SimulatedLiveStream({ skew, framesPerSecond: () => framesPerSecond })
    const hours = framesPerSecond === 60 ? 1 : 3
    stream.run(hours * HOUR)
    const tenth = (hours * HOUR) / 10
    const [first, last] = [stream.median(5, tenth), stream.median(9 * tenth, 10 * tenth)]
    expect(Math.abs(last - first)).toBeLessThan(5)
    // Network, half a refresh and the dead band.
    expect(last).toBeLessThan(5 + 8 + 8 + 1)
    expect(stream.seeks).toEqual([])
  })

  it.each(Object.keys(LIVE_EDGE_SETTINGS) as (keyof typeof LIVE_EDGE_SETTINGS)[])(
    'the delay stays the same with the settings for %s, on a network with some jitter',
    (engine) => {
      const settings = LIVE_EDGE_SETTINGS[engine]
      const stream = new SimulatedLiveStream({ skew: 100, settings, network: jittery(0.02) })
      stream.run(HOUR)
      const [first, last] = [stream.median(5, HOUR / 10), stream.median((9 * HOUR) / 10, HOUR)]
      // A band that is crossed in a quarter of an hour says nothing of a tenth of an hour but that it is kept.
      const isCrossed = settings.deadBand > 0.05
      expect(Math.abs(last - first)).toBeLessThan(isCrossed ? settings.deadBand * 1000 : 5)
      expect(last / 1000).toBeLessThan(0.02 + settings.videoMargin + settings.deadBand)
      expect(stream.seeks).toEqual([])
    },
  )

  it('in WebKit the rate is changed a few times an hour, for each change begins its pipeline anew', () => {
    const settings = LIVE_EDGE_SETTINGS.webkit
    const stream = new SimulatedLiveStream({ skew: 100, settings, network: jittery(0.02) })
    stream.run(6 * HOUR)
    expect(stream.rates.length).toBeLessThan(6 * 20)
    // It is crossed again and again, and not left.
    expect(Math.abs(stream.median(5 * HOUR, 6 * HOUR) - stream.median(5, HOUR))).toBeLessThan(10)
  })

  it('the rate is left alone most of the time', () => {
    const stream = new SimulatedLiveStream({ skew: 200 })
    stream.run(HOUR)
    // 200 ppm need a correction each 25 s or so, and one of it is two or three changes.
    expect(stream.rates.length).toBeLessThan((HOUR / 25) * 3)
  })

  it('sound keeps its quarter of a second', () => {
    const stream = new SimulatedLiveStream({ skew: -200, hasAudio: true })
    stream.run(HOUR)
    expect(stream.surplus).toBeCloseTo(0.25, 1)
    expect(Math.max(...stream.rates)).toBeLessThanOrEqual(1.05)
    expect(Math.min(...stream.rates)).toBeGreaterThanOrEqual(0.97)
  })
})

describe('a display that wants pictures early', () => {
  /** As much in hand as any display could want. */
  const roomy = { ...LIVE_EDGE_SETTINGS.chromium, mostMargin: 0.04 }

  it('is given no more than the settings of the engine leave', () => {
    const wait = 0.016
    const stream = new SimulatedLiveStream({ display: (0.005 + wait) % (1 / 60) })
    stream.run(60)
    let inHand = 0
    for (let second = 0; second < 60; second++) {
      stream.run(1)
      inHand += ((stream.controller.surplus ?? Number.NaN) - 1 / 30) / 60
    }
    expect(inHand).toBeGreaterThan(LIVE_EDGE_SETTINGS.chromium.videoMargin)
    // What this display would want, below.
    expect(inHand).toBeLessThan(wait + 1 / 60 - 0.004)
  })

  it.each([0.001, 0.006, 0.012, 0.016])(
    'is given them, and hardly earlier: %d s from a picture to its refresh',
    (wait) => {
      const stream = new SimulatedLiveStream({ display: (0.005 + wait) % (1 / 60), settings: roomy })
      stream.run(60)
      const before = stream.standstills
      const inHand: number[] = []
      for (let second = 0; second < 60; second++) {
        stream.run(1)
        inHand.push((stream.controller.surplus ?? 0) - 1 / 30)
      }
      // One in some seconds tells that there is no less.
      expect(stream.standstills - before).toBeLessThan(60)
      const needed = wait + 1 / 60
      const mean = inHand.reduce((sum, one) => sum + one, 0) / inHand.length
      expect(mean).toBeGreaterThan(needed)
      expect(mean).toBeLessThan(needed + 0.006)
    },
  )

  it('which drifts along the pictures, is followed', () => {
    const stream = new SimulatedLiveStream({ display: 0, skew: 200, framesPerSecond: () => 29.97, settings: roomy })
    stream.run(300)
    expect(stream.standstills).toBeLessThan(600)
    expect(stream.median(100, 300)).toBeLessThan(45)
    expect(stream.seeks).toEqual([])
  })

  it('a picture that is late makes no more in hand: what it cost is back at once', () => {
    const stream = new SimulatedLiveStream({ network: (at) => (at % 5 < 1 / 30 ? 0.045 : 0.005) })
    stream.run(120)
    const delays = stream.shown.filter(({ at }) => at > 20).map(({ delay }) => delay)
    const late = delays.filter((delay) => delay > 0.03).length
    // Each time within a fifth of a second.
    expect(late / delays.length).toBeLessThan(0.04)
  })
})

describe('after a disturbance it is back within two seconds, by one seek', () => {
  it('a network that stands still for 5 s, and gives all at once', () => {
    const stream = new SimulatedLiveStream({ network: (at) => (at >= 60 && at < 65 ? 65 - at : 0.005) })
    stream.run(60)
    const before = stream.median(20, 60)
    stream.run(30)
    expect(stream.seeks.map(({ reason }) => reason)).toEqual(['behind'])
    expect(stream.median(67, 70)).toBeLessThan(before + 10)
  })

  it('the same, where what was held up comes over most of a second', () => {
    const stream = new SimulatedLiveStream({
      network: (at) => (at >= 60 && at < 65 ? 65 - at + (at - 60) * 0.16 : at >= 65 && at < 65.8 ? 65.8 - at : 0.005),
    })
    stream.run(90)
    expect(stream.seeks.map(({ reason }) => reason)).toEqual(['behind'])
    expect(stream.median(68, 70)).toBeLessThan(30)
  })

  it('a page that was hidden for 30 s, in which silent video stands still', () => {
    const stream = new SimulatedLiveStream()
    stream.run(60)
    stream.setHidden(true)
    stream.run(30)
    const seeks = stream.seeks.length
    stream.setHidden(false)
    stream.run(10)
    expect(stream.seeks.slice(seeks).map(({ reason }) => reason)).toEqual(['shown-again'])
    expect(stream.median(91, 100)).toBeLessThan(25)
  })

  it('a page that was hidden for an hour, without a buffer that grows', () => {
    const stream = new SimulatedLiveStream()
    stream.run(10)
    stream.setHidden(true)
    stream.run(HOUR)
    expect(stream.surplus).toBeLessThan(11)
    stream.setHidden(false)
    stream.run(5)
    expect(stream.median(HOUR + 12, HOUR + 15)).toBeLessThan(25)
  })

  it('a page shown again while a seek is under way', () => {
    const stream = new SimulatedLiveStream()
    stream.run(10)
    stream.setHidden(true)
    // A seek from afar comes as the page is shown.
    while (stream.seeks.length === 0) stream.run(0.01)
    stream.setHidden(false)
    stream.run(5)
    expect(stream.median(stream.now - 3, stream.now)).toBeLessThan(25)
  })

  it('a machine that slept for eight hours', () => {
    const stream = new SimulatedLiveStream()
    stream.run(60)
    stream.sleep(8 * HOUR, 3)
    const woke = stream.now
    stream.run(10)
    expect(stream.seeks).toHaveLength(1)
    expect(stream.median(woke + 2, woke + 10)).toBeLessThan(25)
  })

  it('pictures that were lost on the way', () => {
    const stream = new SimulatedLiveStream({ network: (at) => (at >= 60 && at < 62 ? undefined : 0.005) })
    stream.run(70)
    expect(stream.seeks).toHaveLength(1)
    expect(stream.median(64, 70)).toBeLessThan(30)
  })
})

describe('the frame rate', () => {
  it.each([1, 2, 5, 15, 25, 60])('may be %d', (framesPerSecond) => {
    const stream = new SimulatedLiveStream({ framesPerSecond: () => framesPerSecond })
    stream.run(120)
    expect(stream.median(30, 120)).toBeLessThan(30)
    expect(stream.seeks).toEqual([])
  })

  it('may change, as at nightfall', () => {
    const framesPerSecond = (at: number) => (at < 60 ? 30 : at < 180 ? 5 : 60)
    const stream = new SimulatedLiveStream({ framesPerSecond })
    stream.run(300)
    expect(stream.median(30, 60)).toBeLessThan(25)
    expect(stream.median(90, 180)).toBeLessThan(40)
    expect(stream.median(200, 300)).toBeLessThan(25)
  })
})

describe('a person chooses', () => {
  it('seconds', () => {
    const stream = withLatency('2')
    stream.run(300)
    expect(stream.surplus).toBeCloseTo(2, 1)
    expect(stream.seeks).toEqual([])
  })

  it('smooth: no picture is late on a network that shakes by 300 ms', () => {
    const stream = withLatency('smooth', { network: jittery(0.3) })
    stream.run(300)
    const delays = stream.shown.filter(({ at }) => at > 120).map(({ delay }) => delay)
    // Shown at its time, each as late as the others: that is what smooth looks like.
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThan(0.12)
    expect(Math.max(...delays)).toBeLessThan(1.2)
  })

  it('low: as near as can be, whatever the network does', () => {
    const stream = withLatency('low', { network: jittery(0.3, 0.02) })
    stream.run(300)
    expect(stream.median(120, 300)).toBeLessThan(70)
  })

  it('auto: wide while the network shakes, and near again when it is calm', () => {
    const calm = 0.005
    const shaken = jittery(0.3)
    const stream = withLatency('auto', { network: (at) => (at >= 60 && at < 180 ? shaken(at) : calm) })
    stream.run(60)
    expect(stream.median(20, 60)).toBeLessThan(30)
    stream.run(120)
    const delays = stream.shown.filter(({ at }) => at > 120 && at < 180).map(({ delay }) => delay)
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThan(0.12)
    stream.run(120)
    expect(stream.median(270, 300)).toBeLessThan(40)
  })

  it('auto: one stall alone does not widen it', () => {
    const stream = withLatency('auto', { network: (at) => (at >= 60 && at < 60.8 ? 60.8 - at : 0.005) })
    stream.run(120)
    expect(stream.controller.jitter).toBeLessThan(0.02)
    expect(stream.median(70, 120)).toBeLessThan(40)
  })

  it('auto: never more than a second', () => {
    const stream = withLatency('auto', { network: jittery(4, 0.5) })
    stream.run(120)
    expect(stream.controller.target({ frameDuration: 1 / 30, hasAudio: false })).toBeLessThan(1.05)
  })
})

describe('the attribute latency', () => {
  it.each([
    ['low', { name: 'low' }],
    ['smooth', { name: 'smooth' }],
    ['auto', { name: 'auto' }],
    ['0.3', { name: 'seconds', seconds: 0.3 }],
    [' 2 ', { name: 'seconds', seconds: 2 }],
    ['3600', { name: 'seconds', seconds: 10 }],
    ['-1', { name: 'low' }],
    ['fast', { name: 'low' }],
    ['', { name: 'low' }],
    [null, { name: 'low' }],
  ])('%s', (attribute, wanted) => {
    expect(wantedLatency(attribute)).toEqual(wanted)
  })
})
