import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import {
  type AudioConfiguration,
  type InitializationSegment,
  Pipeline,
  type PipelineStatistics,
  type ProtocolError,
} from '../../protocol/index.ts'
import { readFragment } from '../protocol/fmp4/boxes.ts'
import { type GstMount, type GstServer, startGstServer } from '../support/gst-server.ts'

const run = promisify(execFile)

interface Sound {
  readonly initialization: InitializationSegment
  readonly configuration: AudioConfiguration
  /** SHA-256 of each unit. */
  readonly hashes: readonly string[]
  /** Ticks of the RTP clock. */
  readonly durations: readonly number[]
  readonly starts: readonly number[]
  readonly file: Uint8Array
  readonly statistics: PipelineStatistics
}

/** Plays until so many units of the sound have come. */
async function hear(url: string, units: number): Promise<Sound> {
  const parts: Uint8Array[] = []
  const hashes: string[] = []
  const durations: number[] = []
  const starts: number[] = []
  let initialization: InitializationSegment | undefined
  let statistics: PipelineStatistics | undefined
  const transport = await openTransport(url)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`only ${hashes.length} units of sound came of ${url}`)), 20_000)
    const settle = (error: ProtocolError | null) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    }
    const pipeline = new Pipeline(
      transport,
      { uri: url },
      {
        initializationSegment: (segment) => {
          if (segment.kind !== 'audio') return
          expect(initialization).toBeUndefined()
          initialization = segment
          parts.push(segment.data.slice())
        },
        mediaSegment: ({ kind, data }) => {
          if (kind !== 'audio' || statistics) return
          parts.push(data.slice())
          const fragment = readFragment(data)
          hashes.push(createHash('sha256').update(Uint8Array.from(fragment.data)).digest('hex'))
          durations.push(fragment.duration)
          starts.push(fragment.decodeTime)
          if (hashes.length < units) return
          statistics = pipeline.statistics()
          void pipeline.close()
        },
        closed: settle,
      },
    )
    pipeline.open().catch(settle)
  })
  if (!initialization || !statistics) throw new Error('the stream ended early')
  const { configuration } = initialization
  if (configuration.kind !== 'audio') throw new Error('the sound is no sound')
  const file = new Uint8Array(Buffer.concat(parts))
  return { initialization, configuration, hashes, durations, starts, file, statistics }
}

/** SHA-256 of each packet that ffmpeg copies of the same stream, from when it says that it has begun until `stop`. */
async function copiedByFfmpeg(url: string): Promise<{ stop: () => Promise<string[]> }> {
  const ffmpeg = spawn('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-rtsp_transport', 'tcp', '-i', url, '-map', '0:a', '-c', 'copy'],
    ...['-flush_packets', '1', '-f', 'framehash', '-hash', 'sha256', '-'],
  ])
  let text = ''
  ffmpeg.stdout.setEncoding('utf8')
  const begun = new Promise<void>((resolve) => {
    ffmpeg.stdout.on('data', (data: string) => {
      text += data
      if (/^0,/m.test(text)) resolve()
    })
  })
  const exit = once(ffmpeg, 'exit')
  await Promise.race([begun, exit])
  return {
    stop: async () => {
      ffmpeg.kill('SIGINT')
      await exit
      // Behind that of the packet may come others, of what ffmpeg knows beside it (its time by the sender reports).
      return [...text.matchAll(/^0,.*?, ([0-9a-f]{64})/gm)].map((match) => match[1] ?? '')
    },
  }
}

/** The longest run of units that both have. A busy server may leave one out for one of two viewers. */
function agreement(ours: readonly string[], theirs: readonly string[]): number {
  let longest = 0
  for (let shift = -ours.length; shift < theirs.length; shift++) {
    let run = 0
    for (const [index, hash] of ours.entries()) {
      run = hash === theirs[index + shift] ? run + 1 : 0
      longest = Math.max(longest, run)
    }
  }
  return longest
}

/** What ffmpeg hears in a file: the power of tones against that of all, and seconds. Throws what it complains of. */
async function decoded(file: Uint8Array, tones: readonly number[]): Promise<{ seconds: number; share: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'rtsp-player-'))
  try {
    const path = join(folder, 'file.mp4')
    await writeFile(path, file)
    const rate = 48_000
    const { stdout, stderr } = await run(
      'ffmpeg',
      ['-v', 'error', '-i', path, '-f', 'f32le', '-ac', '1', '-ar', String(rate), '-'],
      { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024, timeout: 20_000 },
    )
    if (stderr.length > 0) throw new Error(stderr.toString())
    const all = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength))
    // Without the beginning, in which an encoder or a decoder finds its way.
    const samples = all.subarray(Math.round(rate / 4), Math.round(rate / 4) + rate)
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
    const ofTones = tones.map((tone) => goertzel(samples, tone / rate)).reduce((sum, value) => sum + value, 0)
    return { seconds: all.length / rate, share: ofTones / power }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Power of one frequency. */
function goertzel(samples: Float32Array, frequency: number): number {
  let [cosine, sine] = [0, 0]
  for (const [index, sample] of samples.entries()) {
    cosine += sample * Math.cos(2 * Math.PI * frequency * index)
    sine += sample * Math.sin(2 * Math.PI * frequency * index)
  }
  return (2 * (cosine ** 2 + sine ** 2)) / samples.length ** 2
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe("the sound of GStreamer's server", () => {
  let server: GstServer
  beforeAll(async () => {
    server = await startGstServer()
  })
  afterAll(() => server.stop())

  it.each<[mount: GstMount, tones: number[], configuration: Partial<AudioConfiguration>, perUnit: number]>([
    ['/audio-only', [1000], { codec: 'mp4a.40.2', sampleRate: 48_000, channels: 1 }, 1024],
    ['/h264-latm', [1000], { codec: 'mp4a.40.2', sampleRate: 48_000, channels: 1 }, 1024],
    ['/h264-opus', [440, 1000], { codec: 'opus', sampleRate: 48_000, channels: 2 }, 960],
    ['/h264-mp3', [440, 1000], { codec: 'mp3', sampleRate: 44_100, channels: 2 }, (1152 * 90_000) / 44_100],
  ])(
    '%s is the same to us as to ffmpeg, without a gap, and is the tone that was sent',
    async (mount, tones, configuration, perUnit) => {
      const ffmpeg = await copiedByFfmpeg(server.url(mount))
      const sound = await hear(server.url(mount), 120)
      const agreed = agreement(sound.hashes, await ffmpeg.stop())
      expect(sound.configuration).toMatchObject(configuration)
      expect(Math.abs(sum(sound.durations) - perUnit * sound.durations.length)).toBeLessThan(1)
      for (const [index, start] of sound.starts.entries()) {
        if (index > 0) expect(start).toBe((sound.starts[index - 1] ?? 0) + (sound.durations[index - 1] ?? 0))
      }
      expect(sound.statistics.tracks.find((track) => track.kind === 'audio')).toMatchObject({
        lost: 0,
        malformed: 0,
        dropped: 0,
      })

      expect(agreed).toBeGreaterThan(60)

      const { seconds, share } = await decoded(sound.file, tones)
      expect(seconds).toBeCloseTo(120 * (mount === '/h264-mp3' ? 1152 / 44_100 : perUnit / 48_000), 1)
      expect(share).toBeGreaterThan(0.9)
    },
  )
})
