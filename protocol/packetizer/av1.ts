import { leb128Length, OBU_HAS_SIZE_FIELD, Obu, ObuType, writeLeb128 } from '../codec/av1.ts'
import { ProtocolError } from '../errors.ts'
import { DEFAULT_MAXIMUM_PAYLOAD, type Packetizer, type RtpPayload } from './packetizer.ts'

/** The aggregation header, and one byte of an OBU. */
const SMALLEST_PAYLOAD = 2
/** W has 2 bits: with up to three elements the last one's size is spared. */
const MAXIMUM_ELEMENTS = 3

export interface Av1PacketizerOptions {
  /** Bytes of the largest payload, from 2. Default 1400. */
  readonly maximumPayload?: number
}

/** One payload while it is filled. */
interface Filling {
  readonly elements: Uint8Array[]
  /** Of the aggregation header and the elements with their sizes. */
  bytes: number
  /** Z: its first element goes on with an OBU of the payload before. */
  readonly continues: boolean
}

/**
 * AV1 by the "RTP Payload Format For AV1" of the Alliance for Open Media: OBUs without obu_size, several in a payload,
 * one over several payloads. Temporal delimiters, tile lists and padding are not sent (section 5).
 */
export class Av1Packetizer implements Packetizer {
  readonly #maximumPayload: number
  readonly #obu = new Obu()

  constructor(options: Av1PacketizerOptions = {}) {
    this.#maximumPayload = Math.max(options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD, SMALLEST_PAYLOAD)
  }

  /** @param unit one temporal unit, each OBU but the last with its size. */
  packetize(unit: Uint8Array): RtpPayload[] {
    const { obus, startsSequence } = this.#split(unit)
    const payloads: Uint8Array[] = []
    let filling: Filling = { elements: [], bytes: 1, continues: false }
    const send = (fragmentFollows: boolean): void => {
      payloads.push(payloadOf(filling, fragmentFollows, startsSequence && payloads.length === 0))
      filling = { elements: [], bytes: 1, continues: fragmentFollows }
    }
    for (const obu of obus) {
      for (let at = 0; at < obu.length; ) {
        const room = this.#maximumPayload - filling.bytes
        if (room <= 0 || filling.elements.length === MAXIMUM_ELEMENTS) {
          send(at > 0)
          continue
        }
        const element = obu.subarray(at, at + room)
        filling.elements.push(element)
        // The size is needed only if another element follows: then there is room for it, too.
        filling.bytes += leb128Length(element.length) + element.length
        at += element.length
      }
    }
    if (filling.elements.length > 0) send(false)
    return payloads.map((payload, index) => ({ payload, marker: index === payloads.length - 1 }))
  }

  /** The OBUs that are sent, without obu_size. */
  #split(unit: Uint8Array): { obus: Uint8Array[]; startsSequence: boolean } {
    const obu = this.#obu
    const obus: Uint8Array[] = []
    let startsSequence = false
    for (let at = 0; at < unit.length; at = obu.payloadEnd) {
      if (!obu.read(unit, at, unit.length)) {
        throw new ProtocolError('payload-syntax', `no OBU, or not the whole of one, at byte ${at}`, {
          place: { byte: at },
        })
      }
      if (obu.type === ObuType.SequenceHeader) startsSequence = true
      if ([ObuType.TemporalDelimiter, ObuType.TileList, ObuType.Padding].some((type) => type === obu.type)) continue
      obus.push(withoutSize(unit, at, obu))
    }
    return { obus, startsSequence }
  }
}

function withoutSize(unit: Uint8Array, start: number, obu: Obu): Uint8Array {
  const { headerBytes, payloadStart, payloadEnd } = obu
  const bytes = new Uint8Array(headerBytes + payloadEnd - payloadStart)
  bytes.set(unit.subarray(start, start + headerBytes))
  bytes[0] = (bytes[0] ?? 0) & ~OBU_HAS_SIZE_FIELD
  bytes.set(unit.subarray(payloadStart, payloadEnd), headerBytes)
  return bytes
}

/** Section 4.4: |Z|Y| W |N|-|-|-| and the elements, each but the last behind its size. */
function payloadOf({ elements, continues }: Filling, fragmentFollows: boolean, startsSequence: boolean): Uint8Array {
  const last = elements.length - 1
  const sizes = elements.slice(0, last).reduce((sum, element) => sum + leb128Length(element.length), 0)
  const payload = new Uint8Array(elements.reduce((sum, element) => sum + element.length, 1 + sizes))
  payload[0] =
    (continues ? 0x80 : 0) | (fragmentFollows ? 0x40 : 0) | (elements.length << 4) | (startsSequence ? 0x08 : 0)
  let at = 1
  for (const [index, element] of elements.entries()) {
    if (index < last) at = writeLeb128(payload, at, element.length)
    payload.set(element, at)
    at += element.length
  }
  return payload
}
