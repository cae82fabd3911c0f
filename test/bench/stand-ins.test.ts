import { describe, expect, it } from 'vitest'
import { RtpPacket } from '../../protocol/rtp/packet.ts'
import { writeInterleavedHeader } from '../../protocol/rtsp/message-serializer.ts'
import { KeptMediaSource } from './drift/kept-media-source.ts'
import { SimulatedTime } from './drift/simulated-time.ts'
import { SkewedReplay } from './drift/skewed-replay.ts'
import { type Alteration, alteringParser } from './player/altered-camera.ts'

const MINUTE = 60
const CLOCK_RATE = 90_000

/** An interleaved frame with an RTP packet of nothing. */
function frame(sequenceNumber: number, timestamp: number, marker = true): Uint8Array {
  const bytes = new Uint8Array(4 + 16)
  writeInterleavedHeader(bytes, 0, 0, 16)
  const view = new DataView(bytes.buffer, 4)
  view.setUint8(0, 0x80)
  view.setUint8(1, (marker ? 0x80 : 0) | 96)
  view.setUint16(2, sequenceNumber)
  view.setUint32(4, timestamp)
  view.setUint32(8, 7)
  return bytes
}

/** A sender report of so many seconds, which GStreamer would send on the odd channel. */
function report(seconds: number, timestamp: number): Uint8Array {
  const bytes = new Uint8Array(4 + 28)
  writeInterleavedHeader(bytes, 0, 1, 28)
  const view = new DataView(bytes.buffer, 4)
  view.setUint8(0, 0x80)
  view.setUint8(1, 200)
  view.setUint16(2, 6)
  view.setBigUint64(8, BigInt(seconds) << 32n)
  view.setUint32(16, timestamp)
  return bytes
}

const packetIn = (bytes: Uint8Array, at = 0): RtpPacket => {
  const packet = new RtpPacket()
  if (!packet.read(bytes, at + 4)) throw new Error('This is no RTP packet')
  return packet
}

describe('a camera whose clock is altered', () => {
  const altered = (alteration: Alteration, ...frames: Uint8Array[]) => {
    const written: Uint8Array[] = []
    const parser = alteringParser(alteration, (bytes) => written.push(bytes))
    for (const one of frames) parser.push(one)
    return written
  }

  it('says by so many parts more that time goes by, across the turn of the 32 bits', () => {
    const start = 2 ** 32 - CLOCK_RATE
    const frames = Array.from({ length: 2 * MINUTE }, (_, second) => frame(second, (start + second * CLOCK_RATE) >>> 0))
    const written = altered({ skew: 200 / 1e6, sequence: 0, ticks: 0 }, ...frames)
    const last = packetIn(written.at(-1) ?? new Uint8Array(0))
    const plain = packetIn(frames.at(-1) ?? new Uint8Array(0))
    expect((last.timestamp - plain.timestamp) / CLOCK_RATE).toBeCloseTo((2 * MINUTE - 1) * 200e-6, 4)
    expect(last.sequenceNumber).toBe(plain.sequenceNumber)
  })

  it('says the same in its sender reports', () => {
    const reports = [0, MINUTE].map((second) => report(1000 + second, second * CLOCK_RATE))
    const [first, last] = altered({ skew: 0.01, sequence: 0, ticks: 0 }, ...reports).map(
      ({ buffer }) => new DataView(buffer, 4),
    )
    const ntp = Number((last?.getBigUint64(8) ?? 0n) - (first?.getBigUint64(8) ?? 0n)) / 2 ** 32
    expect(ntp).toBeCloseTo(MINUTE * 1.01)
    expect(((last?.getUint32(16) ?? 0) - (first?.getUint32(16) ?? 0)) / CLOCK_RATE).toBeCloseTo(MINUTE * 1.01)
  })

  it('goes on from other numbers when it is told to', () => {
    const alteration = { skew: 0, sequence: 0, ticks: 0 }
    const written: Uint8Array[] = []
    const parser = alteringParser(alteration, (bytes) => written.push(bytes))
    parser.push(frame(65_530, 1000))
    Object.assign(alteration, { sequence: 20_000, ticks: 5_000 })
    parser.push(frame(65_531, 4000))
    expect(packetIn(written[1] ?? new Uint8Array(0))).toMatchObject({ sequenceNumber: 19_995, timestamp: 9000 })
  })
})

describe('a recorded stream that is played again and again', () => {
  const media = new Uint8Array(
    Buffer.concat([frame(9, 100, false), frame(10, 100), report(1, 1), frame(11, 200), frame(12, 300, false)]),
  )

  it('has its packets numbered on, a picture at a time, and leaves out what was not whole', () => {
    const replay = new SkewedReplay({ media }, 0, 0)
    // The report that is due stands behind the first.
    const [first, second, third] = [0, 1, 2].map((captured) => replay.next(captured))
    expect(packetIn(first ?? media).sequenceNumber).toBe(0)
    expect(packetIn(first ?? media, 20).sequenceNumber).toBe(1)
    expect(packetIn(second ?? media)).toMatchObject({ sequenceNumber: 2, timestamp: CLOCK_RATE })
    expect(second).toHaveLength(20)
    expect(packetIn(third ?? media)).toMatchObject({ sequenceNumber: 3, timestamp: 2 * CLOCK_RATE })
  })

  it('has the timestamps of a clock that is fast', () => {
    const replay = new SkewedReplay({ media }, 200, 0)
    expect(packetIn(replay.next(1000)).timestamp).toBe(1000.2 * CLOCK_RATE)
  })
})

describe('a simulated clock', () => {
  it('calls what is due in its order, at its time, and no other', () => {
    const real = { now: performance.now, date: Date.now, setTimeout, setInterval, clearTimeout, clearInterval }
    const time = new SimulatedTime()
    const log: string[] = []
    try {
      time.install()
      const note = (what: string) => () => log.push(`${what} ${performance.now()}`)
      setTimeout(note('once'), 250)
      const often = setInterval(note('often'), 100)
      clearTimeout(setTimeout(note('never'), 10))
      time.advance(320)
      clearInterval(often)
      time.advance(1000)
    } finally {
      performance.now = real.now
      Date.now = real.date
      Object.assign(globalThis, real)
    }
    expect(log).toEqual(['often 100', 'often 200', 'once 250', 'often 300'])
    expect(time.timers).toBe(0)
  })
})

describe('a SourceBuffer without a decoder', () => {
  const box = (type: string, ...fields: number[]) => {
    const bytes = Buffer.alloc(8 + fields.length * 4)
    bytes.writeUInt32BE(bytes.length)
    bytes.write(type, 4, 'latin1')
    for (const [at, value] of fields.entries()) bytes.writeUInt32BE(value, 8 + at * 4)
    return bytes
  }
  const segment = (start: number, duration: number) =>
    new Uint8Array(Buffer.concat([box('tfdt', 0x0100_0000, 0, start), box('trun', 0, 1, 0, duration)]))

  it('knows what would be buffered, and what is not any more', () => {
    const buffer = new KeptMediaSource().addSourceBuffer()
    const ranges = () =>
      Array.from({ length: buffer.buffered.length }, (_, i) => [buffer.buffered.start(i), buffer.buffered.end(i)])
    buffer.appendBuffer(new Uint8Array(box('mdhd', 0, 0, 0, 1000)))
    for (const start of [0, 125, 250, 1000]) buffer.appendBuffer(segment(start, 125))
    expect(ranges()).toEqual([
      [0, 0.375],
      [1, 1.125],
    ])
    buffer.remove(0, 0.25)
    expect(ranges()).toEqual([
      [0.25, 0.375],
      [1, 1.125],
    ])
  })
})
