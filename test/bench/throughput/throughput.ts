import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startProcess } from '../../support/processes.ts'
import type { Benchmark, BenchmarkContext, BenchmarkResult } from '../benchmark.ts'
import { installPackages } from '../peers/install.ts'
import type { Calls } from '../processes/calls.ts'
import { AskedProgram } from '../processes/program.ts'
import { measureInTurn, quantile, Samples } from '../samples.ts'
import type { AxisPasses } from './axis.program.ts'
import { dearest, flameGraph, framesOf } from './flame-graph.ts'
import { type MeasuredPass, type MeasuresPasses, NO_COLLECTION } from './measured-pass.ts'
import type { OurPasses } from './ours.program.ts'
import { type RecordedStream, recordStream, writeRecordedStream } from './recorded-stream.ts'

const CHUNKS = [256, 1_400, 16 * 1024, 64 * 1024, 1024 * 1024] as const
const RECORDED_BYTES = 12 * 1024 * 1024
/** Passes in one process, the first of which are for the compiler. A pass of the peer takes seconds, and more with large chunks. */
const PASSES = { ours: 12, axis: 3 } as const
const WARM_UP = { ours: 4, axis: 1 } as const

/** Bytes in, fragmented MP4 out, on one thread: what a page can bear of tiles, and how smooth a keyframe passes. */
export const throughput: Benchmark = {
  name: 'throughput',
  title: 'Bytes in, fragmented MP4 out',
  about:
    'A 1080p stream of GStreamer’s RTSP server, recorded from its connection, is fed to the pipeline in chunks of several sizes, on one thread of Node; beside it Axis’s media-stream-library with its parser, H.264 depacketizer and muxer.',
  options: {
    profile: 'FOLDER: measures no speed, but writes there where the time goes, as profiles and as flame graphs',
  },
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'rtsp-player-throughput-'))
    try {
      const recording = join(folder, 'stream')
      context.progress('recording a stream')
      const stream = await record(context.root, folder)
      writeRecordedStream(recording, stream)
      const { profile } = context.options
      return await (profile === undefined
        ? measure(context, recording, stream)
        : profileInto(profile, context, recording, stream))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

/** Noise over a test card, so that pictures have the size of a camera's: keyframes of several hundred kilobytes. */
async function record(root: string, folder: string): Promise<RecordedStream> {
  const file = join(folder, 'source.mp4')
  const picture = 'testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t'
  const encoder = [
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-g',
    '50',
    '-b:v',
    '12M',
    '-maxrate',
    '12M',
  ]
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', picture, '-t', '12'],
    ...['-pix_fmt', 'yuv420p', '-c:v', ...encoder, '-bufsize', '12M', '-x264-params', 'slices=1', file],
  ])
  const args = [`${root}/test/support/gst-server.py`, '--file', file]
  const server = await startProcess('/usr/bin/python3', args, { isReady: (line) => line.startsWith('{') })
  try {
    const { port } = JSON.parse(server.readyLine) as { port: number }
    return await recordStream(`rtsp://127.0.0.1:${port}/file`, RECORDED_BYTES)
  } finally {
    await server.stop()
  }
}

async function measure(
  { programs, progress, runs = 3, root }: BenchmarkContext,
  recording: string,
  stream: RecordedStream,
): Promise<BenchmarkResult> {
  installPackages(root)
  const megabytes = stream.media.length / 1e6
  const start = <C extends Calls>(name: string) => AskedProgram.start<C>(programs, `throughput/${name}`, NO_COLLECTION)
  const subjects = CHUNKS.flatMap((chunkBytes) => {
    const order = (who: 'ours' | 'axis') => ({ recording, chunkBytes, passes: PASSES[who], root })
    return [
      {
        name: `ours ${chunkBytes}`,
        warmUp: WARM_UP.ours,
        measure: () => measured(start<MeasuresPasses>('ours'), order('ours')),
      },
      {
        name: `axis ${chunkBytes}`,
        warmUp: WARM_UP.axis,
        measure: () => measured(start<AxisPasses>('axis'), order('axis')),
      },
    ]
  })
  const figures = await measureInTurn(subjects, runs, async ({ name, warmUp, measure }) => {
    progress(name)
    const passes = (await measure()).slice(warmUp)
    if (passes.some(({ bytesOut }) => bytesOut < stream.media.length / 2)) throw new Error(`${name} lost its work`)
    const heap = passes.map(({ heapBytes }) => heapBytes).filter((bytes) => !Number.isNaN(bytes))
    return {
      speed: megabytes / median(passes.map(({ seconds }) => seconds)),
      garbage: median(heap) / stream.packets,
    }
  })
  const of = (name: string, figure: 'speed' | 'garbage') => figures.get(name)?.of(figure) ?? new Samples()
  const speeds = CHUNKS.map((chunkBytes) => of(`ours ${chunkBytes}`, 'speed').median)
  const usual = CHUNKS.indexOf(1_400)
  return {
    runs,
    versions: { 'media-stream-library': '13.1.1' },
    tables: [
      {
        title: 'Megabytes of RTSP a second, and bytes of garbage a packet',
        columns: ['chunks', 'ours, MB/s', 'Axis, MB/s', 'ratio', 'ours, garbage', 'Axis, garbage'],
        rows: CHUNKS.map((chunkBytes, i) => [
          chunkBytes < 2_000 ? `${chunkBytes} bytes` : `${chunkBytes / 1024} KiB`,
          of(`ours ${chunkBytes}`, 'speed').text(0),
          of(`axis ${chunkBytes}`, 'speed').text(1),
          ((speeds[i] ?? 0) / of(`axis ${chunkBytes}`, 'speed').median).toFixed(0),
          of(`ours ${chunkBytes}`, 'garbage').text(0),
          of(`axis ${chunkBytes}`, 'garbage').text(0),
        ]),
      },
    ],
    targets: [
      { what: 'milliseconds a megabyte at 1,400 bytes', value: 1000 / (speeds[usual] ?? 0), atMost: 1 },
      {
        what: 'part of Axis’s time at 1,400 bytes',
        value: of('axis 1400', 'speed').median / (speeds[usual] ?? 0),
        atMost: 1 / 20,
      },
      {
        what: 'the fastest chunk size before the slowest',
        value: Math.max(...speeds) / Math.min(...speeds),
        atMost: 1.3,
      },
      { what: 'bytes of garbage a packet at 64 KiB', value: of('ours 65536', 'garbage').median, atMost: 64 },
    ],
    notes: [
      `The stream: ${stream.packets} packets, ${megabytes.toFixed(1)} MB. Garbage is what the heap of JavaScript grows by, without a collection in between.`,
      'A view of a typed array, without which nothing can be copied out of the middle of another one, is some 110 bytes.',
    ],
  }
}

/** Passes of a profile, and the first of them, which are for the compiler and not looked at. */
const PROFILED = { passes: 60, warmUp: 10 }
const PROFILED_CHUNKS = [256, 1_400, 64 * 1024]
const DEAREST = 12

/** Writes a `.cpuprofile`, which the tools of Chromium open, and a flame graph for each of some chunk sizes. */
async function profileInto(
  folder: string,
  { programs, progress }: BenchmarkContext,
  recording: string,
  stream: RecordedStream,
): Promise<BenchmarkResult> {
  await mkdir(folder, { recursive: true })
  const tables: BenchmarkResult['tables'][number][] = []
  for (const chunkBytes of PROFILED_CHUNKS) {
    progress(`profile at ${chunkBytes} bytes`)
    // With the collections that any program has.
    const program = AskedProgram.start<OurPasses>(programs, 'throughput/ours')
    try {
      const profile = await program.ask('profile', { recording, chunkBytes, ...PROFILED })
      const frames = framesOf(profile)
      const title = `Bytes in, fragmented MP4 out, in chunks of ${chunkBytes} bytes`
      await writeFile(join(folder, `throughput-${chunkBytes}.cpuprofile`), JSON.stringify(profile))
      await writeFile(join(folder, `throughput-${chunkBytes}.svg`), flameGraph(frames, title))
      tables.push({
        title: `Functions that take most of the time themselves, in chunks of ${chunkBytes} bytes`,
        columns: ['function', 'part of the time'],
        rows: dearest(frames, DEAREST).map(([name, part]) => [name, `${(part * 100).toFixed(1)} %`]),
      })
    } finally {
      await program.stop()
    }
  }
  return {
    runs: 1,
    versions: {},
    tables,
    targets: [],
    notes: [`Of ${stream.packets} packets, ${PROFILED.passes - PROFILED.warmUp} times. The graphs are in ${folder}.`],
  }
}

const median = (values: readonly number[]): number => quantile(values, 0.5)

/** All in a process of its own, which ends with it. */
async function measured<O, C extends { readonly measure: (order: O) => Promise<readonly MeasuredPass[]> } & Calls>(
  program: AskedProgram<C>,
  order: Parameters<C['measure']>[0],
): Promise<readonly MeasuredPass[]> {
  try {
    return await program.ask('measure', order)
  } finally {
    await program.stop()
  }
}
