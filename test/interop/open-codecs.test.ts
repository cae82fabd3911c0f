import { execFile } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import type { CodecConfiguration } from '../../protocol/codec/configuration.ts'
import type { AccessUnit } from '../../protocol/depacketizer/access-unit.ts'
import { Av1Depacketizer } from '../../protocol/depacketizer/av1.ts'
import type { Depacketizer } from '../../protocol/depacketizer/depacketizer.ts'
import { Mp4vEsDepacketizer } from '../../protocol/depacketizer/mp4v-es.ts'
import { Vp8Depacketizer } from '../../protocol/depacketizer/vp8.ts'
import { Vp9Depacketizer } from '../../protocol/depacketizer/vp9.ts'
import { Segmenter } from '../../protocol/fmp4/segmenter.ts'
import { Pipeline } from '../../protocol/index.ts'
import { Av1Packetizer } from '../../protocol/packetizer/av1.ts'
import { RtpPacket, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { Milliseconds, Ticks } from '../../protocol/units.ts'
import { END, makeRoom, whenRead } from '../support/datagrams.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'

const run = promisify(execFile)
/** ffmpeg must have nothing to complain about. */
async function quiet(tool: 'ffmpeg' | 'ffprobe', ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(tool, ['-hide_banner', '-v', 'error', ...args], {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, SVT_LOG: '1' },
  })
  expect(stderr).toBe('')
  return stdout
}

/** The sums of all pictures that ffmpeg decodes, in the order in which they are shown. */
const pictures = async (path: string): Promise<string[]> =>
  (await quiet('ffmpeg', '-i', path, '-f', 'framemd5', '-'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '')

/** The frames of an IVF file: a head of 32 bytes, and 12 in front of each frame. */
function framesOfIvf(file: Buffer): { readonly data: Buffer; readonly index: number }[] {
  const frames: { data: Buffer; index: number }[] = []
  for (let at = 32; at + 12 <= file.length; ) {
    const size = file.readUInt32LE(at)
    frames.push({ data: file.subarray(at + 12, at + 12 + size), index: Number(file.readBigUInt64LE(at + 4)) })
    at += 12 + size
  }
  return frames
}

/** Gathers what comes out of a depacketizer: the units, and the fragmented MP4 of them all. */
class Remuxer {
  readonly units: Buffer[] = []
  readonly configurations: CodecConfiguration[] = []
  readonly #file: Uint8Array[] = []
  readonly #packet = new RtpPacket()
  readonly #segmenter = new Segmenter({ trackId: 1, kind: 'video', clockRate: 90_000 })
  readonly depacketizer: Depacketizer
  #last: number | undefined
  #begin: number | undefined

  constructor(depacketizer: Depacketizer) {
    this.depacketizer = depacketizer
  }

  push(bytes: Uint8Array): void {
    expect(this.#packet.read(bytes)).toBe(true)
    const { sequenceNumber, timestamp } = this.#packet
    const lost = this.#last === undefined ? 0 : (sequenceNumber - this.#last - 1) & 0xffff
    this.#last = sequenceNumber
    this.#begin ??= timestamp
    this.depacketizer.push(this.#packet, Ticks((timestamp - this.#begin) >>> 0), lost)
    for (let unit = this.depacketizer.pull(); unit; unit = this.depacketizer.pull()) this.#take(unit)
  }

  get file(): Uint8Array {
    return Buffer.concat(this.#file)
  }

  #take(unit: AccessUnit): void {
    this.units.push(Buffer.from(unit.data))
    if (unit.configuration) this.configurations.push(unit.configuration)
    const { initialization, media } = this.#segmenter.push(unit, unit.timestamp, Milliseconds(0))
    if (initialization) this.#file.push(initialization.data)
    if (media) this.#file.push(media.data.slice())
  }
}

const bound = async (): Promise<{ socket: Socket; port: number }> => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { socket, port: (socket.address() as AddressInfo).port }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtsp-player-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What ffmpeg sends by RTP comes out as ffmpeg writes it into a file at the same time. */
async function sentByFfmpeg(
  encoder: readonly string[],
  format: string,
  depacketizer: Depacketizer,
): Promise<{ remuxer: Remuxer; reference: string; ours: string }> {
  const remuxer = new Remuxer(depacketizer)
  const [rtp, rtcp] = await Promise.all([bound(), bound()])
  makeRoom(rtp.socket)
  rtp.socket.on('message', (bytes) => {
    if (!bytes.equals(END)) remuxer.push(bytes)
  })
  const reference = join(folder, `reference-${rtp.port}.${format}`)
  const ours = join(folder, `ours-${rtp.port}.mp4`)
  try {
    const source = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=2', '-pix_fmt', 'yuv420p']
    const url = `rtp://127.0.0.1:${rtp.port}?rtcpport=${rtcp.port}&pkt_size=600`
    await quiet(
      'ffmpeg',
      ...source,
      ...encoder,
      '-map',
      '0:v',
      '-f',
      'tee',
      `[f=rtp:strict=experimental]${url}|[f=${format}]${reference}`,
    )
    await whenRead(rtp.socket)
  } finally {
    rtp.socket.close()
    rtcp.socket.close()
  }
  await writeFile(ours, remuxer.file)
  return { remuxer, reference, ours }
}

describe("packets of ffmpeg's RTP muxers", () => {
  it.each<[string, string[], () => Depacketizer, string]>([
    ['VP8', ['-c:v', 'libvpx', '-g', '20'], () => new Vp8Depacketizer(), 'vp08.00.20.08'],
    ['VP9', ['-c:v', 'libvpx-vp9', '-g', '20', '-row-mt', '1'], () => new Vp9Depacketizer(), 'vp09.00.20.08'],
  ])('of %s become the frames of the encoder, bit by bit', async (_, encoder, create, codec) => {
    const speed = ['-deadline', 'realtime', '-cpu-used', '8', '-b:v', '800k']
    const { remuxer, reference, ours } = await sentByFfmpeg([...encoder, ...speed], 'ivf', create())
    const expected = framesOfIvf(await readFile(reference)).map(({ data }) => data)
    expect(expected.length).toBeGreaterThan(40)
    expect(remuxer.units.map((unit) => unit.toString('hex'))).toEqual(expected.map((frame) => frame.toString('hex')))
    expect(remuxer.configurations).toMatchObject([{ codec, width: 320, height: 240 }])
    expect(remuxer.depacketizer.statistics).toMatchObject({ dropped: 0, malformed: 0 })
    expect(await pictures(ours)).toEqual(await pictures(reference))
  })

  it.each<[string, string[], string, number]>([
    ['Simple', ['-g', '20'], 'mp4v.20.1', 0],
    ['Advanced Simple with B-VOPs', ['-g', '20', '-bf', '2', '-profile:v', '15'], 'mp4v.20.241', 1],
  ])('of MPEG-4 Visual %s become a file that ffmpeg plays', async (_, options, codec, reorderDepth) => {
    const encoder = ['-c:v', 'mpeg4', '-q:v', '3', ...options]
    const { remuxer, reference, ours } = await sentByFfmpeg(encoder, 'm4v', new Mp4vEsDepacketizer({ config: null }))
    expect(remuxer.configurations).toMatchObject([{ codec, width: 320, height: 240, reorderDepth }])
    expect(remuxer.depacketizer.statistics).toMatchObject({ dropped: 0, malformed: 0 })
    expect(await pictures(ours)).toEqual(await pictures(reference))
    const frames = await quiet('ffprobe', '-show_entries', 'frame=pts', '-of', 'csv=p=0', ours)
    const times = frames.trim().split(/,?\n/).map(Number)
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(
      new Array<number>(times.length - 1).fill(3600),
    )
  })
})

describe('AV1 of real encoders', () => {
  it.each<[string, string[], string]>([
    ['libaom', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-g', '20'], 'av01.0.00M.08'],
    ['libaom, 10 bits and tiles', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-tiles', '2x1'], 'av01.0.00M.10'],
    ['SVT-AV1', ['-c:v', 'libsvtav1', '-preset', '12', '-g', '20'], 'av01.0.00M.08'],
  ])('of %s is the same behind packetizer and depacketizer', async (name, encoder, codec) => {
    const reference = join(folder, 'reference.ivf')
    const format = name.includes('10 bits') ? 'yuv420p10le' : 'yuv420p'
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=2', '-pix_fmt', format]
    await run('ffmpeg', ['-v', 'error', '-y', ...source, ...encoder, reference])
    const remuxer = new Remuxer(new Av1Depacketizer())
    const packetizer = new Av1Packetizer({ maximumPayload: 300 })
    let sequenceNumber = 0
    const expected: string[] = []
    for (const { data, index } of framesOfIvf(await readFile(reference))) {
      // Without the temporal delimiter: obu_header and a size of 0.
      expect(data.subarray(0, 2).toString('hex')).toBe('1200')
      expected.push(data.subarray(2).toString('hex'))
      for (const { payload, marker } of packetizer.packetize(data)) {
        const bytes = new Uint8Array(12 + payload.length)
        const header = { marker, payloadType: 96, sequenceNumber: sequenceNumber++, timestamp: index * 3600, ssrc: 1 }
        writeRtpHeader(bytes, 0, header)
        bytes.set(payload, 12)
        remuxer.push(bytes)
      }
    }
    expect(expected.length).toBe(50)
    expect(remuxer.units.map((unit) => unit.toString('hex'))).toEqual(expected)
    expect(remuxer.configurations).toMatchObject([{ codec, width: 320, height: 240 }])
    const ours = join(folder, 'ours.mp4')
    await writeFile(ours, remuxer.file)
    expect(await pictures(ours)).toEqual(await pictures(reference))
  })
})

describe("our client at GStreamer's RTSP server", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  /** Access units as the pipeline gives them to a decoder, from before the work begins until it is done. */
  async function unitsDuring(url: string, work: () => Promise<unknown>): Promise<string[]> {
    const units: string[] = []
    const transport = await openTransport(url)
    await new Promise<void>((resolve, reject) => {
      const pipeline = new Pipeline(
        transport,
        { uri: url },
        {
          configuration: () => 'units',
          accessUnit: ({ data }) => void units.push(Buffer.from(data).toString('hex')),
          initializationSegment: () => undefined,
          mediaSegment: () => undefined,
          closed: (error) => (error ? reject(error) : resolve()),
        },
      )
      pipeline
        .open()
        .then(work)
        .then(() => pipeline.close())
        .catch(reject)
    })
    return units
  }

  it.each(['/vp8', '/vp9'] as const)('gives the units of %s that ffmpeg copies of the same stream', async (mount) => {
    const url = server.url(mount)
    const path = join(folder, `${mount.slice(1)}.ivf`)
    // ffmpeg comes to the one encoder after us. Of VP9 it takes no frame for a keyframe, and copies what comes first.
    const copied = ['-rtsp_transport', 'tcp', '-i', url, '-c', 'copy', '-copyinkf', '-frames:v', '30', path]
    const ours = await unitsDuring(url, () => run('ffmpeg', ['-v', 'error', '-y', ...copied], { timeout: 20_000 }))
    const theirs = framesOfIvf(await readFile(path)).map(({ data }) => data.toString('hex'))
    const first = ours.indexOf(theirs[0] ?? 'none')
    expect(first).toBeGreaterThanOrEqual(0)
    // Of the last ones some may be on their way to us still.
    const overlap = Math.min(30, ours.length - first)
    expect(overlap).toBeGreaterThan(20)
    expect(ours.slice(first, first + overlap)).toEqual(theirs.slice(0, overlap))
  })
})
