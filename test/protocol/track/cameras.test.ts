import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { ntpFromUnix } from '../../../protocol/rtcp/sender-report.ts'
import { SessionTimeline } from '../../../protocol/track/session-timeline.ts'
import { Milliseconds } from '../../../protocol/units.ts'
import { CameraTrack } from './camera.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 22, 12)
const all = <T>(length: number, value: T): T[] => new Array<T>(length).fill(value)

/** The rows of the table of odd cameras that concern RTP, each as the whole track sees it. */
describe('cameras: RTP timestamps', () => {
  it.each([
    ['forward', 1_000_000_000, 'timestamp-jump'],
    ['forward by 20 seconds', 20 * 90_000, 'timestamp-jump'],
    ['back', -500_000, 'timestamp-back'],
    ['back by an hour', 2 ** 32 - 3_600 * 90_000, 'timestamp-back'],
  ])('timestamp jumps or goes back: %s', (_, by, deviation) => {
    const camera = new CameraTrack()
    camera.play(25)
    camera.timestamp += by
    camera.play(25)
    expect(camera.steps).toEqual(all(49, 40))
    expect(camera.deviations).toEqual([deviation])
    expect(camera.track.statistics()).toMatchObject({ jumps: 1, units: 50, lost: 0 })
  })

  it('timestamp wraps', () => {
    const camera = new CameraTrack()
    camera.timestamp = 2 ** 32 - 90_000
    camera.play(50)
    expect(camera.steps).toEqual(all(49, 40))
    expect(camera.deviations).toEqual([])
  })

  it('timestamp is equal for two pictures', () => {
    const camera = new CameraTrack()
    camera.play(10)
    camera.timestamp -= 3_600
    camera.play(10)
    const { segments, steps } = camera
    expect(segments).toHaveLength(20)
    expect(steps.every((step) => step >= 0 && step <= 80)).toBe(true)
    expect(segments.slice(1).every((segment, index) => segment.start > (segments[index]?.start ?? 0))).toBe(true)
  })

  it('frame rate changes', () => {
    const camera = new CameraTrack()
    for (const milliseconds of [40, 100, 1_000, 20]) camera.play(10, milliseconds)
    expect(camera.steps).toEqual([...all(10, 40), ...all(10, 100), ...all(10, 1_000), ...all(9, 20)])
    expect(camera.deviations).toEqual([])
  })

  it('silence suppression: sound goes on where it belongs after minutes of nothing', () => {
    const session = new SessionTimeline()
    const video = new CameraTrack('video', session)
    const audio = new CameraTrack('audio', session)
    video.play(1)
    audio.play(10, 1024 / 48)
    audio.pass(5 * 60_000)
    audio.play(10, 1024 / 48)
    expect(audio.starts[10]).toBe(Math.round(5 * 60_000 + (10 * 1024) / 48))
    expect(audio.deviations).toEqual([])
  })

  it('first keyframe after many seconds: the timeline begins with it, and a keyframe is asked for meanwhile', () => {
    const camera = new CameraTrack()
    const asked: number[] = []
    for (let index = 0; index < 300; index++) {
      camera.send()
      if (camera.track.keyframeRequest(Milliseconds(camera.now))) asked.push(camera.now)
      camera.pass(40)
    }
    expect(asked).toEqual([520, 1_520, 3_520, 7_520])
    camera.play(5)
    expect(camera.starts).toEqual([0, 40, 80, 120, 160])
    expect(camera.track.keyframeRequest(Milliseconds(camera.now))).toBeNull()
  })
})

describe('cameras: sources and sequences', () => {
  it('SSRC changes without notice: the keyframe at the head of the new source is shown', () => {
    const camera = new CameraTrack()
    camera.play(25)
    camera.ssrc = 0xbeef
    camera.sequenceNumber = 60_000
    camera.timestamp = 77
    camera.play(25)
    expect(camera.steps).toEqual(all(49, 40))
    expect(camera.segments[25]?.randomAccess).toBe(true)
    expect(camera.deviations).toEqual(['source-changed'])
  })

  it('two SSRCs on one channel: the first one is played, the other counted', () => {
    const camera = new CameraTrack()
    const other = { ssrc: 0xbad, sequenceNumber: 9, timestamp: 5 }
    for (let index = 0; index < 50; index++) {
      camera.send({ keyframe: index === 0 })
      const { ssrc, sequenceNumber, timestamp } = camera
      Object.assign(camera, { ...other, sequenceNumber: other.sequenceNumber + index })
      camera.send({ keyframe: true })
      Object.assign(camera, { ssrc, sequenceNumber, timestamp })
      camera.pass(40)
    }
    expect(camera.steps).toEqual(all(49, 40))
    expect(camera.track.statistics()).toMatchObject({ strays: 50, lost: 0, ssrc: 0xcafe })
    expect(camera.deviations).toEqual(['two-sources'])
  })

  it('sequence starts again after a camera reboot, its clock too', () => {
    const camera = new CameraTrack()
    camera.sequenceNumber = 40_000
    camera.play(25)
    camera.now += 45_000
    camera.sequenceNumber = 0
    camera.timestamp = 0
    camera.play(25)
    expect(camera.steps).toEqual([...all(24, 40), 45_040, ...all(24, 40)])
    expect(camera.deviations).toEqual(['sequence-restarted'])
    expect(camera.track.statistics()).toMatchObject({ restarts: 1, lost: 0, units: 50 })
  })

  it('sequence starts again while the clock goes on', () => {
    const camera = new CameraTrack()
    camera.play(25)
    camera.sequenceNumber = 30_000
    camera.play(25)
    expect(camera.steps).toEqual(all(49, 40))
    expect(camera.track.statistics()).toMatchObject({ restarts: 1, jumps: 0 })
  })

  it('gaps in sequence numbers over TCP: everything up to the next keyframe is dropped and counted, and one is asked for', () => {
    const camera = new CameraTrack()
    camera.play(10)
    camera.sequenceNumber += 7
    camera.pass(280)
    for (let index = 0; index < 5; index++) {
      camera.send()
      camera.pass(40)
    }
    expect(camera.track.keyframeRequest(Milliseconds(camera.now))).toEqual({ ssrc: 0xcafe, sequenceNumber: 1 })
    camera.play(10)
    expect(camera.steps).toEqual([...all(9, 40), 40 + 280 + 5 * 40, ...all(9, 40)])
    expect(camera.track.statistics()).toMatchObject({ lost: 7, dropped: 5, units: 20 })
  })

  it('payload type other than the SDP states', () => {
    const camera = new CameraTrack()
    for (let index = 0; index < 10; index++) {
      camera.send({ keyframe: index === 0, payloadType: 104 })
      camera.pass(40)
    }
    expect(camera.starts).toHaveLength(10)
    expect(new Set(camera.deviations)).toEqual(new Set(['payload-type-other']))
  })
})

describe('cameras: RTP headers', () => {
  it('RTP extension headers, CSRC and padding stand round the payload, and are none of it', () => {
    const camera = new CameraTrack()
    const extension = { profile: 0xbede, data: Uint8Array.of(0x10, 1, 0, 0) }
    for (let index = 0; index < 10; index++) {
      camera.send({ keyframe: index === 0, extension, contributingSources: [1, 2, 3], padding: 1 + index })
      camera.pass(40)
    }
    expect(camera.steps).toEqual(all(9, 40))
    expect(camera.track.statistics()).toMatchObject({ malformed: 0, units: 10 })
  })

  it('packets of nothing but padding are no fault', () => {
    const camera = new CameraTrack()
    camera.play(5)
    for (let index = 0; index < 3; index++) camera.send({ payload: new Uint8Array(0), padding: 200, marker: false })
    for (let index = 0; index < 5; index++) {
      camera.send()
      camera.pass(40)
    }
    expect(camera.steps).toEqual(all(9, 40))
    expect(camera.track.statistics()).toMatchObject({ malformed: 0, lost: 0, packets: 13 })
  })

  it('ONVIF replay extension: a picture that ends with the next one has its own time, not that of the next', () => {
    const camera = new CameraTrack()
    for (const unix of [START, START + 40, START + 9 * HOUR, START + 9 * HOUR + 40]) {
      const { ntpSeconds, ntpFraction } = ntpFromUnix(unix)
      const data = new ByteWriter().u32(ntpSeconds).u32(ntpFraction).u32(0).toBytes()
      camera.send({ keyframe: true, marker: false, extension: { profile: 0xabac, data } })
      camera.pass(40)
    }
    const times = camera.segments.map((segment) => Math.round((segment.wallClock ?? Number.NaN) - START))
    expect(times).toEqual([0, 40, 9 * HOUR])
  })

  it('ONVIF replay extension: each picture has its time of recording, over gaps of the recording too', () => {
    const camera = new CameraTrack()
    const sendRecorded = (unix: number, keyframe: boolean, flags = 0) => {
      const { ntpSeconds, ntpFraction } = ntpFromUnix(unix)
      const data = new ByteWriter().u32(ntpSeconds).u32(ntpFraction).u8(flags).u8(0).u16(0).toBytes()
      camera.send({ keyframe, extension: { profile: 0xabac, data } })
      camera.pass(40)
    }
    sendRecorded(START, true, 0x80)
    sendRecorded(START + 40, false, 0x40)
    sendRecorded(START + 9 * HOUR, true, 0xa0)
    expect(camera.track.ended).toBe(false)
    sendRecorded(START + 9 * HOUR + 40, false, 0x50)
    const times = camera.segments.map((segment) => Math.round((segment.wallClock ?? Number.NaN) - START))
    expect(times).toEqual([0, 40, 9 * HOUR, 9 * HOUR + 40])
    expect(camera.starts).toEqual([0, 40, 80, 120])
    expect(camera.track.ended).toBe(true)
  })
})

describe('a camera over days', () => {
  it('reboots every eight hours, steps its clock, drifts and wraps: presentation time is continuous for a week', () => {
    const camera = new CameraTrack()
    let longest = 0
    let before = 0
    for (let minute = 0; minute < 7 * 24 * 60; minute++) {
      if (minute % 480 === 479) {
        camera.ssrc++
        camera.sequenceNumber = (minute * 7919) % 65_536
        camera.timestamp = (minute * 104_729 * 31) % 2 ** 32
      }
      if (minute % 300 === 299) camera.timestamp += 3_600 * 90_000
      camera.report(START + minute * 60_000)
      camera.play(2, 30_003)
      for (const { start } of camera.segments.splice(0)) {
        longest = Math.max(longest, Math.abs(start - before))
        before = start
      }
    }
    expect(longest).toBeLessThan(30.1)
    expect(before).toBeGreaterThan(7 * 86_400 - 120)
    expect(camera.track.statistics()).toMatchObject({ lost: 0, units: 7 * 24 * 60 * 2 })
  })
})
