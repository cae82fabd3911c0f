import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openTransport } from '../../bridge/upstream/socket-transport.ts'
import { type CodecConfiguration, type OutputForm, Pipeline, type ProtocolError } from '../../protocol/index.ts'
import { readFragment } from '../protocol/fmp4/boxes.ts'
import { runProcess } from './processes.ts'

/** The same RTSP stream recorded by ffmpeg and by the project's own client, at the same time. */

/** An access unit as a recorder had it. */
export interface GoldenUnit {
  readonly data: Uint8Array
  /** Presentation time in ticks of the RTP clock, from wherever the recorder counts; undefined where it does not know. */
  readonly time: number | undefined
  readonly key: boolean
}

export type GoldenKind = 'video' | 'audio'

/** No timestamp (AV_NOPTS_VALUE). */
const NO_TIME = '-9223372036854775808'

/**
 * Records one track of a stream with ffmpeg, `count` packets as they come out of its RTP reader, into `folder`; `options`
 * say what else becomes of them.
 *
 * It is told to set up that track alone: with two it moves the timestamps when the first sender report comes. The packets
 * go into one file bare, and their sizes, times and flags into another, since no container keeps both as they are.
 */
export async function recordWithFfmpeg(
  url: string,
  kind: GoldenKind,
  count: number,
  folder: string,
  options: readonly string[] = ['-c', 'copy'],
): Promise<GoldenUnit[]> {
  const path = join(folder, `ffmpeg-${kind}.bin`)
  const list = `${path}.txt`
  const copy = ['-map', '0', ...options, kind === 'video' ? '-frames:v' : '-frames:a', String(count)]
  const input = ['-rtsp_transport', 'tcp', '-allowed_media_types', kind, '-copyts', '-i', url]
  const output = [...copy, '-f', 'data', path, ...copy, '-f', 'framecrc', list]
  const { code, stderr } = await runProcess('ffmpeg', ['-y', '-nostdin', '-v', 'fatal', ...input, ...output])
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${stderr}`)
  const bytes = await readFile(path)
  let at = 0
  const units = (await readFile(list, 'utf8')).split('\n').flatMap((line) => {
    if (!/^\d/.test(line)) return []
    // Stream, decode time, presentation time, duration, size, checksum; flags where they are not those of a key picture.
    const [, , time = NO_TIME, , size = 0, , flags] = line.split(',').map((field) => field.trim())
    const data = bytes.subarray(at, at + Number(size))
    at += data.length
    return [{ data, time: time === NO_TIME ? undefined : Number(time), key: flags === undefined || !/^F=/.test(flags) }]
  })
  // The time of the first picture is unknown to ffmpeg where there are B-frames, and now and then a guess where not.
  return units.map((unit, index) => (index === 0 ? { ...unit, time: undefined } : unit))
}

export interface OwnRecording {
  readonly units: readonly GoldenUnit[]
  readonly configuration: CodecConfiguration
  /** Of segments: all of them, as one file. */
  readonly file: Uint8Array
  /** Of segments: decode times. */
  readonly decodeTimes: readonly number[]
}

export interface RunningRecording {
  /** Ends it, and gives what there is. */
  stop(): Promise<OwnRecording>
}

/** Records one track with the project's own client, as segments or as access units; it plays when this resolves. */
export async function recordOurselves(
  url: string,
  kind: GoldenKind,
  form: OutputForm & ('segments' | 'units'),
): Promise<RunningRecording> {
  const file: Uint8Array[] = []
  const units: GoldenUnit[] = []
  const decodeTimes: number[] = []
  const clockRates = new Map<number, number>()
  let configuration: CodecConfiguration | undefined
  let failure: ProtocolError | null = null
  const pipeline = new Pipeline(
    await openTransport(url),
    { uri: url },
    {
      tracks: (tracks) => {
        for (const { id, clockRate } of tracks) clockRates.set(id, clockRate)
      },
      configuration: (track) => {
        if (track.kind === kind) configuration ??= track.configuration
        return track.kind === kind ? form : 'nothing'
      },
      initializationSegment: (segment) => {
        if (segment.kind === kind) file.push(segment.data)
      },
      mediaSegment: (segment) => {
        if (segment.kind !== kind) return
        const { data, decodeTime, compositionOffset } = readFragment(segment.data)
        file.push(segment.data.slice())
        decodeTimes.push(decodeTime)
        units.push({ data: Uint8Array.from(data), time: decodeTime + compositionOffset, key: segment.randomAccess })
      },
      accessUnit: ({ trackId, data, start, randomAccess, ...unit }) => {
        if (unit.kind !== kind) return
        const time = Math.round(start * (clockRates.get(trackId) ?? Number.NaN))
        units.push({ data: data.slice(), time, key: randomAccess })
      },
      closed: (error) => {
        failure = error
      },
    },
  )
  await pipeline.open()
  const stop = async () => {
    await pipeline.close()
    if (failure) throw failure
    if (!configuration) throw new Error(`no ${kind} came of ${url}`)
    return { units, configuration, file: new Uint8Array(Buffer.concat(file)), decodeTimes }
  }
  return { stop }
}

/**
 * The longest run in which both recordings have the same units, as long as it reaches an end of each: pairs of them.
 * Where the content is the same by nature (silence), the most pairs win.
 */
export function overlap(
  ours: readonly GoldenUnit[],
  theirs: readonly GoldenUnit[],
): readonly (readonly [ours: GoldenUnit, theirs: GoldenUnit])[] {
  let best: (readonly [GoldenUnit, GoldenUnit])[] = []
  for (let shift = 1 - ours.length; shift < theirs.length; shift++) {
    const pairs = ours.flatMap((unit, index) => {
      const other = theirs[index + shift]
      return other ? [[unit, other] as const] : []
    })
    if (pairs.length > best.length && pairs.every(([one, other]) => Buffer.compare(one.data, other.data) === 0)) {
      best = pairs
    }
  }
  return best
}

export interface ProbedPacket {
  readonly time: number
  readonly key: boolean
}

export interface ProbedPicture extends ProbedPacket {
  /** I, P or B. */
  readonly type: string
}

async function ffprobe<T>(what: 'packets' | 'frames', entries: string, input: readonly string[]): Promise<T[]> {
  const args = ['-v', 'error', `-show_${what}`, '-show_entries', entries, '-of', 'json', ...input]
  const { code, stdout, stderr } = await runProcess('ffprobe', args)
  if (code !== 0 || stderr !== '') throw new Error(`ffprobe ended with ${code}: ${stderr}`)
  return (JSON.parse(stdout) as Record<string, T[]>)[what] ?? []
}

/** What ffprobe finds in a file, in decoding order; throws what it complains of. */
export const probePackets = async (path: string): Promise<ProbedPacket[]> =>
  (await ffprobe<{ pts: number; flags: string }>('packets', 'packet=pts,flags', [path])).map(({ pts, flags }) => ({
    time: pts,
    key: flags.startsWith('K'),
  }))

/** What ffprobe decodes of a file, in output order. @param format where the file does not say it */
export const probePictures = async (path: string, format?: string): Promise<ProbedPicture[]> =>
  (
    await ffprobe<{ pts: number; key_frame: number; pict_type: string }>(
      'frames',
      'frame=pts,key_frame,pict_type',
      format === undefined ? [path] : ['-f', format, path],
    )
  ).map(({ pts, key_frame, pict_type }) => ({ time: pts, key: key_frame === 1, type: pict_type }))

/** What ffmpeg complains of when it decodes a file. */
export async function complaints(path: string): Promise<string> {
  // As the times are: else it moves them to a grid of whole frames, and complains that two fall on one place.
  const times = ['-vsync', 'passthrough', '-enc_time_base', '-1']
  const args = ['-nostdin', '-v', 'error', '-i', path, ...times, '-f', 'null', '-']
  const { code, stderr } = await runProcess('ffmpeg', args)
  return code === 0 ? stderr : `ended with ${code}: ${stderr}`
}

/** What ffmpeg decodes of the sound of a file: samples of 16 bits, little-endian. */
export async function decodedSamples(path: string): Promise<Buffer> {
  const output = `${path}.pcm`
  const args = ['-y', '-nostdin', '-v', 'error', '-i', path, '-f', 's16le', output]
  const { code, stderr } = await runProcess('ffmpeg', args)
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${stderr}`)
  return readFile(output)
}
