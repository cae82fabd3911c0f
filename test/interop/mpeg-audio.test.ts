import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { beforeAll, describe, expect, it } from 'vitest'
import { BitReader } from '../../protocol/bytes/bit-reader.ts'
import { readMpegAudioHeader } from '../../protocol/codec/mpeg-audio.ts'
import { mainDataBegin, sideInfoLength } from '../../protocol/codec/mpeg-audio-layer3.ts'
import type { Depacketizer } from '../../protocol/depacketizer/depacketizer.ts'
import { MpaDepacketizer } from '../../protocol/depacketizer/mpa.ts'
import { MpaRobustDepacketizer } from '../../protocol/depacketizer/mpa-robust.ts'
import { RtpPacket } from '../../protocol/rtp/packet.ts'
import { Ticks } from '../../protocol/units.ts'
import { push } from '../protocol/depacketizer/packets.ts'
import { makeRoom, whenRead } from '../support/datagrams.ts'

/** Runs ffmpeg with bytes for its input; throws what it complains of. */
async function ffmpeg(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  const process = spawn(
    'ffmpeg',
    ['-v', 'error', '-nostdin', ...args].filter((arg) => !input || arg !== '-nostdin'),
  )
  const output: Buffer[] = []
  let complaint = ''
  process.stdout.on('data', (data: Buffer) => output.push(data))
  process.stderr.on('data', (data: Buffer) => {
    complaint += data.toString()
  })
  process.stdin.on('error', () => undefined)
  process.stdin.end(input)
  await once(process, 'close')
  if (complaint !== '') throw new Error(complaint)
  return Buffer.concat(output)
}

const SIREN = 'aevalsrc=0.5*sin(600*PI*t)*sin(7*t)|0.3*sin(2*PI*(900+200*t)*t):s=44100:d=3'
const encode = (encoder: string, format: string, ...options: string[]): Promise<Buffer> =>
  ffmpeg(['-f', 'lavfi', '-i', SIREN, '-c:a', encoder, ...options, '-f', format, '-'])
/** 16-bit samples of both channels. */
const decode = async (frames: readonly Uint8Array[], format = 'mp3'): Promise<Int16Array> => {
  const raw = await ffmpeg(['-f', format, '-i', 'pipe:0', '-f', 's16le', '-'], Buffer.concat(frames))
  return new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.byteLength & ~1)))
}

function framesOf(file: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at < file.length; ) {
    const header = readMpegAudioHeader(file, at, file.length) ?? expect.fail(`no frame at ${at}`)
    frames.push(file.subarray(at, at + header.frameLength))
    at += header.frameLength
  }
  return frames
}

/** ADUs of layer III frames of ISO/IEC 11172-3, as the appendix of RFC 5219 makes them; null while the reservoir fills. */
function adusOf(frames: readonly Uint8Array[]): (Uint8Array | null)[] {
  let reservoir = new Uint8Array(0)
  return frames.map((frame) => {
    const header = readMpegAudioHeader(frame, 0, frame.length) ?? expect.fail('no header')
    const dataStart = header.dataStart + sideInfoLength(header)
    const reader = new BitReader(frame.subarray(header.dataStart))
    reader.skip(9 + (header.channels === 1 ? 5 : 3) + 4 * header.channels)
    let bits = 0
    for (let granule = 0; granule < 2 * header.channels; granule++) {
      bits += reader.bits(12) // part2_3_length
      reader.skip(47)
    }
    const begin = mainDataBegin(header, frame, 0)
    const own = frame.subarray(dataStart)
    const before = reservoir
    reservoir = Uint8Array.from([...reservoir, ...own]).slice(-1024)
    if (begin > before.length) return null
    const mainData = [...before.subarray(before.length - begin), ...own].slice(0, Math.ceil(bits / 8))
    return Uint8Array.from([...frame.subarray(0, dataStart), ...mainData])
  })
}

const unitsOf = (
  depacketizer: Depacketizer,
  payloads: readonly { bytes: number[]; timestamp: number; lost?: number }[],
) => payloads.flatMap(({ bytes, timestamp, lost = 0 }) => push(depacketizer, bytes, { timestamp, lost }))
const bytesOf = (units: readonly { data: readonly number[] }[]) => units.map(({ data }) => Uint8Array.from(data))

describe.each([
  ['64 kbit/s, joint stereo', ['-b:a', '64k']],
  ['a variable bitrate', ['-q:a', '4']],
  ['128 kbit/s, mono', ['-b:a', '128k', '-ac', '1']],
] as const)('MP3 of LAME: %s', (_, options) => {
  let frames: Uint8Array[]
  let sound: Int16Array
  beforeAll(async () => {
    frames = framesOf(await encode('libmp3lame', 'mp3', '-write_xing', '0', '-id3v2_version', '0', ...options))
    sound = await decode(frames)
  })

  it('comes out of RFC 2250 as it went in, whole frames and cut ones', () => {
    const payloads = frames.flatMap((frame, index) =>
      Array.from({ length: Math.ceil(frame.length / 150) }, (__, part) => ({
        bytes: [0, 0, 0, (part * 150) & 0xff]
          .map((byte, at) => (at === 2 ? (part * 150) >> 8 : byte))
          .concat([...frame.subarray(part * 150, (part + 1) * 150)]),
        timestamp: index * 2351,
      })),
    )
    const units = unitsOf(new MpaDepacketizer(), payloads)
    expect(bytesOf(units)).toEqual(frames.map((frame) => Uint8Array.from(frame)))
  })

  it('is silent after a loss as long as it refers to what was lost, and then as it was', async () => {
    const lost = 40
    const payloads = frames
      .map((frame, index) => ({
        bytes: [0, 0, 0, 0, ...frame],
        timestamp: index * 2351,
        lost: index === lost + 1 ? 1 : 0,
      }))
      .toSpliced(lost, 1)
    const units = bytesOf(unitsOf(new MpaDepacketizer(), payloads))
    const silenced = units.findIndex(
      (unit, index) => index >= lost && Buffer.compare(unit, frames[index + 1] ?? unit) === 0,
    )
    expect(silenced - lost).toBeLessThan(8)
    expect(units.slice(silenced)).toEqual(frames.slice(silenced + 1).map((frame) => Uint8Array.from(frame)))
    // Nothing louder than the sound comes of it.
    const loudest = (samples: Int16Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    expect(loudest(await decode(units))).toBeLessThan(loudest(sound) * 1.05)
  })

  it('comes out of RFC 5219 as frames that sound the same, to the sample', async () => {
    const adus = adusOf(frames)
    const payloads = adus.flatMap((adu, index) => {
      if (!adu) return []
      const descriptor = [0x40 | (adu.length >> 8), adu.length & 0xff]
      if (index % 3 > 0) return [{ bytes: [...descriptor, ...adu], timestamp: index * 2351 }]
      return [
        { bytes: [...descriptor, ...adu.subarray(0, 90)], timestamp: index * 2351 },
        { bytes: [0xc0 | (adu.length >> 8), adu.length & 0xff, ...adu.subarray(90)], timestamp: index * 2351 },
      ].filter((_payload, part) => part === 0 || adu.length > 90)
    })
    const units = unitsOf(new MpaRobustDepacketizer(), payloads)
    expect(units).toHaveLength(adus.filter((adu) => adu !== null).length)
    expect(await decode(bytesOf(units))).toEqual(sound)
  })
})

describe('the RTP of ffmpeg', () => {
  it.each([
    ['MP3', 'libmp3lame', 'mp3', 'mp3'],
    ['layer II', 'mp2', 'mp2', 'mp4a.6B'],
  ])('with %s comes out as what was encoded', async (_, encoder, format, codec) => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    makeRoom(socket)
    const depacketizer = new MpaDepacketizer()
    const packet = new RtpPacket()
    const units: Uint8Array[] = []
    let first: string | undefined
    let last = -1
    const received = new Promise<void>((resolve) => {
      socket.on('message', (message) => {
        if (!packet.read(message) || packet.payloadType !== 14) return
        const lost = last < 0 ? 0 : (packet.sequenceNumber - last - 1) & 0xffff
        last = packet.sequenceNumber
        depacketizer.push(packet, Ticks(packet.timestamp), lost)
        for (let unit = depacketizer.pull(); unit; unit = depacketizer.pull()) {
          first ??= unit.configuration?.codec
          units.push(unit.data.slice())
        }
        if (units.length >= 60) resolve()
      })
    })
    const tone = ['-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=3', '-c:a', encoder, '-b:a', '96k']
    try {
      const url = `rtp://127.0.0.1:${socket.address().port}?pkt_size=200`
      await Promise.all([
        received,
        ffmpeg(
          ['-re', ...tone, '-write_xing', '0', '-f', 'rtp', '-sdp_file', '/dev/null', url].filter(
            (arg, at, all) => encoder === 'libmp3lame' || (arg !== '-write_xing' && all[at - 1] !== '-write_xing'),
          ),
        ),
      ])
      await whenRead(socket)
    } finally {
      socket.close()
    }
    expect(first).toBe(codec)
    expect(depacketizer.statistics).toMatchObject({ dropped: 0, malformed: 0 })
    const encoded = framesOf(
      await ffmpeg([
        ...tone,
        ...(format === 'mp3' ? ['-write_xing', '0', '-id3v2_version', '0'] : []),
        '-f',
        format,
        '-',
      ]),
    )
    expect(units.length).toBeGreaterThanOrEqual(60)
    expect(units).toEqual(encoded.slice(0, units.length).map((frame) => Uint8Array.from(frame)))
  })
})
