import { ProtocolError } from '../../protocol/errors.ts'
import { audioTrack } from './audio-track.ts'
import type { Clip, ClipTrack } from './clip.ts'
import { readMp4 } from './mp4-reader.ts'
import { videoTrack } from './video-track.ts'

/** Reads an MP4 file with a picture, and sound where it has some. @throws ProtocolError `file-invalid` */
export function readClip(file: Uint8Array): Clip {
  const { video, audio } = readMp4(file)
  if (!video) throw new ProtocolError('file-invalid', 'The file has no picture that can be sent')
  const tracks = [videoTrack(video)]
  if (audio) tracks.push(audioTrack(audio))
  for (const track of tracks) checkFrames(track)
  const period = video.duration / video.timescale
  if (!(period > 0)) throw new ProtocolError('file-invalid', 'The video of the file lasts no time')
  if (!tracks[0]?.frames[0]?.randomAccess) {
    throw new ProtocolError('file-invalid', 'The video of the file does not begin with a keyframe')
  }
  return { period, tracks }
}

/** Reads the sound of an MP4 file. @throws ProtocolError `file-invalid` */
export function readSound(file: Uint8Array): { readonly track: ClipTrack; readonly period: number } {
  const { audio } = readMp4(file)
  if (!audio) throw new ProtocolError('file-invalid', 'The file has no sound that can be sent')
  const track = audioTrack(audio)
  checkFrames(track)
  // Whole frames last longer than the sound that they hold; how long is meant the edit list would say.
  return { track, period: Math.floor(audio.duration / audio.timescale) }
}

/** The clip with another sound, which is repeated until the clip's turn is full. */
export function withSound(clip: Clip, sound: ClipTrack, period: number): Clip {
  const step = Math.round(period * sound.clockRate)
  const once = sound.frames.filter((frame) => frame.sendTime < step + (sound.frames[0]?.sendTime ?? 0))
  const turns = Math.ceil(clip.period / period)
  const frames = Array.from({ length: turns }, (_, turn) =>
    once.map((frame) => ({
      ...frame,
      sendTime: frame.sendTime + turn * step,
      rtpTime: frame.rtpTime + turn * step,
    })),
  ).flat()
  return { period: clip.period, tracks: [...clip.tracks.filter(({ kind }) => kind === 'video'), { ...sound, frames }] }
}

/** A frame that cannot be sent is better found now than in the middle of a turn. */
function checkFrames({ kind, packetizer, frames }: ClipTrack): void {
  for (const [index, frame] of frames.entries()) {
    try {
      packetizer.packetize(frame.data)
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause
      const message = `Sample ${index + 1} of the ${kind} of the file cannot be sent: ${cause.message}`
      throw new ProtocolError('file-invalid', message, { cause })
    }
  }
}
