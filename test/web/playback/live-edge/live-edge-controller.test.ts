import { describe, expect, it } from 'vitest'
import { LiveEdgeController, type LiveEdgeSample } from '../../../../web/playback/live-edge/live-edge-controller.ts'

const FRAME = 1 / 30

const sample = (changes: Partial<LiveEdgeSample>): LiveEdgeSample => ({
  now: 0,
  currentTime: 0,
  buffered: [{ start: 0, end: FRAME }],
  frameDuration: FRAME,
  hasAudio: false,
  hidden: false,
  started: true,
  paused: false,
  seeking: false,
  ...changes,
})

/** A stream and an element that plays it as told: what the controller steers. */
class Simulation {
  readonly controller = new LiveEdgeController()
  readonly seeks: string[] = []
  now = 0
  currentTime = 0
  rate = 1
  end = 0
  hasAudio = false
  /** Seconds of stream for each second of time. */
  speed = 1

  run(seconds: number): void {
    const last = this.now + seconds
    while (this.now < last) {
      this.now += FRAME / this.speed
      this.currentTime = Math.min(this.end, this.currentTime + (FRAME / this.speed) * this.rate)
      this.end += FRAME
      const { now, currentTime, end, hasAudio } = this
      const action = this.controller.step(sample({ now, currentTime, hasAudio, buffered: [{ start: 0, end }] }), true)
      if (action.type === 'rate') this.rate = action.playbackRate
      else if (action.type === 'seek') {
        this.seeks.push(action.reason)
        this.currentTime = action.to
        this.rate = 1
      }
    }
  }

  get surplus(): number {
    return this.end - this.currentTime
  }
}

describe('LiveEdgeController', () => {
  it('comes to rest about one frame and a refresh of the display behind the edge', () => {
    const simulation = new Simulation()
    simulation.end = 0.6
    simulation.run(20)
    expect(simulation.surplus).toBeGreaterThan(FRAME)
    expect(simulation.surplus).toBeLessThan(FRAME + 0.025)
    expect(simulation.seeks).toEqual([])
  })

  it('keeps a quarter of a second where sound is decoded', () => {
    const simulation = new Simulation()
    simulation.hasAudio = true
    simulation.end = 0.6
    simulation.run(20)
    expect(simulation.surplus).toBeCloseTo(0.25, 1)
  })

  it('stays there with a camera whose clock is 200 ppm fast or slow', () => {
    for (const speed of [1.0002, 0.9998]) {
      const simulation = new Simulation()
      simulation.speed = speed
      simulation.run(3600)
      expect(simulation.surplus).toBeLessThan(FRAME + 0.025)
      expect(simulation.seeks).toEqual([])
    }
  })

  it('seeks once when it is more than a second behind', () => {
    const simulation = new Simulation()
    simulation.end = 5
    simulation.run(3)
    expect(simulation.seeks).toEqual(['behind'])
    expect(simulation.surplus).toBeLessThan(0.1)
  })

  it('keeps the rate within its bounds', () => {
    const controller = new LiveEdgeController()
    expect(controller.step(sample({ hasAudio: true, buffered: [{ start: 0, end: 0.9 }] }), true)).toEqual({
      type: 'rate',
      playbackRate: 1.05,
    })
    const late = new LiveEdgeController()
    expect(late.step(sample({ currentTime: 0.9, hasAudio: true, buffered: [{ start: 0, end: 0.9 }] }), true)).toEqual({
      type: 'rate',
      playbackRate: 0.97,
    })
  })

  it('catches up faster where there is no sound to hear it', () => {
    const simulation = new Simulation()
    simulation.end = 0.4
    simulation.run(1.6)
    expect(simulation.surplus).toBeLessThan(0.13)
    expect(simulation.rate).toBeLessThanOrEqual(1.05)
  })

  it('makes up in half a second, unheard, for a start that was half a second late', () => {
    const simulation = new Simulation()
    simulation.end = 0.55
    simulation.run(0.3)
    expect(simulation.rate).toBe(2)
    simulation.run(0.4)
    expect(simulation.surplus).toBeLessThan(FRAME + 0.05)
    simulation.run(1)
    // Not passed: a picture that is not there yet would make its clock stand still.
    expect(simulation.surplus).toBeGreaterThan(FRAME)
    expect(simulation.seeks).toEqual([])
  })

  it('leaves the rate alone near the target', () => {
    const controller = new LiveEdgeController()
    const buffered = [{ start: 0, end: FRAME + 0.008 + 0.005 }]
    expect(controller.step(sample({ buffered }), true)).toEqual({ type: 'none' })
  })

  it('does not seek before the first picture', () => {
    const controller = new LiveEdgeController()
    for (let now = 0; now < 0.3; now += 0.01) {
      expect(controller.step(sample({ now, started: false, buffered: [{ start: 0, end: 8 }] }), true).type).toBe('none')
    }
  })

  it('seeks once when a hidden page is shown again, however little it is behind', () => {
    const controller = new LiveEdgeController()
    const buffered = [{ start: 0, end: 0.8 }]
    expect(controller.step(sample({ hidden: true, buffered }), false).type).toBe('none')
    expect(controller.step(sample({ now: 1, buffered }), false)).toMatchObject({ type: 'seek', reason: 'shown-again' })
    expect(controller.step(sample({ now: 1.1, currentTime: 0.7, buffered }), false).type).toBe('none')
  })

  it('does so after a seek that was under way when the page was shown', () => {
    const controller = new LiveEdgeController()
    const buffered = [{ start: 0, end: 0.8 }]
    controller.step(sample({ hidden: true, buffered }), false)
    expect(controller.step(sample({ now: 1, seeking: true, buffered }), false).type).toBe('none')
    expect(controller.step(sample({ now: 1.2, buffered }), false)).toMatchObject({
      type: 'seek',
      reason: 'shown-again',
    })
  })

  it('corrects no more than the error until the next picture, however seldom they come', () => {
    const controller = new LiveEdgeController()
    const slow = { frameDuration: 1, currentTime: 0 }
    const action = controller.step(sample({ ...slow, buffered: [{ start: 0, end: 1 + 0.008 + 0.1 }] }), true)
    // 1.25 would have passed the target by 150 ms when the next picture comes.
    expect(action).toEqual({ type: 'rate', playbackRate: 1.1 })
  })

  it('seeks to the newest when pictures come and none is shown', () => {
    const controller = new LiveEdgeController()
    const buffered = [{ start: 0, end: 0.8 }]
    expect(controller.unstick(sample({ buffered }))).toMatchObject({ type: 'seek', reason: 'stuck' })
    expect(controller.unstick(sample({ buffered, paused: true })).type).toBe('none')
  })

  it('follows from afar in a hidden page, so that the buffer can be trimmed', () => {
    const controller = new LiveEdgeController()
    expect(controller.step(sample({ hidden: true, buffered: [{ start: 0, end: 9 }] }), true).type).toBe('none')
    expect(controller.step(sample({ hidden: true, buffered: [{ start: 0, end: 11 }] }), true).type).toBe('seek')
  })

  it('jumps over a gap where the play head stands before it', () => {
    const controller = new LiveEdgeController()
    const buffered = [
      { start: 0, end: 1 },
      { start: 1.5, end: 1.9 },
    ]
    expect(controller.step(sample({ now: 0, currentTime: 1, buffered }), false).type).toBe('none')
    expect(controller.step(sample({ now: 0.35, currentTime: 1, buffered }), false)).toEqual({
      type: 'seek',
      to: 1.5,
      reason: 'gap',
    })
  })

  it('enters a stream that begins behind the play head', () => {
    const controller = new LiveEdgeController()
    const late = { started: false, buffered: [{ start: 0.2, end: 0.6 }] }
    controller.step(sample({ ...late }), true)
    expect(controller.step(sample({ ...late, now: 0.4 }), true)).toMatchObject({ type: 'seek', to: 0.2, reason: 'gap' })
  })

  it('comes back when the play head ran beyond the buffer', () => {
    const controller = new LiveEdgeController()
    const over = { currentTime: 5, buffered: [{ start: 1, end: 2 }] }
    controller.step(sample({ ...over }), false)
    expect(controller.step(sample({ ...over, now: 0.4 }), false)).toMatchObject({ type: 'seek', reason: 'overrun' })
  })

  it('waits patiently at the edge while nothing comes', () => {
    const controller = new LiveEdgeController()
    for (let now = 0; now < 5; now += 0.2) {
      const action = controller.step(sample({ now, currentTime: FRAME }), false)
      expect(action.type).toBe('none')
    }
  })
})
