import type { Clip } from './clip.ts'

/**
 * The session description (RFC 8866, RFC 2326 appendix C) of a clip.
 *
 * @param duration in seconds; null for a live stream, which has no end
 */
export function describeClip(clip: Clip, name: string, sessionId: number, duration: number | null): Uint8Array {
  const lines = [
    'v=0',
    `o=- ${sessionId} 1 IN IP4 0.0.0.0`,
    `s=${name}`,
    // Ports and addresses are settled by SETUP.
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=tool:rtsp-player simulated camera',
    'a=control:*',
    // RFC 2326 appendix C.1.5.
    `a=range:npt=${duration === null ? 'now-' : `0-${Number(duration.toFixed(3))}`}`,
  ]
  for (const track of clip.tracks) {
    lines.push(`m=${track.kind} 0 RTP/AVP ${track.payloadType}`, 'a=recvonly')
    lines.push(...track.attributes.map((attribute) => `a=${attribute}`), `a=control:${track.control}`)
  }
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n`)
}
