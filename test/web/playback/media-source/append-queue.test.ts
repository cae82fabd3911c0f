import { describe, expect, it } from 'vitest'
import type { ProtocolError } from '../../../../protocol/errors.ts'
import { AppendQueue, codecFamily, type TimeRange } from '../../../../web/playback/media-source/append-queue.ts'

const MIME = 'video/mp4; codecs="avc1.64001F"'

/** What no real SourceBuffer does on command: reach its quota, fail, and stay busy. */
class FakeSourceBuffer extends EventTarget {
  readonly log: string[] = []
  updating = false
  fullUntilRemoved = false
  #offset = 0

  appendBuffer(data: Uint8Array): void {
    if (this.updating) throw new DOMException('busy', 'InvalidStateError')
    if (this.fullUntilRemoved) throw new DOMException('full', 'QuotaExceededError')
    this.log.push(`append ${data[0]}`)
    this.updating = true
  }

  remove(start: number, end: number): void {
    this.log.push(`remove ${start}-${end}`)
    this.fullUntilRemoved = false
    this.updating = true
  }

  changeType(mimeType: string): void {
    this.log.push(`type ${mimeType}`)
  }

  set timestampOffset(seconds: number) {
    this.#offset = seconds
    this.log.push(`offset ${seconds}`)
  }

  get timestampOffset(): number {
    return this.#offset
  }

  finish(error = false): void {
    this.updating = false
    if (error) this.dispatchEvent(new Event('error'))
    this.dispatchEvent(new Event('updateend'))
  }

  finishAll(): void {
    while (this.updating) this.finish()
  }
}

const setUp = (options: { maxBytes?: number; evictable?: TimeRange } = {}) => {
  const buffer = new FakeSourceBuffer()
  const told = { appended: 0, dropped: 0, failed: [] as ProtocolError[] }
  const events = {
    appended: () => {
      told.appended += 1
    },
    dropped: (segments: number) => {
      told.dropped += segments
    },
    evictable: () => options.evictable ?? null,
    failed: (error: ProtocolError) => void told.failed.push(error),
  }
  const queue = new AppendQueue(buffer as unknown as SourceBuffer, MIME, events, options.maxBytes)
  return { buffer, queue, told }
}

/** A segment of 10 bytes, known by its first. */
const segment = (name: number) => new Uint8Array(10).fill(name)

describe('AppendQueue', () => {
  it('appends one after the other, in order', () => {
    const { buffer, queue, told } = setUp()
    queue.push(segment(1), true)
    queue.push(segment(2), false)
    queue.remove({ start: 0, end: 1 })
    queue.push(segment(3), false)
    expect(buffer.log).toEqual(['append 1'])
    buffer.finishAll()
    expect(buffer.log).toEqual(['append 1', 'append 2', 'remove 0-1', 'append 3'])
    expect(told).toMatchObject({ appended: 3, dropped: 0, failed: [] })
  })

  it('goes on after setting an offset, which ends with no event', () => {
    const { buffer, queue } = setUp()
    queue.setTimestampOffset(5)
    queue.push(segment(1), true)
    expect(buffer.log).toEqual(['offset 5', 'append 1'])
  })

  it('at its bound keeps the newest random access point and what follows it', () => {
    const { buffer, queue, told } = setUp({ maxBytes: 40 })
    queue.push(segment(0), true)
    for (const name of [1, 2, 3]) queue.push(segment(name), name === 2)
    expect(queue.queuedBytes).toBe(30)
    queue.push(segment(4), false)
    queue.push(segment(5), false)
    expect(told.dropped).toBe(1)
    buffer.finishAll()
    expect(buffer.log).toEqual(['append 0', 'append 2', 'append 3', 'append 4', 'append 5'])
  })

  it('at its bound without a random access point drops all up to the next', () => {
    const { buffer, queue, told } = setUp({ maxBytes: 20 })
    queue.push(segment(0), true)
    for (const name of [1, 2, 3, 4]) queue.push(segment(name), false)
    queue.push(segment(5), true)
    queue.push(segment(6), false)
    expect(told.dropped).toBe(4)
    buffer.finishAll()
    expect(buffer.log).toEqual(['append 0', 'append 5', 'append 6'])
  })

  it('never drops initialization segments', () => {
    const { buffer, queue } = setUp({ maxBytes: 20 })
    queue.push(segment(0), true)
    queue.initialize(segment(9), MIME)
    for (const name of [1, 2, 3]) queue.push(segment(name), false)
    buffer.finishAll()
    expect(buffer.log).toContain('append 9')
  })

  it('changes the type only for another family of codecs', () => {
    const { buffer, queue } = setUp()
    queue.initialize(segment(1), 'video/mp4; codecs="avc1.42C01E"')
    buffer.finishAll()
    queue.initialize(segment(2), 'video/mp4; codecs="hvc1.1.6.L93.B0"')
    buffer.finishAll()
    expect(buffer.log).toEqual(['append 1', 'type video/mp4; codecs="hvc1.1.6.L93.B0"', 'append 2'])
  })

  it('makes room at the quota and tries the same segment again', () => {
    const { buffer, queue, told } = setUp({ evictable: { start: 0, end: 7 } })
    buffer.fullUntilRemoved = true
    queue.push(segment(1), true)
    queue.push(segment(2), false)
    buffer.finishAll()
    expect(buffer.log).toEqual(['remove 0-7', 'append 1', 'append 2'])
    expect(told.failed).toEqual([])
    expect(queue.queuedBytes).toBe(0)
  })

  it('fails when the quota is reached and there is nothing to throw away', () => {
    const { buffer, queue, told } = setUp()
    buffer.fullUntilRemoved = true
    queue.push(segment(1), true)
    expect(told.failed.map((error) => error.code)).toEqual(['append-failed'])
  })

  it('tries once only', () => {
    const { buffer, queue, told } = setUp({ evictable: { start: 0, end: 7 } })
    buffer.fullUntilRemoved = true
    queue.push(segment(1), true)
    buffer.fullUntilRemoved = true
    buffer.finish()
    expect(told.failed.map((error) => error.code)).toEqual(['append-failed'])
  })

  it('tells an error of the buffer, though updateend follows it, and stops', () => {
    const { buffer, queue, told } = setUp()
    queue.push(segment(1), true)
    queue.push(segment(2), false)
    buffer.finish(true)
    expect(told.failed.map((error) => error.code)).toEqual(['append-failed'])
    expect(told.appended).toBe(0)
    queue.push(segment(3), true)
    expect(buffer.log).toEqual(['append 1'])
  })

  it('makes room for another place: what waits is dropped, what is there removed, the parameters stay', () => {
    const { buffer, queue, told } = setUp()
    queue.push(segment(1), true)
    queue.push(segment(2), false)
    queue.initialize(segment(9), MIME)
    queue.flush()
    queue.push(segment(3), true)
    buffer.finishAll()
    expect(buffer.log).toEqual(['append 1', 'append 9', 'remove 0-Infinity', 'append 3'])
    expect(told.dropped).toBe(0)
    expect(queue.queuedBytes).toBe(0)
  })

  it('says when it has come so far', () => {
    const { buffer, queue } = setUp()
    queue.push(segment(1), true)
    queue.whenReached(() => buffer.log.push('reached'))
    queue.push(segment(2), false)
    buffer.finishAll()
    expect(buffer.log).toEqual(['append 1', 'reached', 'append 2'])
  })

  it('touches the buffer no more after close', () => {
    const { buffer, queue, told } = setUp()
    queue.push(segment(1), true)
    queue.push(segment(2), false)
    queue.close()
    buffer.finish()
    expect(buffer.log).toEqual(['append 1'])
    expect(told.appended).toBe(0)
  })
})

describe('codecFamily', () => {
  it.each([
    ['video/mp4; codecs="avc1.64001F"', 'video/mp4 avc1'],
    ['video/mp4;codecs=avc1.42C01E', 'video/mp4 avc1'],
    ['audio/mp4; codecs="mp4a.40.2"', 'audio/mp4 mp4a'],
  ])('of %s is %s', (mimeType, family) => {
    expect(codecFamily(mimeType)).toBe(family)
  })
})
