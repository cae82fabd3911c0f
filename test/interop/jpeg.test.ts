import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import { JpegDepacketizer } from '../../protocol/depacketizer/jpeg.ts'
import type { ProtocolError } from '../../protocol/errors.ts'
import { Pipeline } from '../../protocol/index.ts'
import { JpegPacketizer } from '../../protocol/packetizer/jpeg.ts'
import { RtpPacket, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { Ticks } from '../../protocol/units.ts'
import { type JpegOptions, jpegFile } from '../protocol/codec/jpeg-builder.ts'
import { makeRoom, whenRead } from '../support/datagrams.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { runProcess } from '../support/processes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jpeg-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A hash of the pixels of each picture that ffmpeg decodes, as it sees them. It may not complain. */
const pixelsOf = async (input: readonly string[], more: readonly string[] = []): Promise<string[]> => {
  const args = ['-v', 'error', ...input, ...more, '-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framemd5', '-']
  const { stdout, stderr } = await runProcess('ffmpeg', args)
  expect(stderr).toBe('')
  return stdout.split('\n').flatMap((line) => (line.startsWith('0,') ? [line.split(',').at(-1)?.trim() ?? ''] : []))
}
const pixelsOfFiles = async (files: readonly Uint8Array[]): Promise<string[]> => {
  const path = join(folder, `${files.length}-files.mjpeg`)
  await writeFile(path, Buffer.concat(files))
  return pixelsOf(['-f', 'mjpeg', '-i', path])
}

/** Plays until so many pictures have come. */
async function play(url: string, count: number): Promise<Uint8Array[]> {
  const transport = await openTransport(url)
  const files: Uint8Array[] = []
  await new Promise<void>((resolve, reject) => {
    const settle = (error: ProtocolError | null) => (error ? reject(error) : resolve())
    const pipeline = new Pipeline(
      transport,
      { uri: url },
      {
        initializationSegment: () => reject(new Error('MP4 cannot hold JPEG')),
        mediaSegment: () => undefined,
        accessUnit: ({ data }) => {
          if (files.push(data.slice()) === count) void pipeline.close()
        },
        closed: settle,
      },
    )
    pipeline.open().catch(settle)
  })
  return files.slice(0, count)
}

describe("GStreamer's MJPEG", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  it('has the same pixels in our files as for ffmpeg, which reads the same stream', async () => {
    const url = server.url('/mjpeg')
    const [files, theirs] = await Promise.all([
      play(url, 40),
      pixelsOf(['-rtsp_transport', 'tcp', '-i', url], ['-frames:v', '60']),
    ])
    const ours = await pixelsOfFiles(files)
    expect(ours).toHaveLength(40)
    // They did not begin at the same picture; from the first that both saw on, all are the same.
    const common = ours.filter((hash) => theirs.includes(hash))
    expect(common.length).toBeGreaterThan(15)
    const begin = [ours.indexOf(common[0] ?? ''), theirs.indexOf(common[0] ?? '')] as const
    const length = Math.min(ours.length - begin[0], theirs.length - begin[1])
    expect(ours.slice(begin[0], begin[0] + length)).toEqual(theirs.slice(begin[1], begin[1] + length))
    expect(new Set(ours).size).toBeGreaterThan(20)
  })
})

describe("ffmpeg's RTP muxer", () => {
  it.each([
    ['320x240', 2],
    ['640x360', 5],
    ['1920x1080', 12],
  ])('sends pictures of %s at quality %i that come out with the pixels that went in', async (size, quality) => {
    const socket = createSocket('udp4')
    const file = join(folder, `${size}.mjpeg`)
    try {
      const depacketizer = new JpegDepacketizer({ size: null })
      const files = receive(socket, depacketizer)
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      makeRoom(socket)
      const { port } = socket.address() as AddressInfo
      const { stderr } = await runProcess('ffmpeg', [
        ...['-v', 'error', '-re', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=10:d=1`],
        ...['-c:v', 'mjpeg', '-huffman', 'default', '-force_duplicated_matrix', '1', '-pix_fmt', 'yuvj420p'],
        ...['-q:v', String(quality), '-f', 'tee', '-map', '0:v'],
        `[f=mjpeg]${file}|[f=rtp:payload_type=26]rtp://127.0.0.1:${port}?pkt_size=1400`,
      ])
      expect(stderr).toBe('')
      await whenRead(socket)
      expect(depacketizer.statistics).toEqual({ units: 10, dropped: 0, malformed: 0 })
      const sent = await pixelsOf(['-f', 'mjpeg', '-i', file])
      expect(sent).toHaveLength(10)
      expect(await pixelsOfFiles(files)).toEqual(sent)
    } finally {
      socket.close()
    }
  })
})

function receive(socket: Socket, depacketizer: JpegDepacketizer): Uint8Array[] {
  const files: Uint8Array[] = []
  const packet = new RtpPacket()
  socket.on('message', (message) => {
    if (!packet.read(message) || packet.payloadType !== 26) return
    depacketizer.push(packet, Ticks(packet.timestamp), 0)
    for (let unit = depacketizer.pull(); unit; unit = depacketizer.pull()) files.push(unit.data.slice())
  })
  return files
}

/** Sends a file through both. */
function carried(file: Uint8Array, size: { width: number; height: number } | null): Uint8Array {
  const depacketizer = new JpegDepacketizer({ size })
  const packet = new RtpPacket()
  for (const { payload, marker } of new JpegPacketizer().packetize(file)) {
    const bytes = new Uint8Array(12 + payload.length)
    writeRtpHeader(bytes, 0, { marker, payloadType: 26, sequenceNumber: 0, timestamp: 0, ssrc: 0 })
    bytes.set(payload, 12)
    packet.read(bytes)
    depacketizer.push(packet, Ticks(0), 0)
  }
  return depacketizer.pull()?.data.slice() ?? expect.fail('nothing came out')
}

describe('JPEG files of other encoders come out with the pixels that went in', () => {
  it.each([
    ['320x240', 1],
    ['320x240', 2],
    ['320x240', 8],
    ['320x240', 31],
    ['2560x1440', 3],
    ['4096x2160', 20],
  ])("ffmpeg's 4:2:0 of %s at quality %i", async (size, quality) => {
    const path = join(folder, `${size}-${quality}.jpg`)
    await runProcess('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=1`, '-frames:v', '1', '-pix_fmt', 'yuvj420p'],
      ...['-c:v', 'mjpeg', '-huffman', 'default', '-qmin', '1', '-q:v', String(quality), '-y', path],
    ])
    const file = await readFile(path)
    // Nothing is said of the size: those beyond 2040 are found out.
    expect(await pixelsOfFiles([carried(file, null)])).toEqual(await pixelsOfFiles([file]))
  })

  it.each([
    ['I420', 30],
    ['I420', 85],
    ['Y42B', 10],
    ['Y42B', 95],
  ])("GStreamer's %s at quality %i", async (format, quality) => {
    const path = join(folder, `${format}-${quality}.jpg`)
    const pipeline = `videotestsrc num-buffers=1 ! video/x-raw,format=${format},width=352,height=288 ! jpegenc quality=${quality} ! filesink location=${path}`
    await runProcess('gst-launch-1.0', ['-q', ...pipeline.split(' ')])
    const file = await readFile(path)
    expect(await pixelsOfFiles([carried(file, null)])).toEqual(await pixelsOfFiles([file]))
  })

  it.each<[string, JpegOptions]>([
    ['4:2:0', { width: 640, height: 480, restartInterval: 40 }],
    ['4:2:2', { width: 640, height: 480, sampling: '4:2:2', restartInterval: 11 }],
    ['4:2:0 beyond 2040', { width: 2592, height: 1944, restartInterval: 162 }],
  ])('ours with restart markers: %s', async (_, options) => {
    const file = jpegFile(options)
    expect(await pixelsOfFiles([carried(file, null)])).toEqual(await pixelsOfFiles([file]))
  })
})
