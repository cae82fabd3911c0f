import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BitWriter } from '../../protocol/bytes/bit-writer.ts'
import { NalUnitType, nalUnitOf, nalUnitTypeOf, splitAnnexB } from '../../protocol/codec/h264.ts'
import { type LocatedSequenceParameterSet, locateSequenceParameterSet } from '../../protocol/codec/h264-sps.ts'
import { withoutReordering } from '../../protocol/codec/h264-sps-rewrite.ts'
import { H264Depacketizer } from '../../protocol/depacketizer/h264.ts'
import { Segmenter } from '../../protocol/fmp4/segmenter.ts'
import { H264Packetizer } from '../../protocol/packetizer/h264.ts'
import { RtpPacket, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { Milliseconds, Ticks } from '../../protocol/units.ts'
import { runProcess } from '../support/processes.ts'

/** ffmpeg must have nothing to complain about. */
async function quiet(tool: 'ffmpeg' | 'ffprobe', ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProcess(tool, ['-hide_banner', '-v', 'error', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h264-'))
})
afterAll(() => rm(folder, { recursive: true }))

const isSps = (nal: Uint8Array): boolean => nalUnitTypeOf(nal) === NalUnitType.SequenceParameterSet

/** A clip of x264, as its NAL units. */
async function encoded(name: string, frames: number, options: readonly string[]): Promise<Uint8Array[]> {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.h264`)
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=322x180:rate=25`, '-frames:v', String(frames)]
  const pixels = options.includes('-pix_fmt') ? [] : ['-pix_fmt', 'yuv420p']
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', ...pixels, ...options]
  await quiet('ffmpeg', '-y', ...input, ...codec, '-f', 'h264', path)
  return splitAnnexB(await readFile(path))
}

/** What ffmpeg decodes of a byte stream: a checksum for each picture. */
async function decoded(name: string, nalUnits: readonly Uint8Array[]): Promise<string> {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.decode.h264`)
  await writeFile(path, Buffer.concat(nalUnits.flatMap((nal) => [Uint8Array.of(0, 0, 0, 1), nal])))
  return quiet('ffmpeg', '-i', path, '-vsync', 'passthrough', '-f', 'framemd5', '-')
}

/** The SPS without bitstream_restriction, which x264 always writes: or without any VUI. */
function withoutRestriction({ header, rbsp, ...located }: LocatedSequenceParameterSet, vui: boolean): Uint8Array {
  const flag = vui ? (located.bitstreamRestrictionFlag ?? Number.NaN) : located.vuiFlag
  return nalUnitOf(header, new BitWriter().copy(rbsp, flag).flag(false).flag(true).toBytes())
}

const mapSps = (nalUnits: readonly Uint8Array[], change: (sps: LocatedSequenceParameterSet) => Uint8Array) =>
  nalUnits.map((nal) => (isSps(nal) ? change(locateSequenceParameterSet(nal)) : nal))

describe('the SPS of x264, rewritten', () => {
  it.concurrent.each([
    ['Baseline', ['-profile:v', 'baseline']],
    ['Baseline, three reference frames', ['-profile:v', 'baseline', '-refs', '3']],
    ['Main without B-frames', ['-profile:v', 'main', '-bf', '0']],
    ['High without B-frames', ['-profile:v', 'high', '-bf', '0']],
    ['High without B-frames, 16 reference frames', ['-profile:v', 'high', '-bf', '0', '-refs', '16']],
    ['zero latency', ['-tune', 'zerolatency']],
    ['High 10', ['-profile:v', 'high10', '-bf', '0', '-pix_fmt', 'yuv420p10le']],
    ['High 4:2:2', ['-profile:v', 'high422', '-bf', '0', '-pix_fmt', 'yuv422p']],
    ['High 4:4:4', ['-profile:v', 'high444', '-bf', '0', '-pix_fmt', 'yuv444p']],
    ['lossless', ['-bf', '0', '-qp', '0']],
    ['scaling lists', ['-bf', '0', '-x264-params', 'cqm=jvt']],
    ['a shape of pixels', ['-bf', '0', '-vf', 'setsar=40/33']],
    ['colours', ['-bf', '0', '-color_range', 'pc', '-colorspace', 'bt709', '-color_primaries', 'bt709']],
    ['an HRD', ['-bf', '0', '-b:v', '500k', '-maxrate', '500k', '-bufsize', '500k', '-x264-params', 'nal-hrd=cbr']],
    ['an odd frame rate', ['-bf', '0', '-r', '30000/1001']],
    ['the highest level', ['-bf', '0', '-level', '6.2']],
  ] as const)('decodes to the same pictures: %s', async (name, options) => {
    const original = await encoded(name, 8, options)
    const expected = await decoded(name, original)
    expect(expected.match(/^0,/gm)).toHaveLength(8)
    for (const vui of [true, false]) {
      const stripped = mapSps(original, (sps) => withoutRestriction(sps, vui))
      const rewritten = mapSps(stripped, (sps) => withoutReordering(sps) ?? expect.fail('not rewritten'))
      const pictures = (text: string) => text.match(/[0-9a-f]{32}$/gm)
      expect(pictures(await decoded(`${name} ${vui} stripped`, stripped))).toEqual(pictures(expected))
      expect(pictures(await decoded(`${name} ${vui} rewritten`, rewritten))).toEqual(pictures(expected))
    }
  })
})

interface Picture {
  readonly nalUnits: readonly Uint8Array[]
  /** Presentation time in ticks of 90 kHz, from 0. */
  readonly timestamp: number
}

/** Pictures of a clip of x264 with their times, in decoding order, and the clip itself as an MP4. */
async function clipOf(name: string, options: readonly string[], parameters: string) {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.mp4`)
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=3']
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', ...options]
  await quiet('ffmpeg', '-y', ...input, ...codec, '-x264-params', `aud=1:${parameters}`, path)
  const annexB = `${path}.h264`
  await quiet('ffmpeg', '-y', '-i', path, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', annexB)
  const packets = await quiet('ffprobe', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path)
  const times = packets.trim().split('\n').map(Number.parseFloat)
  const first = Math.min(...times)
  const pictures: Uint8Array[][] = []
  for (const nal of splitAnnexB(await readFile(annexB))) {
    if (nalUnitTypeOf(nal) === NalUnitType.AccessUnitDelimiter) pictures.push([])
    pictures.at(-1)?.push(nal)
  }
  expect(pictures).toHaveLength(times.length)
  return {
    path,
    pictures: pictures.map((nalUnits, index) => ({
      nalUnits,
      timestamp: Math.round(((times[index] ?? 0) - first) * 90_000),
    })),
  }
}

/** Sends pictures as RTP, without those of `lost`, and makes one file of all segments that come out. */
async function received(name: string, pictures: readonly Picture[], lost: readonly number[] = []) {
  const depacketizer = new H264Depacketizer({ parameterSets: [] })
  const packetizer = new H264Packetizer({ maximumPayload: 1200 })
  const segmenter = new Segmenter({ trackId: 1, kind: 'video', clockRate: 90_000 })
  const packet = new RtpPacket()
  const file: Uint8Array[] = []
  const times: number[] = []
  const depths: number[] = []
  let missing = 0
  for (const [index, { nalUnits, timestamp }] of pictures.entries()) {
    if (lost.includes(index)) {
      missing++
      continue
    }
    const length = (nal: Uint8Array) => Uint8Array.of(0, nal.length >> 16, (nal.length >> 8) & 0xff, nal.length & 0xff)
    for (const { payload, marker } of packetizer.packetize(
      Buffer.concat(nalUnits.flatMap((nal) => [length(nal), nal])),
    )) {
      const bytes = new Uint8Array(12 + payload.length)
      writeRtpHeader(bytes, 0, { marker, payloadType: 96, sequenceNumber: 0, timestamp, ssrc: 1 })
      bytes.set(payload, 12)
      packet.read(bytes)
      depacketizer.push(packet, Ticks(timestamp), missing)
      missing = 0
      for (let unit = depacketizer.pull(); unit; unit = depacketizer.pull()) {
        const { initialization, media } = segmenter.push(unit, unit.timestamp, Milliseconds(0))
        if (initialization) file.push(initialization.data)
        if (media) file.push(media.data.slice())
        times.push(unit.timestamp)
        if (unit.configuration?.kind === 'video') depths.push(unit.configuration.reorderDepth)
      }
    }
  }
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.received.mp4`)
  await writeFile(path, Buffer.concat(file))
  return { path, times, depths, statistics: depacketizer.statistics }
}

/** What is seen: time in ticks and a checksum of each picture of a file. */
async function seen(path: string): Promise<Map<number, string>> {
  const args = ['-vsync', 'passthrough', '-enc_time_base', '1:90000', '-copyts', '-f', 'framemd5', '-']
  // A decoder that misses what a held picture is made of conceals it, and says so.
  const { stdout } = await runProcess('ffmpeg', ['-v', 'fatal', '-i', path, ...args])
  const lines = stdout.split('\n').filter((line) => /^0,/.test(line))
  return new Map(lines.map((line) => line.split(',')).map(([, , time, , , sum = '']) => [Number(time), sum.trim()]))
}

/**
 * Time, key flag and type of each picture, the time from that of the first: while the depth is learned, a picture may be
 * decoded behind its time, and then ffmpeg shows them all later by so much.
 */
async function framesOf(path: string): Promise<string[]> {
  const args = ['-show_entries', 'frame=pts_time,key_frame,pict_type', '-of', 'json']
  const { frames } = JSON.parse(await quiet('ffprobe', ...args, path)) as {
    frames: { pts_time: string; key_frame: number; pict_type: string }[]
  }
  const first = Number(frames[0]?.pts_time)
  return frames.map((frame) => `${(Number(frame.pts_time) - first).toFixed(4)} ${frame.key_frame} ${frame.pict_type}`)
}

describe('a stream that does not say how far it is reordered', () => {
  it.concurrent.each([
    ['two B-frames', ['-bf', '2'], 'b-adapt=0', 1],
    ['a pyramid of B-frames', ['-bf', '3'], 'b-adapt=0:b-pyramid=normal', 2],
    ['open groups of pictures', ['-bf', '3', '-g', '12'], 'b-adapt=0:b-pyramid=normal:open-gop=1', 2],
    ['adaptive B-frames', ['-bf', '8'], 'b-adapt=2', 2],
    ['none', ['-bf', '0', '-g', '10'], '', 0],
    ['fields', ['-bf', '2', '-flags', '+ildct+ilme'], 'b-adapt=0:tff=1', 1],
  ] as const)('has the same pictures at the same times: %s', async (name, options, parameters, depth) => {
    const { path, pictures } = await clipOf(name, options, parameters)
    const silent = pictures.map(({ nalUnits, timestamp }) => ({
      nalUnits: mapSps(nalUnits, (sps) => withoutRestriction(sps, false)),
      timestamp,
    }))
    const ours = await received(name, silent)
    expect(ours.statistics).toEqual({ units: 75, dropped: 0, malformed: 0 })
    expect(ours.times).toEqual(pictures.map(({ timestamp }) => timestamp))
    expect(ours.depths.at(-1)).toBe(depth)
    expect(await framesOf(ours.path)).toEqual(await framesOf(path))
    expect([...(await seen(ours.path)).values()]).toEqual([...(await seen(path)).values()])
  })
})

describe('after a loss', () => {
  it('nothing is seen of a picture that is refreshed bit by bit until it is whole', async () => {
    const { path, pictures } = await clipOf('refresh', ['-bf', '0', '-g', '25'], 'intra-refresh=1')
    const whole = await seen(path)
    const ours = await received('refresh', pictures, [30, 31])
    // x264 refreshes a column of macroblocks a picture, again and again from every 25th on.
    const first = ours.times.findIndex((time, index) => index > 0 && time - (ours.times[index - 1] ?? 0) > 3600)
    expect(first).toBe(30)
    const held = ours.times.filter((time) => time % 3600 !== 0)
    expect(held.length).toBeGreaterThan(5)
    for (const [time, sum] of await seen(ours.path)) {
      if (time % 3600 === 0) expect(whole.get(time), `the picture at ${time / 3600}`).toBe(sum)
    }
    expect(ours.times.at(-1)).toBe(74 * 3600)
  })

  it('an open group of pictures begins with its first picture', async () => {
    const { path, pictures } = await clipOf('open', ['-bf', '3', '-g', '12'], 'b-adapt=0:b-pyramid=normal:open-gop=1')
    const whole = await seen(path)
    const ours = await received('open', pictures, [15])
    const shown = await seen(ours.path)
    for (const [time, sum] of shown) expect(whole.get(time), `the picture at ${time / 3600}`).toBe(sum)
    expect(ours.statistics.dropped).toBeGreaterThan(3)
    expect(ours.statistics.dropped).toBeLessThan(20)
    expect(shown.size).toBe(ours.statistics.units)
  })
})
