import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import { Pipeline, type TrackConfiguration } from '../../protocol/index.ts'
import { type GstMount, type GstServer, startGstServer } from '../support/gst-server.ts'
import { record } from '../support/recording.ts'

const run = promisify(execFile)

interface Sound {
  readonly configuration: TrackConfiguration
  /** Samples as the page gets them, where it takes access units. */
  readonly pcm: Buffer
  readonly ends: readonly number[]
  readonly starts: readonly number[]
}

/** Plays the sound of a mount, as access units, until there are so many seconds of it. */
async function listen(url: string, seconds: number): Promise<Sound> {
  const pcm: Buffer[] = []
  const starts: number[] = []
  const ends: number[] = []
  let configuration: TrackConfiguration | undefined
  const transport = await openTransport(url)
  await new Promise<void>((resolve, reject) => {
    const pipeline = new Pipeline(
      transport,
      { uri: url },
      {
        configuration: (told) => {
          if (told.kind === 'audio') configuration = told
          return told.kind === 'audio' ? 'units' : 'nothing'
        },
        initializationSegment: () => undefined,
        mediaSegment: () => undefined,
        accessUnit: ({ data, start, duration }) => {
          pcm.push(Buffer.from(data))
          starts.push(start)
          ends.push(start + duration)
          if (start > seconds) void pipeline.close()
        },
        closed: (error) => (error ? reject(error) : resolve()),
      },
    )
    pipeline.open().catch(reject)
  })
  if (!configuration) throw new Error('no sound was told of')
  return { configuration, pcm: Buffer.concat(pcm), starts, ends }
}

/** Level of the sound at a frequency, and of all of it, in the same measure. */
function levels(samples: Int16Array, sampleRate: number, frequency: number): [at: number, all: number] {
  let [sine, cosine, power] = [0, 0, 0]
  for (const [i, sample] of samples.entries()) {
    sine += sample * Math.sin((2 * Math.PI * frequency * i) / sampleRate)
    cosine += sample * Math.cos((2 * Math.PI * frequency * i) / sampleRate)
    power += sample ** 2
  }
  return [Math.hypot(sine, cosine) / samples.length, Math.sqrt(power / samples.length / 2)]
}

const samplesOf = (bytes: Buffer): Int16Array =>
  Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i))

/** Seconds of sound that are compared, and those before: ADPCM that is joined while it runs takes some to settle. */
const COMPARED = 0.25
const SETTLED = 1

/** How near our samples are to ffmpeg's. */
type Likeness = 'same' | 'near' | 'not compared'

const MOUNTS: readonly (readonly [mount: GstMount, sampleRate: number, likeness: Likeness])[] = [
  ['/h264-pcmu', 8000, 'same'],
  ['/h264-pcma', 8000, 'same'],
  // Two decoders of ADPCM that joined at different moments come near each other, and need not meet in every bit.
  ['/h264-g722', 16_000, 'near'],
  ['/h264-l16', 16_000, 'same'],
  // ffmpeg's G.726 is not quite that of the standard.
  ['/h264-g726', 8000, 'not compared'],
]

/** The least difference between a part and any place of the whole, as a share of the part's level. */
function difference(whole: Int16Array, part: Int16Array): number {
  const power = part.reduce((sum, sample) => sum + sample ** 2, 0)
  let least = Number.POSITIVE_INFINITY
  for (let at = 0; at + part.length <= whole.length; at++) {
    let sum = 0
    for (let i = 0; i < part.length && sum < least; i++) sum += ((whole[at + i] ?? 0) - (part[i] ?? 0)) ** 2
    least = Math.min(least, sum)
  }
  return Math.sqrt(least / power)
}

describe("sound that browsers do not decode, from GStreamer's RTSP server", () => {
  let server: GstServer
  let folder = ''
  beforeAll(async () => {
    server = await startGstServer()
    folder = await mkdtemp(join(tmpdir(), 'sound-'))
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  it.each(MOUNTS)('%s is decoded to the tone that was sent, and becomes FLAC of it', async (mount, rate, likeness) => {
    const url = server.url(mount)
    const options = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, '-map', '0:a', '-t', '2', '-f', 's16le', '-']
    const [units, segments, theirs] = await Promise.all([
      listen(url, 4),
      record(url, { units: 75 }),
      run('ffmpeg', options, { encoding: 'buffer', maxBuffer: 2 ** 24 }),
    ])

    expect(units.configuration).toMatchObject({
      configuration: { codec: 'pcm-s16', sampleRate: rate, channels: 1 },
      mimeType: 'audio/mp4; codecs="flac"',
    })
    for (const [i, start] of units.starts.slice(1).entries()) expect(start).toBeCloseTo(units.ends[i] ?? 0, 6)
    const [level, all] = levels(samplesOf(units.pcm).subarray(SETTLED * rate, (SETTLED + 1) * rate), rate, 1000)
    // Half of full scale, of which a level is half.
    expect(level).toBeGreaterThan(0.9 * 8192)
    expect(level).toBeGreaterThan(0.99 * all)
    // ffmpeg came to the same stream at another moment: a part of what it heard is found in what we heard.
    const [from, to] = [SETTLED, SETTLED + COMPARED].map((seconds) => seconds * rate * 2)
    const part = theirs.stdout.subarray(from, to)
    if (likeness === 'same') expect(units.pcm.indexOf(part)).toBeGreaterThanOrEqual(0)
    if (likeness === 'near') expect(difference(samplesOf(units.pcm), samplesOf(part))).toBeLessThan(0.01)

    const sound = segments.segments.filter((segment) => segment.kind === 'audio')
    expect(segments.initialization.at(-1)).toMatchObject({ mimeType: 'audio/mp4; codecs="flac"' })
    const samples = samplesOf(await decodeFlac(segments.files.get(2) ?? new Uint8Array()))
    const end = (sound.at(-1)?.start ?? 0) + (sound.at(-1)?.duration ?? 0)
    expect(samples.length / rate).toBeCloseTo(end - (sound[0]?.start ?? 0), 3)
    const [flacLevel, flacAll] = levels(samples.subarray(rate, 2 * rate), rate, 1000)
    expect(flacLevel).toBeGreaterThan(0.99 * flacAll)
  })

  /** By ffmpeg, which must have nothing to complain about. */
  async function decodeFlac(mp4: Uint8Array): Promise<Buffer> {
    const file = join(folder, 'sound.mp4')
    await writeFile(file, mp4)
    const options = ['-v', 'error', '-err_detect', 'crccheck+bitstream+buffer+explode', '-i', file, '-f', 's16le', '-']
    const { stdout, stderr } = await run('ffmpeg', options, { encoding: 'buffer', maxBuffer: 2 ** 24 })
    expect(stderr.toString()).toBe('')
    return stdout
  }
})
