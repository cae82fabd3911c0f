import { describe, expect, it } from 'vitest'
import { describeForViewers } from '../../../bridge/hub/hub-description.ts'
import { HubTrack } from '../../../bridge/hub/hub-track.ts'
import { readCompound } from '../../../protocol/rtcp/packet.ts'
import type { SenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { Milliseconds } from '../../../protocol/units.ts'
import { rtpPacket } from '../../support/guarded-camera.ts'

const SDP = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n'
const SSRC = 0xabcd
const now = Milliseconds(1_000)

const reportOf = (ssrc: number, rtpTimestamp: number): SenderReport => ({
  type: 'SR',
  ssrc,
  ntpSeconds: 3_900_000_000,
  ntpFraction: 0,
  rtpTimestamp,
  packetCount: 1,
  octetCount: 1,
  reports: [],
})

function newTrack() {
  const [media] = describeForViewers(new TextEncoder().encode(SDP), 'lobby').tracks
  if (!media) throw new Error('The description has no track')
  const told: (SenderReport | 'packet')[] = []
  const track = new HubTrack(0, media, {
    packet: () => told.push('packet'),
    report: (_track, report) => told.push(report),
  })
  const receive = (sequenceNumber: number) => {
    const packet = rtpPacket(sequenceNumber, { ssrc: SSRC, keyframe: true })
    track.rtp(packet, 0, packet.length, now)
  }
  return { track, told, receive }
}

describe('the numbers that viewers get', () => {
  it('count on, though those of the camera mean nothing', () => {
    const { track, receive } = newTrack()
    const numbers = Array.from({ length: 200 }, (_, at) => {
      receive(at * 2)
      return track.sequence
    })
    const steps = numbers.slice(1).map((number, at) => (number - (numbers[at] ?? 0)) & 0xffff)
    expect(steps.slice(0, 60)).toEqual(Array(60).fill(2))
    expect(steps.slice(-130)).toEqual(Array(130).fill(1))
  })
})

describe('a sender report that comes before the first packet, as a hub sends them', () => {
  it('is told behind it, by the newest one, and once', () => {
    const { track, told, receive } = newTrack()
    expect(track.senderReport(reportOf(SSRC, 1), now)).toBeNull()
    const report = reportOf(SSRC, 2)
    expect(track.senderReport(report, now)).toBeNull()
    receive(1)
    receive(2)
    expect(told).toEqual(['packet', report, 'packet'])
    expect(track.senderReport(report, now)).toBeInstanceOf(Uint8Array)
  })

  it('is forgotten with the session that it was of', () => {
    const { track, told, receive } = newTrack()
    track.senderReport(reportOf(SSRC, 1), now)
    track.interrupted()
    receive(1)
    expect(told).toEqual(['packet'])
  })
})

describe('sender reports with another SSRC than the packets', () => {
  it("are taken for the stream's when three came and none of its own", () => {
    const { track, receive } = newTrack()
    receive(1)
    const taken = [1, 2, 3, 4].map((at) => track.senderReport(reportOf(0x7777, at), now) !== null)
    expect(taken).toEqual([false, false, true, true])
    const [told] = readCompound(track.senderReportNow(now) ?? new Uint8Array()).packets
    expect(told).toMatchObject({ type: 'SR', ssrc: track.ssrc })
  })

  it('are never taken where the stream has reports of its own', () => {
    const { track, receive } = newTrack()
    receive(1)
    expect(track.senderReport(reportOf(SSRC, 1), now)).not.toBeNull()
    for (let at = 2; at < 9; at++) expect(track.senderReport(reportOf(0x7777, at), now)).toBeNull()
  })
})

describe('the report for a viewer who comes later', () => {
  const read = (bytes: Uint8Array | null) =>
    bytes ? readCompound(bytes).packets.find((packet) => packet.type === 'SR') : null

  it('says what the camera would say now', () => {
    const { track, receive } = newTrack()
    receive(1)
    const then = read(track.senderReport({ ...reportOf(SSRC, 9_000), ntpFraction: 0xc0000000 }, now))
    const later = read(track.senderReportNow(Milliseconds(now + 2_500)))
    expect(then).toMatchObject({ ntpSeconds: 3_900_000_000, ntpFraction: 0xc0000000 })
    expect(later).toMatchObject({ ssrc: then?.ssrc, ntpSeconds: 3_900_000_003, ntpFraction: 0x40000000 })
    expect(((later?.rtpTimestamp ?? 0) - (then?.rtpTimestamp ?? 0)) >>> 0).toBe(225_000)
  })

  it('goes on telling no time where the camera has no clock', () => {
    const { track, receive } = newTrack()
    receive(1)
    track.senderReport({ ...reportOf(SSRC, 9_000), ntpSeconds: 0 }, now)
    expect(read(track.senderReportNow(Milliseconds(now + 2_500)))).toMatchObject({ ntpSeconds: 0, ntpFraction: 0 })
  })

  it('is none before the camera reported, and none of another session', () => {
    const { track, receive } = newTrack()
    receive(1)
    expect(track.senderReportNow(now)).toBeNull()
    track.senderReport(reportOf(SSRC, 9_000), now)
    track.interrupted()
    receive(2)
    expect(track.senderReportNow(now)).toBeNull()
  })
})
