import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import {
  type Credentials,
  type InitializationSegment,
  type MediaSegment,
  Pipeline,
  type PipelineStatistics,
  type PipelineTrack,
  type ProtocolError,
  type SkippedTrack,
} from '../../protocol/index.ts'

const run = promisify(execFile)

export interface Recording {
  readonly tracks: readonly PipelineTrack[]
  readonly skipped: readonly SkippedTrack[]
  readonly initialization: readonly InitializationSegment[]
  /** Without their bytes, which the pipeline reuses. */
  readonly segments: readonly Omit<MediaSegment, 'data'>[]
  /** One fragmented MP4 for each track, by track ID. */
  readonly files: ReadonlyMap<number, Uint8Array>
  readonly statistics: PipelineStatistics
}

export interface RecordOptions {
  readonly credentials?: Credentials
  /** Ends when the leading track has given so many access units. */
  readonly units: number
  /** Milliseconds until it must have. Default 15,000. */
  readonly timeout?: number
}

/** Plays an RTSP stream with the project's own client in Node, over TCP, and keeps what would go to Media Source Extensions. */
export async function record(url: string, options: RecordOptions): Promise<Recording> {
  const transport = await openTransport(url)
  const chunks = new Map<number, Uint8Array[]>()
  const initialization: InitializationSegment[] = []
  const segments: Omit<MediaSegment, 'data'>[] = []
  let tracks: readonly PipelineTrack[] = []
  let skipped: readonly SkippedTrack[] = []
  const keep = (id: number, data: Uint8Array) => chunks.set(id, [...(chunks.get(id) ?? []), data.slice()])

  let statistics: PipelineStatistics | undefined
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`only ${segments.length} segments came of ${url}`)),
      options.timeout ?? 15_000,
    )
    const settle = (error: ProtocolError | null) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    }
    const pipeline = new Pipeline(
      transport,
      { uri: url, credentials: options.credentials },
      {
        tracks: (chosen, left) => {
          tracks = chosen
          skipped = left
        },
        initializationSegment: (segment) => {
          initialization.push(segment)
          keep(segment.trackId, segment.data)
        },
        mediaSegment: ({ data, ...segment }) => {
          segments.push(segment)
          keep(segment.trackId, data)
          if (statistics === undefined && segments.filter((one) => one.trackId === 1).length >= options.units) {
            statistics = pipeline.statistics()
            void pipeline.close()
          }
        },
        closed: settle,
      },
    )
    pipeline.open().catch(settle)
  })
  if (!statistics) throw new Error('the stream ended early')
  const files = new Map([...chunks].map(([id, parts]) => [id, new Uint8Array(Buffer.concat(parts))]))
  return { tracks, skipped, initialization, segments, files, statistics }
}

export interface ProbedFrame {
  readonly key: boolean
  readonly type: string
  /** Seconds. */
  readonly time: number
  readonly duration: number
}

/** What ffprobe finds in a file that it decodes; throws what it complains of. */
export async function probeFrames(file: Uint8Array): Promise<ProbedFrame[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rtsp-player-'))
  try {
    const path = join(folder, 'file.mp4')
    await writeFile(path, file)
    const { stdout, stderr } = await run('ffprobe', ['-v', 'error', '-show_frames', '-of', 'json', '-i', path], {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 20_000,
    })
    if (stderr !== '') throw new Error(stderr)
    const { frames } = JSON.parse(stdout) as { frames: Record<string, string | number>[] }
    return frames.map((frame) => ({
      key: frame['key_frame'] === 1,
      type: String(frame['pict_type'] ?? ''),
      time: Number(frame['pts_time']),
      duration: Number(frame['duration_time']),
    }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
