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

/** The rows of the table of odd cameras that concern RTCP, each as the whole track sees it. */
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

  it('a camera reboot after which its clock stands in 1970: the wall clock is told on, and then as the camera says', () => {
    const camera = new CameraTrack()
    for (let index = 0; index < 5; index++) {
      camera.report(START + camera.now)
      camera.play(5, 1_000)
    }
    Object.assign(camera, { ssrc: 1, timestamp: 5, sequenceNumber: 9 })
    camera.play(2, 1_000)
    expect(Math.round((camera.segments.at(-1)?.wallClock ?? 0) - START)).toBe(26_000)
    camera.report(10_000)
    camera.play(1, 1_000)
    expect(camera.segments.at(-1)?.wallClock).toBeCloseTo(10_000, 0)
  })

  it('the picture restarts and comes late: the sound follows it with the next sender report', () => {
    const session = new SessionTimeline()
    const video = new CameraTrack('video', session)
    const audio = new CameraTrack('audio', session)
    let late = 0
    for (let second = 0; second < 60; second++) {
      if (second % 5 === 1) video.report(START + second * 1_000)
      if (second % 5 === 2) audio.report(START + second * 1_000)
      if (second === 30) {
        Object.assign(video, { ssrc: 1, timestamp: 99, sequenceNumber: 7 })
        late = 400
      }
      if (second === 32) late = 0
      video.now += late
      video.send({ keyframe: true })
      video.now -= late
      audio.send()
      video.pass(1_000)
      audio.pass(1_000)
    }
    const apart = video.starts.map((start, index) => (audio.starts[index] ?? Number.NaN) - start)
    expect(apart.slice(0, 30)).toEqual(all(30, 0))
    expect(apart[30]).toBe(-400)
    expect(apart.slice(37)).toEqual(all(23, 0))
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
