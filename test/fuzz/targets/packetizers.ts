import { createAudioSpecificConfig } from '../../../protocol/codec/aac.ts'
import type { Depacketizer } from '../../../protocol/depacketizer/depacketizer.ts'
import { H264Depacketizer } from '../../../protocol/depacketizer/h264.ts'
import { Mpeg4GenericDepacketizer } from '../../../protocol/depacketizer/mpeg4-generic.ts'
import { H264Packetizer } from '../../../protocol/packetizer/h264.ts'
import { Mpeg4GenericPacketizer } from '../../../protocol/packetizer/mpeg4-generic.ts'
import type { Packetizer } from '../../../protocol/packetizer/packetizer.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'
import { Ticks } from '../../../protocol/units.ts'
import { pack, unpack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import {
  AAC_FRAME,
  AUD,
  HIGH_SPS,
  IDR,
  LARGE_IDR,
  PPS,
  rtp,
  SEI_RECOVERY_POINT,
  SLICE,
  SPS,
  sample,
} from './rtp-material.ts'

/** Sends a unit through both, and gives what comes out. */
export function carry(
  packetizer: Packetizer,
  depacketizer: Depacketizer,
  unit: Uint8Array,
  most: number,
): Uint8Array[] {
  const packet = new RtpPacket()
  const units: Uint8Array[] = []
  for (const { payload, marker } of packetizer.packetize(unit)) {
    holds(payload.length <= most, `a payload of ${payload.length} bytes, ${most} were allowed`)
    holds(packet.read(rtp(payload, { marker })), 'it fits an RTP packet')
    depacketizer.push(packet, Ticks(0), 0)
    for (let given = depacketizer.pull(); given; given = depacketizer.pull()) units.push(given.data.slice())
  }
  return units
}

/** NAL units of a picture: parameter sets are taken out, delimiters and fillers too; the rest must come back as it went. */
function checkPictures(input: Uint8Array, most: number): void {
  // One slice that begins a picture, so that it is one; what else it holds is up to the input.
  const nalUnits = [IDR, ...unpack(input).filter(isCarried)]
  const packetizer = new H264Packetizer({ maximumPayload: most, parameterSets: [SPS, PPS] })
  const depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS] })
  const unit = sample(...nalUnits)
  const [given] = carry(packetizer, depacketizer, unit, most)
  same(given, unit, 'depacketize∘packetize is the identity')
}

/** What a NAL unit of a stream is, and what a depacketizer leaves as it is. */
function isCarried(nal: Uint8Array): boolean {
  const type = (nal[0] ?? 0) & 0x1f
  const ends = nal.at(-1) !== 0 && nal.length >= 3 && nal.length < 0x8000
  // Slices that begin another picture would end this one; a start code cannot stand within a NAL unit.
  const follows = type > 5 ? [6, 14, 19, 20].includes(type) : type > 0 && (nal[1] ?? 0) < 0x80
  return ends && follows && !Buffer.from(nal).includes('\0\0\u0001')
}

export const h264Packetizer: FuzzTarget = {
  name: 'packetizer-h264',
  shapes: ['packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    pack([SLICE]),
    pack([SEI_RECOVERY_POINT, fromHex('411a246c55'), fromHex('411a246c77')]),
    pack([LARGE_IDR, AUD, SPS, HIGH_SPS, PPS]),
    pack([concat([0x41, 0x1a], new Uint8Array(1500).fill(0x5a))]),
  ],
  dictionary: ['000001', '000003', '0605', '411a', '651a', '4e1a', '531a'].map(fromHex),
  check(input, random) {
    const most = 3 + random.below(random.chance(0.5) ? 20 : 1500)
    checkPictures(input, most)
    // Anything else is refused with a typed error, or carried.
    accepted(() => new H264Packetizer({ maximumPayload: most }).packetize(input))
  },
}

export const mpeg4GenericPacketizer: FuzzTarget = {
  name: 'packetizer-mpeg4-generic',
  shapes: ['bytes'],
  maximumBytes: 10_000,
  seeds: [AAC_FRAME, new Uint8Array(1), new Uint8Array(3000).fill(0x21)],
  dictionary: ['fff1', 'fff14c8001c0fc'].map(fromHex),
  check(input, random) {
    const most = 5 + random.below(random.chance(0.5) ? 20 : 1500)
    const packetizer = new Mpeg4GenericPacketizer({ maximumPayload: most })
    if (input.length > 0x1fff) {
      holds(accepted(() => packetizer.packetize(input)) === undefined, 'what has no size is refused')
      return
    }
    // Sound that begins like an ADTS header is taken for one.
    if (input.length === 0 || input[0] === 0xff) return
    const config = createAudioSpecificConfig(48_000, 2)
    const depacketizer = new Mpeg4GenericDepacketizer({ config, clockRate: 48_000 })
    same(carry(packetizer, depacketizer, input, most), [input], 'depacketize∘packetize is the identity')
  },
}
