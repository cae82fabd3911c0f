import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import type { Depacketizer } from '../../../protocol/depacketizer/depacketizer.ts'
import type { Packetizer } from '../../../protocol/packetizer/packetizer.ts'
import { RtpPacket, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { Ticks } from '../../../protocol/units.ts'

/** An access unit whose bytes were copied, so that it may be kept. */
export type KeptUnit = Omit<AccessUnit, 'data'> & { readonly data: readonly number[] }

export const rtpPacket = (payload: Uint8Array | readonly number[], marker = false, timestamp = 0): RtpPacket => {
  const bytes = new Uint8Array(12 + payload.length)
  writeRtpHeader(bytes, 0, { marker, payloadType: 96, sequenceNumber: 0, timestamp, ssrc: 1 })
  bytes.set(payload, 12)
  const packet = new RtpPacket()
  if (!packet.read(bytes)) throw new Error('not an RTP packet')
  return packet
}

/** Pushes one payload and gives all that comes out. */
export function push(
  depacketizer: Depacketizer,
  payload: Uint8Array | readonly number[],
  { marker = false, timestamp = 0, lost = 0 } = {},
): KeptUnit[] {
  depacketizer.push(rtpPacket(payload, marker, timestamp), Ticks(timestamp), lost)
  return pullAll(depacketizer)
}

export function pullAll(depacketizer: Depacketizer): KeptUnit[] {
  const units: KeptUnit[] = []
  for (let unit = depacketizer.pull(); unit !== null; unit = depacketizer.pull()) {
    units.push({ ...unit, data: [...unit.data] })
  }
  return units
}

/** Sends one access unit through both. */
export const carry = (
  packetizer: Packetizer,
  depacketizer: Depacketizer,
  unit: Uint8Array,
  timestamp: number,
): KeptUnit[] =>
  packetizer.packetize(unit).flatMap(({ payload, marker }) => push(depacketizer, payload, { marker, timestamp }))

/** NAL units, each behind a 4-byte length. */
export const sample = (...nalUnits: (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    nalUnits.flatMap((nal) => [nal.length >>> 24, nal.length >>> 16, nal.length >>> 8, nal.length & 0xff, ...nal]),
  )
