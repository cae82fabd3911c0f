import { av1Configuration, Leb128, leb128Length, Obu, ObuType, writeLeb128 } from '../../../protocol/codec/av1.ts'
import { MAXIMUM_SEQUENCE_HEADER_BYTES, parseAv1SequenceHeader } from '../../../protocol/codec/av1-sequence-header.ts'
import { Av1Depacketizer } from '../../../protocol/depacketizer/av1.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { Av1Packetizer } from '../../../protocol/packetizer/av1.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'
import { Ticks } from '../../../protocol/units.ts'
import { pack, unpack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { Watch } from './depacketizers.ts'
import { rtp } from './rtp-material.ts'

/** Of libaom and SVT-AV1. */
const SEQUENCE_HEADER = fromHex('000000043cfeccdaf90040')
const OTHER_SEQUENCE_HEADER = fromHex('0000000cc4ff673efe4010')
const HIGH_PROFILE = fromHex('200000043cfeccdaf920202032')
/** Timing info, a decoder model, three operating points. */
const WITH_MODEL = fromHex('04000000040000007a5a4000000040088405bffffff220287fffff91012ffffff9ff027f016700970008')

function obu(type: number, payload: Uint8Array): Uint8Array {
  const size = new Uint8Array(leb128Length(payload.length))
  writeLeb128(size, 0, payload.length)
  return concat([(type << 3) | 2], size, payload)
}
const keyFrame = concat([0x10], new Uint8Array(300).fill(0x5a))
const interFrame = concat([0x30], new Uint8Array(40).fill(0xa5))
const KEY_UNIT = concat(obu(ObuType.SequenceHeader, SEQUENCE_HEADER), obu(ObuType.Frame, keyFrame))
const UNITS = [
  KEY_UNIT,
  obu(ObuType.Frame, interFrame),
  concat(obu(ObuType.Metadata, interFrame), obu(ObuType.FrameHeader, interFrame), obu(ObuType.TileGroup, interFrame)),
  // Without a sequence header, and with another.
  obu(ObuType.Frame, keyFrame),
  concat(obu(ObuType.SequenceHeader, OTHER_SEQUENCE_HEADER), obu(ObuType.Frame, keyFrame)),
]

/** Units as packets that follow each other. */
function packets(maximumPayload: number): Uint8Array[] {
  const packetizer = new Av1Packetizer({ maximumPayload })
  let sequenceNumber = 65_530
  return UNITS.flatMap((unit, index) =>
    packetizer
      .packetize(unit)
      .map(({ payload, marker }) =>
        rtp(payload, { marker, sequenceNumber: sequenceNumber++ & 0xffff, timestamp: index * 3000 }),
      ),
  )
}

/** The low-overhead format: OBUs with sizes one behind the other, a frame among them, a sequence header where it begins. */
function checkSample(data: Uint8Array, randomAccess: boolean): void {
  const one = new Obu()
  const types: number[] = []
  let at = 0
  while (at < data.length) {
    holds(one.read(data, at, data.length) && one.hasSize, 'OBUs with their sizes')
    types.push(one.type)
    at = one.payloadEnd
  }
  const dropped: readonly number[] = [ObuType.TemporalDelimiter, ObuType.TileList, ObuType.Padding]
  holds(!types.some((type) => dropped.includes(type)), 'only what a sample may have')
  const frame = types.findIndex((type) => type === ObuType.Frame || type === ObuType.FrameHeader)
  holds(frame >= 0, 'a unit has a frame')
  const header = types.indexOf(ObuType.SequenceHeader)
  if (randomAccess) holds(header >= 0 && header < frame, 'a sync sample has its sequence header')
}

export const av1Depacketizer: FuzzTarget = {
  name: 'depacketizer-av1',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    ...[pack(packets(1400)), pack(packets(100)), pack(packets(7))],
    // W 0, a temporal delimiter, padding, a tile list, obu_size inside.
    pack([rtp(concat([0x08, 2, 0x12, 0], sized(KEY_UNIT.subarray(0, 13)), sized(fromHex('301020')), [2, 0x78, 0]))]),
  ],
  dictionary: ['08', '28', '50', 'd0', '90', '0a0b', '12000', '3210', '3230', '0a', '7800', '4000', '808001'].map(
    (token) => fromHex(token.padEnd(token.length + (token.length % 2), '0')),
  ),
  check(input) {
    // A sequence header may be put before each key frame.
    const headerBytes = MAXIMUM_SEQUENCE_HEADER_BYTES + 10
    new Watch(new Av1Depacketizer(), ({ data, randomAccess }) => checkSample(data, randomAccess), headerBytes).feed(
      input,
    )
  },
}

function sized(element: Uint8Array): Uint8Array {
  return concat([element.length], element)
}

/** What the depacketizer leaves as it is. */
const isCarried = (type: number): boolean =>
  type !== ObuType.SequenceHeader &&
  type !== ObuType.TemporalDelimiter &&
  type !== ObuType.RedundantFrameHeader &&
  type !== ObuType.TileList &&
  type !== ObuType.Padding

export const av1Packetizer: FuzzTarget = {
  name: 'packetizer-av1',
  shapes: ['packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds: [pack([interFrame]), pack([keyFrame, interFrame, fromHex('28')]), KEY_UNIT, concat(...UNITS)],
  dictionary: ['0a0b', '1200', '3280', '3400', '808080'].map(fromHex),
  check(input, random) {
    const most = 2 + random.below(random.chance(0.5) ? 20 : 1500)
    // A key frame, so that it is a picture; what else the unit holds is up to the input.
    const others = unpack(input).flatMap((payload) => {
      const type = (payload[0] ?? 0) & 0x0f
      return isCarried(type) ? [obu(type, payload)] : []
    })
    const unit = concat(KEY_UNIT, ...others)
    const depacketizer = new Av1Depacketizer()
    const packet = new RtpPacket()
    for (const { payload, marker } of new Av1Packetizer({ maximumPayload: most }).packetize(unit)) {
      holds(payload.length <= most, `a payload of ${payload.length} bytes, ${most} were allowed`)
      holds(packet.read(rtp(payload, { marker })), 'it fits an RTP packet')
      depacketizer.push(packet, Ticks(0), 0)
    }
    same(depacketizer.pull()?.data, unit, 'depacketize∘packetize is the identity')
    // Anything else is refused with a typed error, or carried.
    accepted(() => new Av1Packetizer({ maximumPayload: most }).packetize(input))
  },
}

export const av1SequenceHeader: FuzzTarget = {
  name: 'av1-sequence-header',
  shapes: ['bytes'],
  maximumBytes: 600,
  seeds: [SEQUENCE_HEADER, OTHER_SEQUENCE_HEADER, HIGH_PROFILE, WITH_MODEL],
  dictionary: ['ffffffff', '00', '80', '010d00'].map(fromHex),
  check(input) {
    const leb128 = new Leb128()
    if (leb128.read(input, 0, input.length)) {
      holds(leb128.value >= 0 && leb128.value <= 0xffff_ffff && leb128.next <= 8, 'a number of 32 bits')
    }
    const header = accepted(() => parseAv1SequenceHeader(input))
    if (!header) return
    for (const side of [header.maxFrameWidth, header.maxFrameHeight]) {
      holds(Number.isInteger(side) && side > 0 && side <= 65_536, `a side of ${side}`)
    }
    holds([8, 10, 12].includes(header.bitDepth), `a depth of ${header.bitDepth}`)
    const configuration = av1Configuration(header, obu(ObuType.SequenceHeader, input))
    holds(
      /^av01\.[0-2]\.\d\d[MH]\.\d\d(\.[01]\.\d{3}(\.\d{2,3}){3}\.[01])?$/.test(configuration.codec),
      configuration.codec,
    )
    createInitializationSegment({ trackId: 1, timescale: 90_000, configuration })
  },
}
