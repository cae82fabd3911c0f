import { parseTransport, type TransportSpec } from './headers/transport.ts'
import { type InterleavedChannels, RtspRefusal } from './server-stream.ts'

/** Channels that other tracks of the connection use. */
export type ChannelTable = ReadonlySet<number>

const HIGHEST_CHANNEL = 255

/**
 * Chooses the first alternative of a client's Transport header (RFC 2326 section 12.39) that can be served, which is
 * TCP interleaved, and the channels for it: those that were asked for where they are free.
 *
 * @throws RtspRefusal 400 without the header, 461 where no alternative will do, 453 when the channels have run out
 */
export function chooseTransport(header: string | undefined, used: ChannelTable): InterleavedChannels {
  if (header === undefined) throw new RtspRefusal(400, 'SETUP needs a Transport')
  const spec = parseTransport(header).find(isServed)
  if (!spec) throw new RtspRefusal(461, 'Unsupported Transport: ask for RTP/AVP/TCP;unicast;interleaved')
  const rtp = spec.interleaved?.rtp
  if (rtp !== undefined) {
    const rtcp = spec.interleaved?.rtcp ?? rtp + 1
    if (rtcp <= HIGHEST_CHANNEL && rtcp !== rtp && !used.has(rtp) && !used.has(rtcp)) return { rtp, rtcp }
  }
  for (let channel = 0; channel < HIGHEST_CHANNEL; channel += 2) {
    if (!used.has(channel) && !used.has(channel + 1)) return { rtp: channel, rtcp: channel + 1 }
  }
  throw new RtspRefusal(453, 'All channels of the connection are in use')
}

const isServed = (spec: TransportSpec): boolean =>
  spec.protocol === 'RTP/AVP/TCP' && spec.delivery !== 'multicast' && (spec.mode ?? 'PLAY') === 'PLAY'
