import { describe, expect, it } from 'vitest'
import { BURST_HEAD_ROOM, Burst, type Subscription } from '../../../bridge/hub/burst.ts'

const subscription = (...channels: (readonly [number, number] | undefined)[]): Subscription => ({
  key: JSON.stringify(channels),
  channels: channels.map((pair) => pair && { rtp: pair[0], rtcp: pair[1] }),
})

function burst(): Burst {
  // Room for less than comes: it grows.
  const made = new Burst(8, true)
  for (const [track, kind, value] of [
    [0, 'rtp', 1],
    [1, 'rtp', 2],
    [1, 'rtcp', 3],
  ] as const) {
    const { bytes, offset } = made.add(track, kind, 2)
    bytes.fill(value, offset, offset + 2)
  }
  return made
}

describe('a burst', () => {
  it('is the same bytes for all who have the usual channels', () => {
    const made = burst()
    const usual = subscription([0, 1], [2, 3])
    const bytes = made.for(usual)
    expect([...bytes]).toEqual([0x24, 0, 0, 2, 1, 1, 0x24, 2, 0, 2, 2, 2, 0x24, 3, 0, 2, 3, 3])
    expect(made.for(subscription([0, 1], [2, 3])).buffer).toBe(bytes.buffer)
  })

  it('has the channels that a viewer asked for', () => {
    expect([...burst().for(subscription([4, 5], [0, 9]))]).toEqual([
      0x24, 4, 0, 2, 1, 1, 0x24, 0, 0, 2, 2, 2, 0x24, 9, 0, 2, 3, 3,
    ])
  })

  it('has room for the head of a message in front, in the same memory', () => {
    for (const bytes of [burst().for(subscription([0, 1], [2, 3])), burst().for(subscription([4, 5]))]) {
      expect(bytes.byteOffset).toBeGreaterThanOrEqual(BURST_HEAD_ROOM)
      const before = Array.from(bytes)
      new Uint8Array(bytes.buffer, bytes.byteOffset - BURST_HEAD_ROOM, BURST_HEAD_ROOM).fill(0xff)
      expect(Array.from(bytes)).toEqual(before)
    }
  })

  it('leaves out the tracks that a viewer did not set up', () => {
    expect([...burst().for(subscription(undefined, [0, 1]))]).toEqual([0x24, 0, 0, 2, 2, 2, 0x24, 1, 0, 2, 3, 3])
    expect(burst().for(subscription())).toHaveLength(0)
  })

  it('is copied once for all who have the same', () => {
    const made = burst()
    const sound = subscription(undefined, [0, 1])
    expect(made.for(sound)).toBe(made.for({ ...sound }))
  })

  it('takes up what it costs, and not what it sends', () => {
    const made = new Burst(4096, true)
    made.add(0, 'rtp', 12)
    expect(made.bytes).toBe(16)
    expect(made.memory).toBeGreaterThan(4096)
    made.complete()
    expect(made.memory).toBeGreaterThan(16)
    expect(made.memory).toBeLessThan(200)
    expect(made.for(subscription([0, 1]))).toHaveLength(16)
  })

  it('keeps no copies once everyone was sent it', () => {
    const made = burst()
    made.sent()
    const sound = subscription(undefined, [0, 1])
    expect(made.for(sound)).not.toBe(made.for(sound))
    expect(made.for(sound)).toEqual(made.for(sound))
  })
})
