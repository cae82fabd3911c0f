import { NalUnitType, nalUnitTypeOf } from '../codec/h264.ts'
import { splitSample } from './nal-units.ts'
import { DEFAULT_MAXIMUM_PAYLOAD, type Packetizer, type RtpPayload } from './packetizer.ts'

/** RFC 6184 section 5.4: payload structures. */
const STAP_A = 24
const FU_A = 28
const FU_HEADER_BYTES = 2

export interface H264PacketizerOptions {
  /** Bytes of the largest payload, from 3. Default 1400. */
  readonly maximumPayload?: number
  /**
   * SPS and PPS, sent before each IDR picture that does not bring its own, so that a viewer that joins late or lost the
   * SDP can start. Default none.
   */
  readonly parameterSets?: readonly Uint8Array[]
}

/** H.264 by RFC 6184, non-interleaved mode (packetization-mode=1): single NAL unit, STAP-A and FU-A. */
export class H264Packetizer implements Packetizer {
  readonly #maximumPayload: number
  readonly #parameterSets: readonly Uint8Array[]

  constructor(options: H264PacketizerOptions = {}) {
    this.#maximumPayload = Math.max(options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD, FU_HEADER_BYTES + 1)
    this.#parameterSets = options.parameterSets ?? []
  }

  packetize(unit: Uint8Array): RtpPayload[] {
    const nalUnits = splitSample(unit, 1)
    if (nalUnits.some(isIdr) && !nalUnits.some(isParameterSet)) nalUnits.unshift(...this.#parameterSets)
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
   * The index behind the NAL units from `first` on that go together into one STAP-A (section 5.7.1). Only what
   * precedes the slices (parameter sets, SEI) is put together: slices are near the maximum anyway, and a lost packet
   * should cost one slice.
   */
  #aggregated(nalUnits: readonly Uint8Array[], first: number): number {
    let bytes = 1
    let next = first
    for (; next < nalUnits.length; next++) {
      const nal = nalUnits[next]
      if (nal === undefined || !precedesSlices(nal)) break
      bytes += 2 + nal.length
      if (bytes > this.#maximumPayload) break
    }
    return Math.max(next, first + 1)
  }

  /** Section 5.8: the NAL unit header is not sent but spread over the FU indicator and the FU header. */
  #fragment(nal: Uint8Array, payloads: Uint8Array[]): void {
    const header = nal[0] ?? 0
    const room = this.#maximumPayload - FU_HEADER_BYTES
    for (let start = 1; start < nal.length; start += room) {
      const end = Math.min(start + room, nal.length)
      const payload = new Uint8Array(FU_HEADER_BYTES + end - start)
      payload[0] = (header & 0xe0) | FU_A
      payload[1] = (start === 1 ? 0x80 : 0) | (end === nal.length ? 0x40 : 0) | (header & 0x1f)
      payload.set(nal.subarray(start, end), FU_HEADER_BYTES)
      payloads.push(payload)
    }
  }
}

function aggregate(nalUnits: readonly Uint8Array[]): Uint8Array {
  const payload = new Uint8Array(nalUnits.reduce((bytes, nal) => bytes + 2 + nal.length, 1))
  // The header takes the highest NRI of its parts, and F if any has it (section 5.7).
  const nri = Math.max(...nalUnits.map((nal) => (nal[0] ?? 0) & 0x60))
  const forbidden = nalUnits.some((nal) => ((nal[0] ?? 0) & 0x80) !== 0) ? 0x80 : 0
  payload[0] = forbidden | nri | STAP_A
  let at = 1
  for (const nal of nalUnits) {
    payload[at] = nal.length >> 8
    payload[at + 1] = nal.length & 0xff
    payload.set(nal, at + 2)
    at += 2 + nal.length
  }
  return payload
}

const isIdr = (nal: Uint8Array): boolean => nalUnitTypeOf(nal) === NalUnitType.IdrSlice

const isParameterSet = (nal: Uint8Array): boolean => {
  const type = nalUnitTypeOf(nal)
  return type === NalUnitType.SequenceParameterSet || type === NalUnitType.PictureParameterSet
}

const precedesSlices = (nal: Uint8Array): boolean => {
  const type = nalUnitTypeOf(nal)
  return type >= NalUnitType.Sei && type <= NalUnitType.AccessUnitDelimiter
}
