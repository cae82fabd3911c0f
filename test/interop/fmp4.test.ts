import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAudioSpecificConfig } from '../../protocol/codec/aac.ts'
import { NalUnitType, nalUnitTypeOf, splitAnnexB } from '../../protocol/codec/h264.ts'
import type { Depacketizer } from '../../protocol/depacketizer/depacketizer.ts'
import { H264Depacketizer } from '../../protocol/depacketizer/h264.ts'
import { Mpeg4GenericDepacketizer } from '../../protocol/depacketizer/mpeg4-generic.ts'
import { Segmenter } from '../../protocol/fmp4/segmenter.ts'
import { H264Packetizer } from '../../protocol/packetizer/h264.ts'
import { Mpeg4GenericPacketizer } from '../../protocol/packetizer/mpeg4-generic.ts'
import type { Packetizer } from '../../protocol/packetizer/packetizer.ts'
import { RtpPacket, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { Milliseconds, Ticks } from '../../protocol/units.ts'

const run = promisify(execFile)
/** ffmpeg must have nothing to complain about. */
async function quiet(tool: 'ffmpeg' | 'ffprobe', ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(tool, ['-hide_banner', '-v', 'error', ...args], { maxBuffer: 64 * 1024 * 1024 })
  expect(stderr).toBe('')
  return stdout
}

interface Sample {
  readonly data: Uint8Array
  readonly timestamp: number
}

/** Sends access units as RTP and makes one file of all segments that come out. */
function remux(
  samples: readonly Sample[],
  packetizer: Packetizer,
  depacketizer: Depacketizer,
  options: { readonly kind: 'video' | 'audio'; readonly clockRate: number },
): Uint8Array {
  const segmenter = new Segmenter({ trackId: 1, ...options })
  const packet = new RtpPacket()
  const file: Uint8Array[] = []
  for (const { data, timestamp } of samples) {
    for (const { payload, marker } of packetizer.packetize(data)) {
      const bytes = new Uint8Array(12 + payload.length)
      writeRtpHeader(bytes, 0, { marker, payloadType: 96, sequenceNumber: 0, timestamp, ssrc: 1 })
      bytes.set(payload, 12)
      expect(packet.read(bytes)).toBe(true)
      depacketizer.push(packet, Ticks(timestamp), 0)
      for (let unit = depacketizer.pull(); unit !== null; unit = depacketizer.pull()) {
        const { initialization, media } = segmenter.push(unit, unit.timestamp, Milliseconds(0))
        if (initialization) file.push(initialization.data)
        if (media) file.push(media.data.slice())
      }
    }
  }
  return Buffer.concat(file)
}

describe('fragmented MP4, read by ffmpeg', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fmp4-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Access units of a clip, each from its delimiter to the next, with the presentation times of ffmpeg's own MP4. */
  async function videoSamples(path: string): Promise<Sample[]> {
    const annexB = `${path}.h264`
    await quiet('ffmpeg', '-i', path, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', annexB)
    const packets = await quiet('ffprobe', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path)
    const times = packets.trim().split('\n').map(Number.parseFloat)
    const first = Math.min(...times)
    const units: Uint8Array[][] = []
    for (const nal of splitAnnexB(await readFile(annexB))) {
      if (nalUnitTypeOf(nal) === NalUnitType.AccessUnitDelimiter) units.push([])
      units.at(-1)?.push(nal)
    }
    expect(units).toHaveLength(times.length)
    return units.map((nalUnits, index) => ({
      data: Buffer.concat(nalUnits.flatMap((nal) => [Uint8Array.of(0, 0, nal.length >> 8, nal.length & 0xff), nal])),
      timestamp: Math.round(((times[index] ?? 0) - first) * 90_000),
    }))
  }

  const frames = async (path: string): Promise<string[]> => {
    const json = await quiet('ffprobe', '-show_entries', 'frame=pts_time,key_frame,pict_type', '-of', 'json', path)
    const parsed: { frames: { pts_time: string; key_frame: number; pict_type: string }[] } = JSON.parse(json)
    return parsed.frames.map((frame) => `${frame.pts_time} ${frame.key_frame} ${frame.pict_type}`)
  }
  const pictures = (path: string) => quiet('ffmpeg', '-i', path, '-vsync', 'passthrough', '-f', 'md5', '-')

  it.each([
    ['without B-frames', ['-bf', '0', '-profile:v', 'baseline']],
    ['with B-frames and several slices', ['-bf', '2', '-slices', '3']],
    [
      'with a pyramid of B-frames, open groups of pictures',
      ['-bf', '3', '-x264-params', 'aud=1:b-pyramid=normal:open-gop=1'],
    ],
    ['with pixels that are not square', ['-bf', '0', '-vf', 'setsar=16/11']],
  ])('has the same pictures, times and random access points: %s', async (name, options) => {
    const source = join(folder, `${name.replaceAll(' ', '-')}.mp4`)
    const input = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25:duration=3']
    const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '15', '-x264-params', 'aud=1']
    await quiet('ffmpeg', ...input, ...codec, ...options, source)
    const depacketizer = new H264Depacketizer({ parameterSets: [] })
    const packetizer = new H264Packetizer({ maximumPayload: 1200 })
    const file = remux(await videoSamples(source), packetizer, depacketizer, { kind: 'video', clockRate: 90_000 })
    const path = `${source}.fmp4.mp4`
    await writeFile(path, file)

    expect(depacketizer.statistics).toEqual({ units: 75, dropped: 0, malformed: 0 })
    const expected = await frames(source)
    expect(expected).toHaveLength(75)
    expect(await frames(path)).toEqual(expected)
    expect(await pictures(path)).toBe(await pictures(source))
    const ratio = ['-show_entries', 'stream=width,height,sample_aspect_ratio', '-of', 'csv=p=0']
    expect(await quiet('ffprobe', ...ratio, path)).toBe(await quiet('ffprobe', ...ratio, source))
  })

  it('has the same sound', async () => {
    const source = join(folder, 'sound.aac')
    const input = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=2']
    await quiet('ffmpeg', ...input, '-ac', '2', '-c:a', 'aac', '-b:a', '96k', '-f', 'adts', source)
    const adts = await readFile(source)
    const samples: Sample[] = []
    for (let at = 0; at < adts.length; ) {
      const length = (((adts[at + 3] ?? 0) & 3) << 11) | ((adts[at + 4] ?? 0) << 3) | ((adts[at + 5] ?? 0) >> 5)
      samples.push({ data: adts.subarray(at + 7, at + length), timestamp: samples.length * 1024 })
      at += length
    }
    const config = createAudioSpecificConfig(48_000, 2)
    const depacketizer = new Mpeg4GenericDepacketizer({ config, clockRate: 48_000 })
    const packetizer = new Mpeg4GenericPacketizer({ maximumPayload: 200 })
    const path = join(folder, 'sound.mp4')
    await writeFile(path, remux(samples, packetizer, depacketizer, { kind: 'audio', clockRate: 48_000 }))

    expect(depacketizer.statistics).toEqual({ units: samples.length, dropped: 0, malformed: 0 })
    const entries = ['-show_entries', 'frame=nb_samples,channels', '-of', 'csv=p=0']
    expect(await quiet('ffprobe', ...entries, path)).toBe(await quiet('ffprobe', ...entries, source))
    expect(await quiet('ffmpeg', '-i', path, '-f', 'md5', '-')).toBe(
      await quiet('ffmpeg', '-i', source, '-f', 'md5', '-'),
    )
  })
})
