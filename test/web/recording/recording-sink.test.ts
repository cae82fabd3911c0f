import { describe, expect, it } from 'vitest'
import type { ProtocolError } from '../../../protocol/errors.ts'
import { DiskSink, FileDisk, StreamDisk } from '../../../web/recording/recording-sink.ts'

const chunk = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value)

/** A file as browsers write it: into a copy, which takes its place when it is closed and is gone when a write fails. */
class FakeFile {
  content = new Uint8Array(0)
  copied = 0
  opened = 0
  /** Bytes that the disk has room for. */
  room = Number.POSITIVE_INFINITY

  createWritable = async ({ keepExistingData = false } = {}) => {
    let copy = keepExistingData ? this.content.slice() : new Uint8Array(0)
    let position = 0
    let broken = false
    this.opened += 1
    this.copied += copy.length
    const put = (data: Uint8Array, at: number) => {
      if (broken || at + data.length > this.room) {
        broken = true
        throw new DOMException('The disk is full', 'QuotaExceededError')
      }
      const grown = new Uint8Array(Math.max(copy.length, at + data.length))
      grown.set(copy)
      grown.set(data, at)
      copy = grown
    }
    return {
      write: async (data: Uint8Array | { position: number; data: Uint8Array }) => {
        if (!(data instanceof Uint8Array)) return put(data.data, data.position)
        put(data, position)
        position += data.length
      },
      seek: async (to: number) => {
        position = to
      },
      close: async () => {
        if (broken) throw new TypeError('It is errored')
        this.content = copy
      },
    }
  }

  get handle(): FileSystemFileHandle {
    return this as unknown as FileSystemFileHandle
  }
}

describe('a file', () => {
  it('has all that was written, with the header at its beginning', async () => {
    const file = new FakeFile()
    const sink = new DiskSink(new FileDisk(file.handle, 100), () => undefined)
    for (let value = 1; value <= 9; value++) sink.write(chunk(30, value))
    await sink.finish(chunk(10, 77))
    expect(file.content).toHaveLength(270)
    expect([...file.content.subarray(0, 11)]).toEqual([...Array(10).fill(77), 1])
    for (let value = 2; value <= 9; value++) expect(file.content[value * 30 - 1]).toBe(value)
  })

  it('is put in place each time when it is twice as large, which costs no more than one copy of it', async () => {
    const file = new FakeFile()
    const sink = new DiskSink(new FileDisk(file.handle, 100), () => undefined)
    for (let value = 0; value < 1000; value++) sink.write(chunk(10, 1))
    await sink.finish(chunk(10, 2))
    expect(file.opened).toBe(8)
    expect(file.copied).toBeLessThanOrEqual(20_000)
  })

  it('is put in place when it has a megabyte, so that little is lost where the disk is full soon', async () => {
    const file = new FakeFile()
    file.room = 1.9 * 1024 * 1024
    const sink = new DiskSink(new FileDisk(file.handle), () => undefined)
    for (let written = 0; written < 32; written++) sink.write(chunk(64 * 1024, 1))
    await expect(sink.finish(chunk(10, 2))).rejects.toMatchObject({ code: 'recording-failed' })
    expect(file.content).toHaveLength(1024 * 1024)
  })

  it('keeps at least half of it when the disk is full, and says so once', async () => {
    const file = new FakeFile()
    file.room = 1_000
    const errors: ProtocolError[] = []
    const sink = new DiskSink(new FileDisk(file.handle, 100), (error) => errors.push(error))
    for (let value = 0; value < 200; value++) sink.write(chunk(10, 1))
    await expect(sink.finish(chunk(10, 2))).rejects.toMatchObject({ code: 'recording-failed' })
    expect(errors.map(({ code }) => code)).toEqual(['recording-failed'])
    expect(errors[0]?.message).toContain('The disk is full')
    expect(file.content.length).toBeGreaterThanOrEqual(500)
    expect([...file.content]).toEqual(Array(file.content.length).fill(1))
  })
})

describe('a disk that is too slow', () => {
  it('is given up when more waits for it than may, and keeps what it has taken', async () => {
    const taken: number[] = []
    let goOn: () => void = () => undefined
    let closed = false
    const stalled = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const stream = new WritableStream<Uint8Array>({
      write: async ({ length }) => {
        await stalled
        taken.push(length)
      },
      close: () => {
        closed = true
      },
    })
    const errors: ProtocolError[] = []
    const sink = new DiskSink(new StreamDisk(stream), (error) => errors.push(error))
    for (let megabytes = 0; megabytes < 70; megabytes++) sink.write(chunk(1024 * 1024, 1))
    expect(errors).toHaveLength(1)
    goOn()
    await expect(sink.finish(chunk(1, 1))).rejects.toMatchObject({ code: 'recording-failed' })
    expect(taken.length).toBeLessThanOrEqual(64)
    expect(closed).toBe(true)
  })
})
