import { ProtocolError } from '../errors.ts'
import { DEFAULT_MAXIMUM_PAYLOAD, type Packetizer, type RtpPayload } from './packetizer.ts'

/** AU-headers-length (16 bits) and one AU-header: AU-size in 13 bits, AU-Index in 3 (RFC 3640 section 3.3.6). */
const HEADER_BYTES = 4
const MAXIMUM_AU_BYTES = 0x1fff

export interface Mpeg4GenericPacketizerOptions {
  /** Bytes of the largest payload, from 5. Default 1400. */
  readonly maximumPayload?: number
}

/** AAC by RFC 3640 in the mode AAC-hbr: one access unit a packet, or one over several packets where it is too large. */
export class Mpeg4GenericPacketizer implements Packetizer {
  readonly #room: number

  constructor(options: Mpeg4GenericPacketizerOptions = {}) {
    this.#room = Math.max((options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD) - HEADER_BYTES, 1)
  }

  packetize(unit: Uint8Array): RtpPayload[] {
    if (unit.length > MAXIMUM_AU_BYTES) {
      throw new ProtocolError('payload-syntax', `${unit.length} bytes do not fit the 13 bits of AU-size in AAC-hbr`)
    }
    const payloads: RtpPayload[] = []
    for (let start = 0; start < unit.length; start += this.#room) {
      const end = Math.min(start + this.#room, unit.length)
      const payload = new Uint8Array(HEADER_BYTES + end - start)
      payload[1] = 16
      // The size of the whole unit, in each of its fragments (section 3.2.1.1).
      payload[2] = unit.length >> 5
      payload[3] = (unit.length << 3) & 0xff
      payload.set(unit.subarray(start, end), HEADER_BYTES)
      payloads.push({ payload, marker: end === unit.length })
    }
    return payloads
  }
}
