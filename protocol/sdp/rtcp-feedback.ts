import { attributeValues, type MediaDescription } from './session-description.ts'

/** How a sender may be asked for a keyframe: picture loss indication, or full intra request. */
export type KeyframeFeedback = 'pli' | 'fir'

/**
 * What `a=rtcp-fb` (RFC 4585 section 4.2, RFC 5104 section 7.1) offers for a payload type; null where nothing.
 * The picture loss indication is preferred: a sender may serve many of them with one keyframe.
 */
export function keyframeFeedback(description: MediaDescription, payloadType: number): KeyframeFeedback | null {
  const offered = attributeValues(description.attributes, 'rtcp-fb').flatMap((value) => {
    const [type = '', ...rest] = value.toLowerCase().split(/\s+/)
    return type === '*' || type === String(payloadType) ? [rest.join(' ')] : []
  })
  if (offered.includes('nack pli')) return 'pli'
  return offered.includes('ccm fir') ? 'fir' : null
}
