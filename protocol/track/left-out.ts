import { ProtocolError } from '../errors.ts'
import type { SkippedTrack, TrackSelection } from './track-selection.ts'

/** What is said of tracks that are not played, where somebody has to know: loaded when that is so. */

/** Nothing is played at all. */
export function nothingToPlay({ skipped }: TrackSelection): ProtocolError {
  const found = skipped.map((track) => `${track.encoding || 'unknown'} ${track.media} (${track.reason})`).join(', ')
  return new ProtocolError('no-playable-track', `The stream has nothing that can be played: ${found}`)
}

/** There is a picture that cannot be played, and sound that is. */
export function pictureLeftOut({ encoding, reason }: SkippedTrack): ProtocolError {
  return new ProtocolError('codec-unsupported', `The picture is left out. ${encoding || 'Its codec'}: ${reason}`, {
    advice: 'Set the camera to H.264 video.',
  })
}

/** The camera refused a track, and gives another. */
export function trackLeftOut(kind: 'video' | 'audio', { code, message, advice, place }: ProtocolError): ProtocolError {
  const what = kind === 'video' ? 'The picture' : 'The sound'
  return new ProtocolError(code, `${what} is left out. ${message}`, { advice, place })
}
