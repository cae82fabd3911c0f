import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../protocol/limits.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { ReorderBuffer } from '../../../protocol/rtp/reorder-buffer.ts'

function packet(sequenceNumber: number, ssrc = 1, body = sequenceNumber & 0xff): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + 1)
  writeRtpHeader(bytes, 0, {
    marker: false,
    payloadType: 96,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: 0,
    ssrc,
  })
  bytes[RTP_HEADER_BYTES] = body
  return bytes
}

function buffer(options: { packets?: number; wait?: number } = {}) {
  const given: number[] = []
  const arrivals: number[] = []
  const views: Uint8Array[] = []
  const reorder = new ReorderBuffer(options, (bytes, start, end, arrival) => {
    expect(bytes[start + RTP_HEADER_BYTES]).toBe(bytes[start + 3])
    expect(end - start).toBe(RTP_HEADER_BYTES + 1)
    given.push(((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0))
    arrivals.push(arrival)
    views.push(bytes)
  })
  const push = (sequenceNumber: number, now = 0, ssrc = 1) => {
    const bytes = packet(sequenceNumber, ssrc)
    reorder.push(bytes, 0, bytes.length, now)
    return bytes
  }
  return { reorder, given, arrivals, views, push }
}

describe('a reorder buffer', () => {
  it('lets a packet in its place straight through, uncopied', () => {
    const { views, given, push } = buffer()
    const [a, b] = [push(65535), push(0)]
    expect(given).toEqual([65535, 0])
    expect(views[0]).toBe(a)
    expect(views[1]).toBe(b)
  })

  it('puts packets into order as soon as the gap is filled, each with the time at which it came', () => {
    const { reorder, given, arrivals, push } = buffer()
    push(1, 0)
    push(4, 1)
    push(3, 2)
    expect(given).toEqual([1])
    push(2, 3)
    expect(given).toEqual([1, 2, 3, 4])
    expect(arrivals).toEqual([0, 3, 2, 1])
    expect(reorder.deadline).toBeUndefined()
    expect(reorder.statistics).toEqual({ reordered: 2, late: 0, duplicates: 0, skipped: 0 })
  })

  it('keeps copies: the caller may reuse its bytes', () => {
    const { given, push } = buffer()
    push(1)
    push(3).fill(0xee)
    push(2)
    expect(given).toEqual([1, 2, 3])
  })

  it('gives up a gap when its time is over, by the clock or by the next packet', () => {
    const { reorder, given, push } = buffer({ wait: 50 })
    push(1, 0)
    push(3, 10)
    push(6, 20)
    expect(reorder.deadline).toBe(60)
    reorder.expire(59)
    expect(given).toEqual([1])
    reorder.expire(60)
    expect(given).toEqual([1, 3])
    expect(reorder.deadline).toBe(70)
    push(7, 70)
    expect(given).toEqual([1, 3, 6, 7])
    expect(reorder.statistics.skipped).toBe(3)
  })

  it('drops what comes after its place was given up, and duplicates, and counts each', () => {
    const { reorder, given, push } = buffer({ wait: 50 })
    push(1, 0)
    push(3, 0)
    push(3, 1)
    push(4, 100)
    push(2, 101)
    push(4, 102)
    expect(given).toEqual([1, 3, 4])
    expect(reorder.statistics).toMatchObject({ late: 1, duplicates: 2 })
  })

  it('gives up a gap when the room is over', () => {
    const { reorder, given, push } = buffer({ packets: 8, wait: 1_000 })
    push(0)
    for (let number = 2; number <= 8; number++) push(number)
    expect(given).toEqual([0])
    push(9)
    expect(given).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9])
    push(2_000)
    expect(given.at(-1)).toBe(2_000)
    expect(reorder.deadline).toBeUndefined()
  })

  it('passes a restart on without a wait, far away, under another SSRC, or a little behind', () => {
    const { reorder, given, push } = buffer()
    push(1)
    push(3)
    push(40_000)
    push(40_001)
    push(77, 0, 2)
    push(78, 0, 2)
    expect(given).toEqual([1, 3, 40_000, 40_001, 77, 78])
    for (let number = 20; number < 40; number++) push(number, 0, 2)
    expect(given.at(-1)).toBe(39)
    expect(reorder.statistics.late).toBeLessThan(8)
  })

  it('gives out what waits when it is flushed', () => {
    const { reorder, given, push } = buffer()
    for (const number of [1, 5, 3]) push(number)
    reorder.flush()
    expect(given).toEqual([1, 3, 5])
  })

  it('has room and patience within the limits, whatever was asked for', () => {
    const { reorder, given, push } = buffer({ packets: 1e9, wait: 1e9 })
    push(0, 0)
    for (let number = 2; number < LIMITS.reorderPackets + 2; number++) push(number, 0)
    expect(given.length).toBeGreaterThan(LIMITS.reorderPackets)
    push(5_000, 0)
    push(5_002, 0)
    reorder.expire(LIMITS.reorderMilliseconds)
    expect(given.at(-1)).toBe(5_002)
  })

  it('passes on bytes that are no RTP, for who counts them', () => {
    const seen: number[] = []
    new ReorderBuffer({}, (_, start, end) => seen.push(end - start)).push(Uint8Array.of(1, 2, 3), 0, 3, 0)
    expect(seen).toEqual([3])
  })

  it('gives each packet at most once and in order, however they were shuffled', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 300 }), fc.nat(0xffff), (delays, first) => {
        const { reorder, given, push } = buffer({ packets: 64, wait: 1_000 })
        const order = delays.map((delay, index) => ({ index, at: index === 0 ? -1 : index + delay }))
        for (const { index } of order.sort((a, b) => a.at - b.at)) push(first + index)
        reorder.flush()
        expect(given).toEqual(delays.map((_, index) => (first + index) % 0x1_0000))
      }),
    )
  })

  it('never loses its footing on any sequence of numbers and times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0xffff), fc.nat(100), fc.constantFrom(1, 1, 1, 2)), { maxLength: 200 }),
        (packets) => {
          const { reorder, given, push } = buffer({ packets: 16, wait: 30 })
          let now = 0
          for (const [number, wait, ssrc] of packets) {
            now += wait
            push(number, now, ssrc)
          }
          reorder.flush()
          const { late, duplicates } = reorder.statistics
          expect(given.length + late + duplicates).toBe(packets.length)
        },
      ),
    )
  })
})
