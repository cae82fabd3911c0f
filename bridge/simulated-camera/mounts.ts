import { randomBytes } from 'node:crypto'
import { ProtocolError } from '../../protocol/errors.ts'
import { RtspRefusal, type ServerStream, type ServerStreams } from '../../protocol/rtsp/server-stream.ts'
import type { Clip } from './clip.ts'
import { LiveSource } from './live-source.ts'
import { MOUNTS, type MountPath } from './mount-list.ts'
import { RecordingViewer } from './recording-viewer.ts'
import { describeClip } from './session-description.ts'
import { Viewer } from './viewer.ts'

export interface Mount {
  /** Of its session description. */
  readonly name: string
  readonly form: 'live' | 'recording'
  /** Loads what it shows; called at the first request for it, and again where it failed. */
  readonly clip: () => Clip | Promise<Clip>
}

export type Mounts = Readonly<Record<MountPath, Mount>>

/**
 * The mounts of the camera, and an answer that names them for whoever asks for another.
 *
 * @param started when, in milliseconds of the Unix epoch
 */
export function mountedStreams(mounts: Mounts, started: number): ServerStreams {
  const cname = `lobby@${randomBytes(6).toString('hex')}`
  const streams = new Map<MountPath, Promise<ServerStream>>()
  const streamAt = (path: MountPath): Promise<ServerStream> => {
    const known = streams.get(path)
    if (known) return known
    const loading = load(mounts[path], started, cname)
    streams.set(path, loading)
    loading.catch(() => streams.delete(path))
    return loading
  }
  return {
    find: (path) => {
      for (const mount of MOUNTS) {
        if (path === mount.path) return streamAt(mount.path)
        if (path.startsWith(`${mount.path}/`)) return null
      }
      throw new RtspRefusal(
        404,
        `Not Found: the streams of this camera are ${MOUNTS.map((one) => one.path).join(', ')}`,
      )
    },
  }
}

async function load({ name, form, clip: loadClip }: Mount, started: number, cname: string): Promise<ServerStream> {
  const clip = await refusing(loadClip)
  const controls = clip.tracks.map((track) => track.control)
  const description = describeClip(clip, name, started, form === 'live' ? null : clip.period)
  const common = { controls, describe: () => description, lastModified: started }
  if (form === 'live') {
    const source = new LiveSource(clip)
    return { ...common, open: (sink) => new Viewer(source, clip.tracks, sink, cname) }
  }
  // The whole turn before the camera was started, as the live mount would have shown it.
  const recordedAt = (Math.floor(started / 1000 / clip.period) - 1) * clip.period
  return { ...common, open: (sink) => new RecordingViewer(clip, recordedAt, sink, cname) }
}

/** A clip that is missing costs its own stream. @throws RtspRefusal 503 */
async function refusing(loadClip: Mount['clip']): Promise<Clip> {
  try {
    return await loadClip()
  } catch (error) {
    if (error instanceof ProtocolError) throw new RtspRefusal(503, `Service Unavailable: ${error.message}`)
    throw error
  }
}
