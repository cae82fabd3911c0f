import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitAnnexB } from '../../protocol/codec/h264.ts'
import { isIrap, isRasl, isSlice, startsPicture, typeOf } from '../../protocol/codec/h265.ts'
import { H265Depacketizer } from '../../protocol/depacketizer/h265.ts'
import { Segmenter } from '../../protocol/fmp4/segmenter.ts'
import { H265Packetizer } from '../../protocol/packetizer/h265.ts'
import { Milliseconds } from '../../protocol/units.ts'
import { pullAll, push, sample } from '../protocol/depacketizer/packets.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { probeFrames, record } from '../support/recording.ts'

const run = promisify(execFile)
const ffmpeg = (...args: string[]) => run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], { timeout: 60_000 })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtsp-player-h265-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const file = (name: string) => join(folder, name)

const typeOfNal = (nal: Uint8Array) => typeOf(nal[0] ?? 0)

/** Access units of a byte stream: each begins with what may not stand behind a slice of the one before. */
function accessUnitsOf(stream: Uint8Array): Uint8Array[][] {
  const units: Uint8Array[][] = [[]]
  let slices = false
  for (const nal of splitAnnexB(stream)) {
    const type = typeOfNal(nal)
    const begins = isSlice(type) ? startsPicture(nal[2] ?? 0) : type <= 35 || type === 39
    if (slices && begins) {
      units.push([])
      slices = false
    }
    slices ||= isSlice(type)
    units.at(-1)?.push(nal)
  }
  return units
}

/** As a sample: parameter sets, delimiters and fillers are left out. */
const sampleOf = (unit: readonly Uint8Array[]) =>
  sample(...unit.filter((nal) => ![32, 33, 34, 35, 38].includes(typeOfNal(nal))))

describe("H.265 of GStreamer's RTSP server", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  it('comes out as ffmpeg reads it, to the byte, and decodes without complaint', async () => {
    const url = server.url('/h265')
    const copying = ffmpeg(
      '-rtsp_transport',
      'tcp',
      '-i',
      url,
      '-t',
      '7',
      '-map',
      '0:v',
      '-c',
      'copy',
      file('rtsp.h265'),
    )
    const recording = await record(url, { units: 90 })
    await copying
    expect(recording.initialization[0]).toMatchObject({
      mimeType: expect.stringMatching(/^video\/mp4; codecs="hvc1\.1\.6\./),
    })
    expect(recording.statistics.tracks[0]).toMatchObject({ lost: 0, malformed: 0, jumps: 0 })
    const segments = recording.segments.filter((segment) => segment.kind === 'video')
    const frames = await probeFrames(recording.files.get(1) ?? new Uint8Array())
    expect(frames.map((frame) => frame.key)).toEqual(segments.map((segment) => segment.randomAccess))

    const theirs = accessUnitsOf(await readFile(file('rtsp.h265'))).map((unit) =>
      Buffer.from(sampleOf(unit)).toString('hex'),
    )
    const ours = samplesOf(recording.files.get(1) ?? new Uint8Array())
    const begins = ours.indexOf(theirs[0] ?? '')
    const [from, at] = begins >= 0 ? [begins, 0] : [0, theirs.indexOf(ours[0] ?? '')]
    const overlap = Math.min(ours.length - from, theirs.length - at)
    expect(at).toBeGreaterThanOrEqual(0)
    expect(overlap).toBeGreaterThan(20)
    expect(ours.slice(from, from + overlap)).toEqual(theirs.slice(at, at + overlap))
  })
})

/** Samples of a file that has one in each fragment, in hexadecimal. */
function samplesOf(mp4: Uint8Array): string[] {
  const samples: string[] = []
  const view = new DataView(mp4.buffer, mp4.byteOffset, mp4.byteLength)
  for (let at = 0; at < mp4.length; ) {
    const size = view.getUint32(at)
    const type = String.fromCharCode(...mp4.subarray(at + 4, at + 8))
    if (type === 'mdat') samples.push(Buffer.from(mp4.subarray(at + 8, at + size)).toString('hex'))
    at += size
  }
  return samples
}

describe.each([
  ['B-frames and open groups of pictures', 'yuv420p', 'bframes=3:open-gop=1:b-adapt=0', 2],
  ['three slices a picture', 'yuv420p', 'bframes=2:open-gop=1:b-adapt=0:slices=3:ctu=32', 2],
  ['ten bits', 'yuv420p10le', 'bframes=4:open-gop=1', 2],
  ['4:2:2, scaling lists and delimiters', 'yuv422p10le', 'bframes=2:open-gop=1:aud=1:scaling-list=default', 2],
  ['closed groups of pictures with RADL pictures', 'yuv420p', 'bframes=3:open-gop=0:radl=2:b-adapt=0', 2],
  ['no B-frames', 'yuv420p', 'bframes=0', 0],
])('H.265 of x265 with %s', (_, pixels, options, depth) => {
  let units: Uint8Array[][] = []
  let times: number[] = []
  let pictures: string[] = []
  beforeAll(async () => {
    const x265 = `log-level=error:keyint=20:min-keyint=20:repeat-headers=1:${options}`
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=416x256:r=25', '-t', '2', '-pix_fmt', pixels]
    await ffmpeg(...source, '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', x265, file('x265.mp4'))
    await ffmpeg('-i', file('x265.mp4'), '-c', 'copy', '-bsf:v', 'hevc_mp4toannexb', file('x265.h265'))
    units = accessUnitsOf(await readFile(file('x265.h265')))
    const probe = ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file('x265.mp4')]
    times = (await run('ffprobe', probe)).stdout
      .trim()
      .split('\n')
      .map((time) => Math.round(Number.parseFloat(time) * 90_000))
    pictures = await hashesOf(file('x265.mp4'))
  }, 60_000)

  /** Carries the pictures from `from` on in small packets, without the first packet of `lost`. */
  function carry(from: number, lost?: number) {
    const packetizer = new H265Packetizer({ maximumPayload: 200 })
    const depacketizer = new H265Depacketizer({ parameterSets: [] })
    let missing = 0
    const given = units.slice(from).flatMap((unit, index) =>
      packetizer.packetize(sample(...unit)).flatMap(({ payload, marker }, nth) => {
        if (index + from === lost && nth === 0) {
          missing = 1
          return []
        }
        const units = push(depacketizer, payload, {
          marker,
          timestamp: 90_000 + (times[index + from] ?? 0),
          lost: missing,
        })
        missing = 0
        return units
      }),
    )
    return { given: [...given, ...pullAll(depacketizer)], statistics: depacketizer.statistics }
  }
  type Given = ReturnType<typeof carry>['given']
  const indicesOf = (given: Given) => given.map((unit) => times.indexOf(unit.timestamp - 90_000))
  const firstType = (unit: readonly Uint8Array[]) => unit.map(typeOfNal).find(isSlice) ?? -1
  const irap = () => units.flatMap((unit, index) => (isIrap(firstType(unit)) ? [index] : []))

  /** Each picture that a decoder makes of the units is one that the encoder's own file has. */
  async function decodesRight(given: Given): Promise<void> {
    const segmenter = new Segmenter({ trackId: 1, kind: 'video', clockRate: 90_000 })
    const parts = given.flatMap((unit) => {
      const segments = segmenter.push({ ...unit, data: Uint8Array.from(unit.data) }, unit.timestamp, Milliseconds(0))
      return [segments.initialization?.data.slice(), segments.media?.data.slice()].filter((part) => part !== undefined)
    })
    await writeFile(file('carried.mp4'), Buffer.concat(parts))
    const decoded = await hashesOf(file('carried.mp4'))
    expect(decoded).toHaveLength(given.length)
    expect(decoded.filter((picture) => !pictures.includes(picture))).toEqual([])
  }

  it('comes through packets as it was, with its random access points and its reorder depth', async () => {
    const { given, statistics } = carry(0)
    expect(given.map((unit) => unit.data)).toEqual(units.map((unit) => [...sampleOf(unit)]))
    expect(given.flatMap((unit, index) => (unit.randomAccess ? [index] : []))).toEqual(irap())
    expect(given[0]?.configuration).toMatchObject({ width: 416, height: 256, reorderDepth: depth })
    expect(statistics).toEqual({ units: units.length, dropped: 0, malformed: 0 })
    await decodesRight(given)
  })

  it('can be started at its second random access point, without what refers to pictures before', async () => {
    const [, second = 0, third = units.length] = irap()
    const { given } = carry(second)
    const all = units.map((_, index) => index).slice(second)
    expect(indicesOf(given)).toEqual(all.filter((index) => index >= third || !isRasl(firstType(units[index] ?? []))))
    await decodesRight(given)
  })

  it('goes on right at the next random access point after a loss', async () => {
    const [, second = 0, third = units.length] = irap()
    const lost = second - 4
    const { given, statistics } = carry(0, lost)
    const all = units.map((_, index) => index).filter((index) => index < lost || index >= second)
    const wanted = all.filter((index) => index < second || index >= third || !isRasl(firstType(units[index] ?? [])))
    expect(indicesOf(given)).toEqual(wanted)
    expect(statistics).toMatchObject({ dropped: units.length - wanted.length, malformed: 0 })
    await decodesRight(given)
  })
})

/** A hash of each decoded picture; throws what the decoder complains of. */
async function hashesOf(path: string): Promise<string[]> {
  const { stdout, stderr } = await ffmpeg('-i', path, '-fps_mode', 'passthrough', '-f', 'framemd5', '-')
  if (stderr !== '') throw new Error(stderr)
  return stdout
    .split('\n')
    .flatMap((line) => (line === '' || line.startsWith('#') ? [] : (line.split(',').at(-1) ?? '').trim()))
}
