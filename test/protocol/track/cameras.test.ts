import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { looksLikeRtcp, readCompound } from '../../../protocol/rtcp/packet.ts'
import { ntpFromUnix, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { SessionTimeline } from '../../../protocol/track/session-timeline.ts'
import { Milliseconds } from '../../../protocol/units.ts'
import { CameraTrack } from './camera.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 22, 12)
const all = <T>(length: number, value: T): T[] => new Array<T>(length).fill(value)

/** The rows of the table of odd cameras that concern RTP and RTCP, each as the whole track sees it. */
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

describe('cameras: RTCP', () => {
  it('RTCP on the RTP channel and the reverse is told by its packet type, whatever the channel', () => {
    const writer = new ByteWriter()
    writeSenderReport(writer, {
      ...{ ssrc: 1, ntpSeconds: 1, ntpFraction: 0, rtpTimestamp: 0, packetCount: 0, octetCount: 0 },
      reports: [],
    })
    expect(looksLikeRtcp(writer.view(), 0, writer.length)).toBe(true)
    for (const payloadType of [0, 8, 26, 33, 35, 96, 127]) {
      for (const marker of [0, 0x80]) {
        expect(looksLikeRtcp(Uint8Array.of(0x80, marker | payloadType, 0, 1), 0, 4)).toBe(false)
      }
    }
  })

  it('malformed SDES: the sender report before it and the BYE behind it are read', () => {
    const writer = new ByteWriter()
    const { ntpSeconds, ntpFraction } = ntpFromUnix(START)
    const report = { ssrc: 1, ntpSeconds, ntpFraction, rtpTimestamp: 7, packetCount: 1, octetCount: 1, reports: [] }
    writeSenderReport(writer, report)
    writer
      .write(Uint8Array.of(0x81, 202, 0, 2, 0, 0, 0, 1, 1, 99, 65, 66))
      .write(Uint8Array.of(0x81, 203, 0, 1, 0, 0, 0, 1))
    const { packets, complete } = readCompound(writer.view())
    expect(packets.map((packet) => packet.type)).toEqual(['SR', 'BYE'])
    expect(complete).toBe(false)
  })

  it('sender reports with NTP zero: no wall clock, and the stream plays', () => {
    const camera = new CameraTrack()
    camera.play(5)
    camera.report('zero')
    camera.play(5)
    expect(camera.segments.every((segment) => segment.wallClock === undefined)).toBe(true)
    expect(camera.starts).toHaveLength(10)
    expect(camera.deviations).toEqual(['sender-report-without-time'])
    expect(camera.track.statistics().clock).toMatchObject({ reports: 0, rejected: 1 })
  })

  it('sender reports in local time: the zone is told, the picture has the wall clock that the camera shows', () => {
    const camera = new CameraTrack()
    camera.play(5)
    camera.report(START + 2 * HOUR + 300, {}, START)
    camera.play(1)
    expect(camera.segments.at(-1)?.wallClock).toBeCloseTo(START + 2 * HOUR + 300, 0)
    expect(camera.deviations).toEqual(['sender-report-local-time'])
    expect(camera.track.statistics().clock).toMatchObject({ zone: 2 * HOUR, ahead: 2 * HOUR + 300 })
  })

  it('sender reports in local time on one track only: sound and picture stay together', () => {
    const session = new SessionTimeline()
    const video = new CameraTrack('video', session)
    const audio = new CameraTrack('audio', session)
    for (let second = 0; second < 60; second++) {
      if (second % 5 === 1) video.report(START + second * 1_000)
      if (second % 5 === 2) audio.report(START + second * 1_000 - 5 * HOUR)
      video.send({ keyframe: true })
      audio.send()
      video.pass(1_000)
      audio.pass(1_000)
    }
    expect(audio.starts).toEqual(video.starts)
  })

  it('a step of the camera clock: the pictures go on, their wall clock follows after three reports', () => {
    const camera = new CameraTrack()
    const off: number[] = []
    for (let second = 0; second < 60; second++) {
      const set = second >= 30 ? HOUR : 0
      if (second % 5 === 0) camera.report(START + second * 1_000 + set)
      camera.play(1, 1_000)
      off.push(Math.round((camera.segments.at(-1)?.wallClock ?? Number.NaN) - START - second * 1_000))
    }
    expect(off).toEqual([...all(40, 0), ...all(20, HOUR)])
    expect(camera.steps).toEqual(all(59, 1_000))
    expect(new Set(camera.deviations)).toEqual(new Set(['sender-report-outlier', 'sender-report-step']))
  })

  it('sender reports with another SSRC than the packets count after three of them; those of a second source never', () => {
    const camera = new CameraTrack()
    for (let second = 0; second < 20; second++) {
      if (second % 5 === 1) camera.report(START + second * 1_000, { ssrc: 0 })
      camera.play(1, 1_000)
    }
    expect(camera.segments.map((segment) => segment.wallClock !== undefined)).toEqual([
      ...all(11, false),
      ...all(9, true),
    ])
    camera.report(START + 20_000)
    camera.report(START + 20_000 + HOUR, { ssrc: 0 })
    camera.play(1, 1_000)
    expect(camera.segments.at(-1)?.wallClock).toBeCloseTo(START + 20_000, 0)
  })

  it('sender reports whose RTP timestamp has nothing to do with the packets tell nothing', () => {
    const camera = new CameraTrack()
    camera.play(5)
    for (let index = 0; index < 5; index++) camera.report(START, { rtpTimestamp: 3_000_000_000 })
    camera.play(5)
    expect(camera.segments.every((segment) => segment.wallClock === undefined)).toBe(true)
    expect(camera.track.statistics().clock.rejected).toBe(5)
  })

  it('a sender report before the first packet counts from the first, over the wrap between them', () => {
    const camera = new CameraTrack()
    camera.timestamp = 2 ** 32 - 900
    camera.report(START)
    camera.pass(40)
    camera.timestamp %= 2 ** 32
    camera.play(2)
    expect(camera.segments.map((segment) => Math.round((segment.wallClock ?? 0) - START))).toEqual([40, 80])
  })

  it('BYE of a source that was left ends nothing; that of the played one does, until it goes on', () => {
    const camera = new CameraTrack()
    camera.play(5)
    camera.ssrc = 0xbeef
    camera.play(5)
    expect(camera.track.goodbye([0xcafe], Milliseconds(camera.now))).toBe(false)
    expect(camera.track.ended).toBe(false)
    expect(camera.track.goodbye([0xbeef], Milliseconds(camera.now))).toBe(true)
    expect(camera.track.ended).toBe(true)
    camera.play(1)
    expect(camera.track.ended).toBe(false)
  })

  it('RTP-Info is a hint: a timestamp far from the packets moves nothing', () => {
    const session = new SessionTimeline()
    const video = new CameraTrack('video', session)
    const audio = new CameraTrack('audio', session)
    video.track.playStart(video.timestamp - 90_000)
    audio.track.playStart(3_999_999_999)
    video.play(5)
    audio.play(5)
    expect(audio.starts[0]).toBe(0)
    expect(audio.deviations).toEqual(['rtp-info-malformed'])
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
