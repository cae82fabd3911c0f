import type { RtpPacket } from '../rtp/packet.ts'

/** ONVIF Streaming Specification, "JPEG over RTP", overall packet structure: on the first packet of a picture … */
const INITIAL = 0xffd8
/** … and on the others. */
const CONTINUED = 0xffff
/** Section "RTP header extension" of replay: its three words may stand before. */
const REPLAY = 0xabac
const REPLAY_BYTES = 12

/**
 * ONVIF's header extension with marker segments of the picture's own header: what RFC 2435 cannot say, as sizes beyond
 * 2040 pixels. Made once and set to one packet after the other; the segments are `bytes[start … end)` of the packet.
 */
export class JpegHeaderExtension {
  kind: 'none' | 'initial' | 'continued' = 'none'
  start = 0
  end = 0

  read(packet: RtpPacket): void {
    this.kind = 'none'
    let { extensionProfile: profile, extensionStart: start, extensionEnd: end } = packet
    if (profile === REPLAY && end - start >= REPLAY_BYTES + 4) {
      const { bytes } = packet
      const at = start + REPLAY_BYTES
      profile = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
      start = at + 4
      end = Math.min(end, start + 4 * (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)))
    }
    if (profile !== INITIAL && profile !== CONTINUED) return
    this.kind = profile === INITIAL ? 'initial' : 'continued'
    this.start = start
    this.end = end
  }
}
