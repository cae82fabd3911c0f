import { readFileSync, writeFileSync } from 'node:fs'
import { openTransport } from '../../../bridge/upstream/socket-transport.ts'
import { Pipeline } from '../../../protocol/index.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { writeInterleavedHeader } from '../../../protocol/rtsp/message-serializer.ts'
import { serializeResponse } from '../../../protocol/rtsp/response-serializer.ts'
import type { ByteReceiver, ByteTransport } from '../../../protocol/transport/byte-transport.ts'

/** What a server sent over one RTSP connection: its answers, in order, and the interleaved frames behind them. */
export interface RecordedStream {
  readonly answers: readonly Uint8Array[]
  readonly media: Uint8Array
  readonly packets: number
}

/** Plays it until so many bytes of media have come. */
export async function recordStream(url: string, bytes: number): Promise<RecordedStream> {
  const transport = await openTransport(url)
  const answers: Uint8Array[] = []
  const media = new Uint8Array(bytes + 65_540)
  let length = 0
  let packets = 0
  let pipeline: Pipeline | undefined
  await new Promise<void>((resolve, reject) => {
    const parser = new RtspMessageParser({
      message: (message) => {
        if (message.kind === 'response' && length < bytes) answers.push(serializeResponse(message))
      },
      interleaved: (channel, chunk, start, end) => {
        if (length >= bytes) return
        writeInterleavedHeader(media, length, channel, end - start)
        media.set(chunk.subarray(start, end), length + 4)
        length += 4 + end - start
        packets++
        if (length >= bytes) resolve()
      },
      skipped: () => reject(new Error('The server sent garbage.')),
    })
    pipeline = new Pipeline(
      overheard(transport, (chunk) => parser.push(chunk)),
      { uri: url, audio: false },
      {
        initializationSegment: () => undefined,
        mediaSegment: () => undefined,
        closed: (error) => reject(error ?? new Error('The stream ended before enough of it was recorded.')),
      },
    )
    pipeline.open().catch(reject)
  })
  await pipeline?.close()
  return { answers, media: media.slice(0, length), packets }
}

const overheard = (transport: ByteTransport, hear: (chunk: Uint8Array) => void): ByteTransport => ({
  start: (receiver: ByteReceiver) =>
    transport.start({
      bytes: (chunk) => {
        hear(chunk)
        receiver.bytes(chunk)
      },
      closed: (error) => receiver.closed(error),
    }),
  send: (bytes) => transport.send(bytes),
  get bufferedAmount() {
    return transport.bufferedAmount
  },
  pause: () => transport.pause(),
  resume: () => transport.resume(),
  close: () => transport.close(),
})

/** One file: a line of JSON that tells the lengths, then the bytes. */
export function writeRecordedStream(path: string, { answers, media, packets }: RecordedStream): void {
  const head = JSON.stringify({ answers: answers.map(({ length }) => length), packets })
  writeFileSync(path, Buffer.concat([Buffer.from(`${head}\n`), ...answers, media]))
}

export function readRecordedStream(path: string): RecordedStream {
  const file = readFileSync(path)
  // Not Node's Buffer, whose views cost more: what a WebSocket gives a page.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length)
  const lineEnd = bytes.indexOf(0x0a)
  const { answers, packets } = JSON.parse(file.toString('utf8', 0, lineEnd)) as { answers: number[]; packets: number }
  let at = lineEnd + 1
  const taken = answers.map((length) => {
    at += length
    return bytes.subarray(at - length, at)
  })
  return { answers: taken, media: bytes.subarray(at), packets }
}

/** The media in chunks of one size, as a socket might give it. */
export function chunksOf({ media }: RecordedStream, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(media.length / size) }, (_, i) => media.subarray(i * size, (i + 1) * size))
}
