import { randomBytes } from 'node:crypto'
import { RtspRefusal, type ServerStream, type ServerStreams } from '../../protocol/rtsp/server-stream.ts'
import type { Clip } from './clip.ts'
import { LiveSource } from './live-source.ts'
import { RecordingViewer } from './recording-viewer.ts'
import { describeClip } from './session-description.ts'
import { Viewer } from './viewer.ts'

export const LIVE_MOUNT = '/lobby'
export const RECORDED_MOUNT = '/recording'

/**
 * The mounts of the camera, and an answer that names them for whoever asks for another.
 *
 * @param started when, in milliseconds of the Unix epoch
 */
export function clipStreams(clip: Clip, started: number): ServerStreams {
  const source = new LiveSource(clip)
  const cname = `lobby@${randomBytes(6).toString('hex')}`
  // The whole turn before the camera was started, as the live mount would have shown it.
  const recordedAt = (Math.floor(started / 1000 / clip.period) - 1) * clip.period
  const controls = clip.tracks.map((track) => track.control)
  const stream = (name: string, duration: number | null, open: ServerStream['open']): ServerStream => {
    const description = describeClip(clip, name, started, duration)
    return { controls, describe: () => description, lastModified: started, open }
  }
  const mounts = new Map([
    [LIVE_MOUNT, stream('Lobby', null, (sink) => new Viewer(source, clip.tracks, sink, cname))],
    [
      RECORDED_MOUNT,
      stream('Recording of the lobby', clip.period, (sink) => new RecordingViewer(clip, recordedAt, sink, cname)),
    ],
  ])
  return {
    find: (path) => {
      const found = mounts.get(path)
      if (found) return found
      for (const mount of mounts.keys()) if (path.startsWith(`${mount}/`)) return null
      throw new RtspRefusal(404, `Not Found: the streams of this camera are ${[...mounts.keys()].join(' and ')}`)
    },
  }
}
