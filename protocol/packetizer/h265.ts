import {
  isIrap,
  isParameterSet,
  isSlice,
  layerIdOf,
  NAL_UNIT_HEADER_BYTES,
  NalUnitType,
  typeOf,
} from '../codec/h265.ts'
import { splitSample } from './nal-units.ts'
import { DEFAULT_MAXIMUM_PAYLOAD, type Packetizer, type RtpPayload } from './packetizer.ts'

/** RFC 7798 section 4.4: payload structures. */
const AP = 48
const FU = 49
/** The payload header, which has the form of a NAL unit header, and the FU header. */
const FU_HEADER_BYTES = NAL_UNIT_HEADER_BYTES + 1

export interface H265PacketizerOptions {
  /** Bytes of the largest payload, from 4. Default 1400. */
  readonly maximumPayload?: number
  /**
   * VPS, SPS and PPS, sent before each IRAP picture that does not bring its own, so that a viewer that joins late or lost
   * the SDP can start. Default none.
   */
  readonly parameterSets?: readonly Uint8Array[]
}

/** H.265 by RFC 7798 in decoding order (`sprop-max-don-diff=0`): single NAL unit packets, AP and FU. */
export class H265Packetizer implements Packetizer {
  readonly #maximumPayload: number
  readonly #parameterSets: readonly Uint8Array[]

  constructor(options: H265PacketizerOptions = {}) {
    this.#maximumPayload = Math.max(options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD, FU_HEADER_BYTES + 1)
    this.#parameterSets = options.parameterSets ?? []
  }

  packetize(unit: Uint8Array): RtpPayload[] {
    const nalUnits = splitSample(unit, NAL_UNIT_HEADER_BYTES)
    const types = nalUnits.map((nal) => typeOf(nal[0] ?? 0))
    // A delimiter is the first of its access unit.
    const at = types[0] === NalUnitType.AccessUnitDelimiter ? 1 : 0
    if (types.some(isIrap) && !types.some(isParameterSet)) nalUnits.splice(at, 0, ...this.#parameterSets)
    const payloads: Uint8Array[] = []
    for (let first = 0; first < nalUnits.length; ) {
      const last = this.#aggregated(nalUnits, first)
      const nal = nalUnits[first]
      if (nal === undefined) break
      if (last - first > 1) payloads.push(aggregate(nalUnits.slice(first, last)))
      else if (nal.length <= this.#maximumPayload) payloads.push(nal)
      else this.#fragment(nal, payloads)
      first = last
    }
    return payloads.map((payload, index) => ({ payload, marker: index === payloads.length - 1 }))
  }

  /**
   * The index behind the NAL units from `first` on that go together into one AP (section 4.4.2). Only what is no slice
   * (parameter sets, SEI) is put together: slices are near the maximum anyway, and a lost packet should cost one slice.
   */
  #aggregated(nalUnits: readonly Uint8Array[], first: number): number {
    let bytes = NAL_UNIT_HEADER_BYTES
    let next = first
    for (; next < nalUnits.length; next++) {
      const nal = nalUnits[next]
      if (nal === undefined || isSlice(typeOf(nal[0] ?? 0))) break
      bytes += 2 + nal.length
      if (bytes > this.#maximumPayload) break
    }
    return Math.max(next, first + 1)
  }

  /** Section 4.4.3: the NAL unit header is not sent but spread over the payload header and the FU header. */
  #fragment(nal: Uint8Array, payloads: Uint8Array[]): void {
    const [header0 = 0, header1 = 0] = nal
    const room = this.#maximumPayload - FU_HEADER_BYTES
    for (let start = NAL_UNIT_HEADER_BYTES; start < nal.length; start += room) {
      const end = Math.min(start + room, nal.length)
      const payload = new Uint8Array(FU_HEADER_BYTES + end - start)
      payload[0] = (header0 & 0x81) | (FU << 1)
      payload[1] = header1
      payload[2] = (start === NAL_UNIT_HEADER_BYTES ? 0x80 : 0) | (end === nal.length ? 0x40 : 0) | typeOf(header0)
      payload.set(nal.subarray(start, end), FU_HEADER_BYTES)
      payloads.push(payload)
    }
  }
}

/** F is set if any has it, layer ID and TID are the lowest of all (section 4.4.2). */
function aggregate(nalUnits: readonly Uint8Array[]): Uint8Array {
  const payload = new Uint8Array(nalUnits.reduce((bytes, nal) => bytes + 2 + nal.length, NAL_UNIT_HEADER_BYTES))
  const forbidden = nalUnits.some(([header0 = 0]) => (header0 & 0x80) !== 0) ? 0x80 : 0
  const layerId = Math.min(...nalUnits.map(([header0 = 0, header1 = 0]) => layerIdOf(header0, header1)))
  const tid = Math.min(...nalUnits.map(([, header1 = 0]) => header1 & 7))
  payload[0] = forbidden | (AP << 1) | (layerId >> 5)
  payload[1] = ((layerId << 3) & 0xff) | tid
  let at = NAL_UNIT_HEADER_BYTES
  for (const nal of nalUnits) {
    payload[at] = nal.length >> 8
    payload[at + 1] = nal.length & 0xff
    payload.set(nal, at + 2)
    at += 2 + nal.length
  }
  return payload
}
