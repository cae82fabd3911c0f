import { describe, expect, it } from 'vitest'
import { RtpObserver } from '../../../bridge/probe/rtp-observer.ts'
import { rtp, senderReport } from './scripted-camera.ts'

const PAYLOAD = new Uint8Array(100)
const NOON = Date.UTC(2026, 5, 1, 12)

/** Packets of these sequence numbers, 10 ms apart. */
function observe(sequences: readonly number[], ssrcs: readonly number[] = []) {
  const observer = new RtpObserver(90_000)
  for (const [index, sequence] of sequences.entries()) {
    const packet = rtp(PAYLOAD, sequence, index * 900, { ssrc: ssrcs[index] ?? 7 })
    observer.frame(packet, 0, packet.length, index * 10, NOON)
  }
  return observer
}

function report(observer: RtpObserver, bytes: Uint8Array, wallClock: number) {
  observer.frame(bytes, 0, bytes.length, 0, wallClock)
}

describe('an RTP observer', () => {
  it('counts packets and bytes, and tells the bitrate', () => {
    expect(observe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).summary()).toMatchObject({
      seconds: 0.1,
      packets: 11,
      bytes: 1100,
      bitrate: 88_000,
      reordered: 0,
      duplicates: 0,
      longestPauseMilliseconds: 10,
    })
  })

  it('tells nothing of what never came', () => {
    expect(new RtpObserver(90_000).summary()).toMatchObject({ seconds: 0, packets: 0, bitrate: null })
  })

  it.each([
    ['in order over the wrap', [65_534, 65_535, 0, 1], 0, 0],
    ['one late', [1, 2, 4, 3, 5], 1, 0],
    ['one late over the wrap', [65_534, 0, 65_535, 1], 1, 0],
    ['one twice', [1, 2, 2, 3], 0, 1],
    ['one late and twice', [1, 2, 4, 3, 3, 5], 1, 1],
    ['a gap', [1, 2, 50, 51], 0, 0],
    ['a new beginning far behind', [40_000, 40_001, 1, 2, 3], 0, 0],
  ])('sees %s', (_, sequences, reordered, duplicates) => {
    expect(observe(sequences).summary()).toMatchObject({ reordered, duplicates })
  })

  it('does not compare the numbers of two sources', () => {
    expect(observe([10, 11, 9, 10], [1, 1, 2, 2]).summary()).toMatchObject({ reordered: 0, duplicates: 0 })
  })

  it('remembers the longest pause', () => {
    const observer = observe([1, 2])
    const packet = rtp(PAYLOAD, 3, 0)
    observer.frame(packet, 0, packet.length, 2_000, NOON)
    expect(observer.summary().longestPauseMilliseconds).toBe(1_990)
  })

  it("tells how far the camera's clock is from ours, and how its media clock drifts from it", () => {
    const observer = observe([1])
    report(observer, senderReport(NOON - 3_600_000, 0), NOON)
    expect(observer.summary().clock).toEqual({
      senderReports: 1,
      offsetMilliseconds: -3_600_000,
      driftPartsPerMillion: null,
    })
    // Ten seconds of wall clock, ten seconds and ten milliseconds of media clock.
    report(observer, senderReport(NOON - 3_590_000, 900_900), NOON + 10_000)
    expect(observer.summary().clock).toMatchObject({ senderReports: 2, driftPartsPerMillion: 1000 })
  })

  it('takes a time of zero for none', () => {
    const observer = observe([1])
    report(observer, senderReport(null, 0), NOON)
    expect(observer.summary().clock).toEqual({ senderReports: 1, offsetMilliseconds: null, driftPartsPerMillion: null })
  })

  it('counts nothing that is no RTP', () => {
    const observer = new RtpObserver(90_000)
    observer.frame(Uint8Array.of(1, 2, 3), 0, 3, 0, NOON)
    expect(observer.summary().packets).toBe(0)
  })
})
