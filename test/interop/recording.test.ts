import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import { type MediaSegment, Pipeline, type ProtocolError, Seconds } from '../../protocol/index.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { runProcess } from '../support/processes.ts'

let camera: SimulatedCamera
let gstreamer: GstServer
let folder: string
beforeAll(async () => {
  ;[camera, gstreamer] = await Promise.all([startCamera(), startGstServer()])
  folder = await mkdtemp(join(tmpdir(), 'recording-'))
})
afterAll(async () => {
  await Promise.all([camera?.close(), gstreamer?.stop()])
  await rm(folder, { recursive: true, force: true })
})

const TCP = ['-v', 'error', '-rtsp_transport', 'tcp']
const WIDTH = 640
const HEIGHT = 360

/** The number of each frame, as make-clip.sh writes it into the picture. */
const frameNumbers = (luma: Uint8Array): number[] =>
  Array.from({ length: luma.length / (WIDTH * HEIGHT) }, (_, frame) => {
    let number = 0
    for (let block = 0; block < 16; block++) {
      const value = luma[(frame * HEIGHT + 344) * WIDTH + 192 + block * 16 + 8] ?? 0
      number = number * 2 + (value > 128 ? 1 : 0)
    }
    return number
  })

const decode = async (input: string[]): Promise<number[]> => {
  const file = join(folder, 'luma.raw')
  // Every frame that is decoded, whatever its time.
  const output = ['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', '-y', file]
  const { stderr } = await runProcess('ffmpeg', [...input, ...output])
  expect(stderr).toBe('')
  return frameNumbers(await readFile(file))
}

describe('ffmpeg at the recording of the simulated camera', () => {
  it('sees how long it is', async () => {
    const probe = await runProcess('ffprobe', [
      ...TCP,
      '-show_entries',
      'format=duration',
      '-of',
      'json',
      camera.recordingUrl,
    ])
    expect(probe.stderr).toBe('')
    expect(Number(JSON.parse(probe.stdout).format.duration)).toBeCloseTo(60, 2)
  })

  it('seeks, and sees every picture from the keyframe at or before the place on', async () => {
    const numbers = await decode([
      ...TCP,
      '-noaccurate_seek',
      '-ss',
      '17.6',
      '-i',
      camera.recordingUrl,
      '-frames:v',
      '50',
    ])
    expect(numbers).toEqual(numbers.map((_, index) => 17 * 25 + index))
    expect(numbers).toHaveLength(50)
  })

  it('plays to the end, and ends by itself', async () => {
    const numbers = await decode([...TCP, '-ss', '58', '-i', camera.recordingUrl, '-an'])
    expect(numbers.at(-1)).toBe(1499)
    expect(numbers.length).toBeGreaterThanOrEqual(50)
  })
})

/** Our own client at a recording: what it told, in order. */
class Player {
  readonly told: (
    | {
        readonly type: 'segment'
        readonly kind: string
        readonly start: number
        readonly end: number
        readonly key: boolean
      }
    | { readonly type: 'discontinuity'; readonly position: number; readonly scale: number }
  )[] = []
  readonly pipeline: Pipeline
  opened: { readonly duration: number | null; readonly seekable: boolean } | undefined
  closed: ProtocolError | null | undefined
  /** The video as one fragmented MP4 for each place that was played. */
  readonly files: Uint8Array[][] = [[]]

  private constructor(transport: Awaited<ReturnType<typeof openTransport>>, uri: string) {
    const keep = (id: number, data: Uint8Array) => id === 1 && this.files.at(-1)?.push(data.slice())
    this.pipeline = new Pipeline(
      transport,
      { uri },
      {
        opened: (opened) => {
          this.opened = opened
        },
        initializationSegment: ({ trackId, data }) => keep(trackId, data),
        mediaSegment: (segment: MediaSegment) => {
          const { kind, start, duration, randomAccess, trackId, data } = segment
          keep(trackId, data)
          this.told.push({ type: 'segment', kind, start, end: start + duration, key: randomAccess })
        },
        discontinuity: ({ position, scale }) => {
          this.files.push([])
          this.told.push({ type: 'discontinuity', position, scale })
        },
        closed: (error) => {
          this.closed = error
        },
      },
    )
  }

  static async open(uri: string): Promise<Player> {
    const player = new Player(await openTransport(uri), uri)
    await player.pipeline.open()
    return player
  }

  /** Pictures since the last discontinuity. */
  get pictures() {
    const last = this.told.findLastIndex((one) => one.type === 'discontinuity')
    return this.told.slice(last + 1).flatMap((one) => (one.type === 'segment' && one.kind === 'video' ? [one] : []))
  }

  async has(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.pictures.length).toBeGreaterThanOrEqual(count), {
      timeout: 10_000,
      interval: 20,
    })
  }

  /** The numbers in the pictures of the newest place, decoded by ffmpeg. */
  async numbers(): Promise<number[]> {
    const file = join(folder, 'place.mp4')
    await writeFile(file, Buffer.concat(this.files.at(-1) ?? []))
    return decode(['-v', 'error', '-i', file])
  }
}

describe.each(['the simulated camera', 'GStreamer’s server'])('our client at a recording of %s', (server) => {
  let player: Player
  const open = async () => {
    player = await Player.open(server === 'GStreamer’s server' ? gstreamer.url('/recording') : camera.recordingUrl)
  }
  afterEach(() => player.pipeline.close())

  it('knows its duration, and plays from its beginning', async () => {
    await open()
    expect(player.opened).toEqual({ duration: 60, seekable: true })
    await player.has(25)
    expect(player.pictures[0]?.start).toBeCloseTo(0, 2)
    expect((await player.numbers())[0]).toBe(0)
  })

  it('seeks while it plays: times and pictures are those of the place', async () => {
    await open()
    await player.has(10)
    for (const place of [40.5, 12.2, 31]) {
      await player.pipeline.seek(Seconds(place))
      await player.has(40)
      const numbers = await player.numbers()
      const [first = { start: 0, key: false }] = player.pictures
      expect(first.key).toBe(true)
      expect(first.start).toBeGreaterThan(place - 1.02)
      expect(first.start).toBeLessThan(place + 0.02)
      for (const [index, number] of numbers.entries()) {
        expect(number).toBe((numbers[0] ?? 0) + index)
        const { start = 0 } = player.pictures[index] ?? {}
        // GStreamer sends what only leads up to the place with one and the same timestamp, that of the place.
        if (start > first.start + 0.03) expect(Math.abs(start - number / 25)).toBeLessThan(0.03)
      }
    }
    expect(player.told.filter((one) => one.type === 'discontinuity')).toHaveLength(3)
    const sound = player.told.filter((one) => one.type === 'segment' && one.kind === 'audio').at(-1)
    expect(sound?.type === 'segment' && Math.abs(sound.start - 31.5)).toBeLessThan(2)
  })

  it('seeks from a pause', async () => {
    await open()
    await player.has(10)
    await player.pipeline.pause()
    const before = player.told.length
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(player.told.length - before).toBeLessThan(5)
    await player.pipeline.seek(Seconds(50))
    await player.has(10)
    expect(player.pictures[0]?.start).toBeCloseTo(50, 1)
    // At the keyframe of the place, or at the one before where the sound begins a hair before it.
    expect([1225, 1250]).toContain((await player.numbers())[0])
  })

  it('comes to the end', async () => {
    await open()
    await player.pipeline.seek(Seconds(58))
    await vi.waitFor(() => expect(player.closed).toBeNull(), { timeout: 10_000, interval: 50 })
    expect(player.pictures.at(-1)?.end).toBeCloseTo(60, 1)
    expect((await player.numbers()).at(-1)).toBe(1499)
  })
})

describe('our client at the recording of the simulated camera', () => {
  it('plays at another scale: the times are still those of the recording', async () => {
    const player = await Player.open(camera.recordingUrl)
    for (const [asked, used] of [
      [2, 2],
      [100, 4],
      [0.5, 0.5],
    ] as const) {
      await player.pipeline.seek(Seconds(20), { scale: asked })
      const begun = performance.now()
      await player.has(26)
      const seconds = (performance.now() - begun) / 1000
      expect(Math.abs(seconds * used - 1)).toBeLessThan(0.3)
      expect(player.told.findLast((one) => one.type === 'discontinuity')).toMatchObject({ position: 20, scale: used })
      for (const [index, { start }] of player.pictures.entries()) {
        expect(Math.abs(start - 20 - index / 25)).toBeLessThan(0.001)
      }
    }
    expect(player.files.at(-1)?.length).toBeGreaterThan(0)
    await player.pipeline.close()
  })

  it('goes to the last pictures when it asks for the end', async () => {
    const player = await Player.open(camera.recordingUrl)
    await player.has(5)
    await player.pipeline.seek(Seconds(60))
    await player.has(5)
    expect(player.pictures[0]?.start).toBeGreaterThan(58.5)
    await player.pipeline.close()
  })
})
