import { describe, expect, it } from 'vitest'
import { KeyframeRequests } from '../../../protocol/rtcp/keyframe-requests.ts'

/** When a caller that asks every 100 ms is allowed to. */
function allowed(requests: KeyframeRequests, until: number): number[] {
  const times: number[] = []
  for (let now = 0; now < until; now += 100) if (requests.ask(now)) times.push(now)
  return times
}

describe('keyframe requests', () => {
  it('are repeated at twice the time each, up to 16 s, as the same request', () => {
    const requests = new KeyframeRequests()
    expect(allowed(requests, 70_000)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 47_000, 63_000])
    expect(requests).toMatchObject({ asked: 8, sequenceNumber: 1 })
  })

  it('are new after a keyframe came, and still a second apart', () => {
    const requests = new KeyframeRequests()
    expect(requests.ask(0)).toBe(true)
    requests.keyframe()
    expect(requests.ask(900)).toBe(false)
    expect(requests.ask(1_000)).toBe(true)
    expect(requests.sequenceNumber).toBe(2)
  })

  it('count up to 255 and begin again (RFC 5104 section 4.3.1.1)', () => {
    const requests = new KeyframeRequests()
    for (let index = 0; index < 256; index++) {
      requests.ask(index * 1_000)
      requests.keyframe()
    }
    expect(requests.sequenceNumber).toBe(0)
  })
})
