import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { H264Packetizer } from '../../../protocol/packetizer/h264.ts'
import { Mpeg4GenericPacketizer } from '../../../protocol/packetizer/mpeg4-generic.ts'
import { writeGoodbye } from '../../../protocol/rtcp/goodbye.ts'
import { writeReceiverReport } from '../../../protocol/rtcp/receiver-report.ts'
import { ntpFromUnix, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { writeSourceDescription } from '../../../protocol/rtcp/source-description.ts'
import { RTP_HEADER_BYTES, type RtpHeader, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { concat, fromHex } from '../target.ts'

// 320x240 Constrained Baseline, made by x264.
export const SPS = fromHex('6742c00cda0507e84000000300400000030 0a3c50aa8')
export const PPS = fromHex('68ce0fc8')
// 640x368 High with B-frames and a VUI.
export const HIGH_SPS = fromHex('67640016acd940a02ff9610000030001000003003c0f162d96')
export const SEI_RECOVERY_POINT = fromHex('0606 01c4 80')
export const AUD = fromHex('09f0')
export const IDR = concat(fromHex('6588840010'), new Uint8Array(40).fill(0x5a))
export const SLICE = concat(fromHex('419a246c'), new Uint8Array(24).fill(0xa5))
export const B_SLICE = concat(fromHex('019e44'), new Uint8Array(12).fill(0x33))
export const LARGE_IDR = concat(fromHex('65888400'), new Uint8Array(700).fill(0x77))

/** NAL units behind 4-byte lengths. */
export const sample = (...nalUnits: readonly Uint8Array[]): Uint8Array =>
  concat(...nalUnits.flatMap((nal) => [[0, 0, nal.length >> 8, nal.length & 0xff], nal]))

export function rtp(payload: Uint8Array, header: Partial<RtpHeader> = {}): Uint8Array {
  const packet = new Uint8Array(RTP_HEADER_BYTES + payload.length)
  const defaults = { marker: false, payloadType: 96, sequenceNumber: 0, timestamp: 0, ssrc: 0x1234 }
  writeRtpHeader(packet, 0, { ...defaults, ...header })
  packet.set(payload, RTP_HEADER_BYTES)
  return packet
}

/** Access units as RTP packets that follow each other. */
function packets(
  units: readonly Uint8Array[],
  packetize: (unit: Uint8Array) => readonly { payload: Uint8Array; marker: boolean }[],
  step: number,
  payloadType: number,
): Uint8Array[] {
  let sequenceNumber = 65_530
  return units.flatMap((unit, index) =>
    packetize(unit).map(({ payload, marker }) =>
      rtp(payload, { marker, payloadType, sequenceNumber: sequenceNumber++ & 0xffff, timestamp: index * step }),
    ),
  )
}

const h264 = new H264Packetizer({ maximumPayload: 200, parameterSets: [SPS, PPS] })
export const H264_PACKETS = packets(
  [
    sample(IDR),
    sample(SLICE),
    sample(SEI_RECOVERY_POINT, SLICE),
    sample(SLICE, SLICE),
    sample(LARGE_IDR),
    sample(SLICE),
  ],
  (unit) => h264.packetize(unit),
  3000,
  96,
)
/** One NAL unit a packet, in band parameter sets, delimiters, B slices. */
export const H264_SINGLE_PACKETS = packets(
  [[AUD], [HIGH_SPS], [PPS], [IDR], [AUD], [SLICE], [B_SLICE], [SPS], [PPS], [IDR], [SLICE]].map(([nal]) =>
    sample(nal ?? IDR),
  ),
  (unit) => h264.packetize(unit),
  1500,
  96,
)

const aac = new Mpeg4GenericPacketizer({ maximumPayload: 120 })
export const AAC_FRAME = concat(fromHex('2110049090'), new Uint8Array(60).fill(0x11))
export const AAC_PACKETS = [
  ...packets([AAC_FRAME, AAC_FRAME, new Uint8Array(300).fill(0x21)], (unit) => aac.packetize(unit), 1024, 97),
  // Two access units in one packet (RFC 3640 section 3.2.1).
  rtp(concat([0, 32, 0, 40, 0, 48], new Uint8Array(11).fill(0x21)), {
    marker: true,
    payloadType: 97,
    sequenceNumber: 3,
    timestamp: 4096,
  }),
]

export const RTP_PACKETS = [...H264_PACKETS.slice(0, 5), ...AAC_PACKETS]

export function compound(): Uint8Array {
  const writer = new ByteWriter()
  const block = {
    ssrc: 0x1234,
    fractionLost: 3,
    cumulativeLost: 7,
    highestSequence: 70_000,
    jitter: 12,
    lastSenderReport: 0x1234_5678,
    delaySinceLastSenderReport: 65_536,
  }
  writeSenderReport(writer, {
    ssrc: 0x1234,
    ...ntpFromUnix(1_700_000_000_000),
    rtpTimestamp: 90_000,
    packetCount: 5,
    octetCount: 500,
    reports: [block],
  })
  writeSourceDescription(writer, 0x1234, 'camera@192.0.2.1')
  return writer.toBytes()
}

export function reports(): Uint8Array {
  const writer = new ByteWriter()
  writeReceiverReport(writer, { ssrc: 0x9999, reports: [] })
  writeSourceDescription(writer, 0x9999, 'viewer')
  writeGoodbye(writer, [0x9999, 0x1234])
  return writer.toBytes()
}

/** Behind the 4 bytes of an interleaved frame (RFC 2326 section 10.12). */
export const frame = (channel: number, payload: Uint8Array): Uint8Array =>
  concat([0x24, channel, payload.length >> 8, payload.length & 0xff], payload)
