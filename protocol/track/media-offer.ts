import { type Direction, direction } from '../sdp/media-format.ts'
import type { MediaDescription, SessionDescription } from '../sdp/session-description.ts'

/**
 * ONVIF Streaming Specification section 5.3: sendonly marks the way back, from the player to the camera's speaker, and
 * what the camera sends is recvonly. Where a picture is marked sendonly, the camera speaks of itself (RFC 8866 section
 * 6.7), for no player sends pictures: then it is the other way round.
 */
export function directionOfWayBack(description: SessionDescription): Direction {
  const ways = description.media
    .filter((media) => media.media === 'video')
    .map((media) => direction(media, description))
  return ways.includes('sendonly') && !ways.includes('recvonly') ? 'recvonly' : 'sendonly'
}

/** Whether the server sends this media, and does not want it sent. */
export function isSent(media: MediaDescription, session: SessionDescription): boolean {
  const way = direction(media, session)
  return way !== 'inactive' && (way === undefined || way !== directionOfWayBack(session))
}

/** RTP/SAVP and RTP/SAVPF (RFC 3711 section 12): its keys are agreed on in ways that are not known here. */
export const isEncrypted = ({ protocol }: MediaDescription): boolean => protocol.includes('SAVP')
