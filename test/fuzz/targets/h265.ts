import { splitAnnexB } from '../../../protocol/codec/h264.ts'
import { slicePictureParameterSetId } from '../../../protocol/codec/h265.ts'
import { addAll, H265ParameterSets } from '../../../protocol/codec/h265-parameter-sets.ts'
import { parseSequenceParameterSet } from '../../../protocol/codec/h265-sps.ts'
import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import { H265Depacketizer } from '../../../protocol/depacketizer/h265.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { H265Packetizer } from '../../../protocol/packetizer/h265.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'
import { Ticks } from '../../../protocol/units.ts'
import { pack, unpack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { Watch } from './depacketizers.ts'
import { rtp, sample } from './rtp-material.ts'

// 416x240 Main with B-frames and a VUI, made by x265.
const VPS = fromHex('40010c01ffff01600000030090000003000003003c959409')
const SPS = fromHex('42010101600000030090000003000003003ca00d080f16595964932bc05a020000030002000003003210')
const PPS = fromHex('4401c172b46240')
// 4:2:2 with 10 bits and scaling lists.
const RANGE_EXTENSIONS_SPS = fromHex(
  '4201010408000003009d0800000300003cb00d080f1365959249395e02d0100000030010000003019080',
)
const AUD = fromHex('460150')
const SEI_RECOVERY_POINT = fromHex('4e010601d080')
const IDR = concat(fromHex('2601af1d80'), new Uint8Array(40).fill(0x5a))
const LARGE_IDR = concat(fromHex('2601af1d81'), new Uint8Array(700).fill(0x77))
const CRA = concat(fromHex('2a01af1d82'), new Uint8Array(30).fill(0x5a))
const RASL = concat(fromHex('1201d0e0'), new Uint8Array(12).fill(0x33))
const SLICE = concat(fromHex('0201d009'), new Uint8Array(24).fill(0xa5))
const LATER_SLICE = concat(fromHex('02015009'), new Uint8Array(8).fill(0xa5))
const END_OF_SEQUENCE = fromHex('4801')

function packetsOf(units: readonly Uint8Array[], maximumPayload: number): Uint8Array[] {
  const packetizer = new H265Packetizer({ maximumPayload, parameterSets: [VPS, SPS, PPS] })
  let sequenceNumber = 65_530
  return units.flatMap((unit, index) =>
    packetizer
      .packetize(unit)
      .map(({ payload, marker }) =>
        rtp(payload, { marker, sequenceNumber: sequenceNumber++ & 0xffff, timestamp: index * 3000 }),
      ),
  )
}

const PACKETS = packetsOf(
  [
    sample(CRA),
    sample(RASL),
    sample(SLICE, LATER_SLICE),
    sample(SEI_RECOVERY_POINT, SLICE, END_OF_SEQUENCE),
    sample(CRA),
    sample(RASL),
    sample(LARGE_IDR),
    sample(AUD, SLICE),
  ],
  200,
)

/** NAL units behind 4-byte lengths, with a slice among them, without parameter sets and other layers. */
function checkSample({ data }: AccessUnit): void {
  let slices = 0
  let count = 0
  let at = 0
  while (at < data.length) {
    holds(at + 6 <= data.length, 'a length and a NAL unit')
    const length = new DataView(data.buffer, data.byteOffset + at).getUint32(0)
    const type = ((data[at + 4] ?? 0) >> 1) & 0x3f
    if (type < 32) slices++
    holds(type < 32 || type > 35, 'parameter sets are in the configuration')
    holds(((data[at + 4] ?? 0) & 1) === 0 && (data[at + 5] ?? 0) < 8, 'only the base layer is given')
    at += 4 + length
    count++
  }
  same(at, data.length, 'the lengths add up')
  holds(slices > 0, 'a unit has a slice')
  holds(count <= LIMITS.accessUnitNalUnits, 'NAL units are bounded')
}

export const h265Depacketizer: FuzzTarget = {
  name: 'depacketizer-h265',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(PACKETS),
    // A byte stream in one payload, a PACI packet, an FU with both flags, markers everywhere.
    pack([
      rtp(concat([0, 0, 0, 1], VPS, [0, 0, 1], SPS, [0, 0, 1], PPS, [0, 0, 0, 1], IDR), { marker: true }),
      rtp(fromHex('6401 0210 aa d009'), { marker: true, sequenceNumber: 1, timestamp: 3000 }),
      rtp(fromHex('6201 c1 d009'), { marker: true, sequenceNumber: 2, timestamp: 6000 }),
      rtp(SLICE, { marker: true, sequenceNumber: 3, timestamp: 9000 }),
    ]),
    // With decoding order numbers.
    pack([
      rtp(concat(fromHex('6001 0000'), [0, VPS.length], VPS, [0, 0, SPS.length], SPS, [0, 0, PPS.length], PPS)),
      rtp(concat(fromHex('2601 0003 af1d80'), [1, 2, 3]), { sequenceNumber: 1 }),
      rtp(fromHex('0201 0005 d009'), { sequenceNumber: 2, timestamp: 6000 }),
      rtp(fromHex('6201 81 0004 d009'), { sequenceNumber: 3, timestamp: 3000 }),
      rtp(fromHex('6201 41 0102'), { sequenceNumber: 4, timestamp: 3000 }),
    ]),
  ],
  dictionary: [
    ...[VPS, SPS, PPS, SEI_RECOVERY_POINT, IDR.subarray(0, 4), CRA.subarray(0, 4), RASL.subarray(0, 3)],
    ...['000001', '00000001', '000003', '6001', '6201', '620193', '620153', '6401', '4801', '4609', '0209d0'].map(
      fromHex,
    ),
  ],
  check(input) {
    const parameterSets = input.length % 2 === 0 ? [VPS, SPS, PPS] : []
    const options = { parameterSets, maximumDonDifference: input.length % 3 === 0 ? 1 + (input.length % 8) : 0 }
    new Watch(new H265Depacketizer(options), checkSample).feed(input)
  },
}

/** What a depacketizer leaves as it is, behind a slice that begins a picture. */
function isCarried(nal: Uint8Array): boolean {
  const [header0 = 0, header1 = 0, first = 0] = nal
  const type = (header0 >> 1) & 0x3f
  const ends = nal.at(-1) !== 0 && nal.length >= 3 && nal.length < 0x8000
  const ofBase = (header0 & 1) === 0 && header1 > 0 && header1 < 8
  // Slices that begin another picture would end this one; a start code cannot stand within a NAL unit.
  const follows = type < 32 ? first < 0x80 : type === 36 || type === 37 || (type > 38 && type < 48)
  return ends && ofBase && follows && !Buffer.from(nal).includes('\0\0\u0001')
}

function checkPicture(input: Uint8Array, maximumPayload: number): void {
  const unit = sample(IDR, ...unpack(input).filter(isCarried))
  const packetizer = new H265Packetizer({ maximumPayload, parameterSets: [VPS, SPS, PPS] })
  const depacketizer = new H265Depacketizer({ parameterSets: [] })
  const packet = new RtpPacket()
  for (const { payload, marker } of packetizer.packetize(unit)) {
    holds(payload.length <= maximumPayload, `a payload of ${payload.length} bytes, ${maximumPayload} were allowed`)
    holds(packet.read(rtp(payload, { marker })), 'it fits an RTP packet')
    depacketizer.push(packet, Ticks(0), 0)
  }
  same(depacketizer.pull()?.data, unit, 'depacketize∘packetize is the identity')
}

export const h265Packetizer: FuzzTarget = {
  name: 'packetizer-h265',
  shapes: ['packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    pack([LATER_SLICE]),
    pack([SEI_RECOVERY_POINT, LATER_SLICE, END_OF_SEQUENCE]),
    pack([AUD, SPS, PPS, SLICE]),
    pack([concat(fromHex('020150'), new Uint8Array(1500).fill(0x5a))]),
  ],
  dictionary: ['000001', '000003', '4e0105', '020150', '260150', '5001', '4801'].map(fromHex),
  check(input, random) {
    const most = 4 + random.below(random.chance(0.5) ? 20 : 1500)
    checkPicture(input, most)
    // Anything else is refused with a typed error, or carried.
    accepted(() => new H265Packetizer({ maximumPayload: most }).packetize(input))
  },
}

function checkSps(input: Uint8Array): void {
  const sps = accepted(() => parseSequenceParameterSet(input))
  if (!sps) return
  const { width, height, vui, reorderDepth } = sps
  for (const side of [width, height]) holds(Number.isInteger(side) && side > 0 && side <= 0xffff, `a side of ${side}`)
  holds(sps.id <= 15, 'an id of four bits')
  holds(reorderDepth >= 0 && reorderDepth <= 16, `a reorder depth of ${reorderDepth}`)
  if (vui) holds(vui.pixelAspectRatio > 0 && Number.isFinite(vui.pixelAspectRatio), 'a pixel has a shape')
}

/** The configuration can always be written into a segment, and the same parameter sets again change nothing. */
function checkParameterSets(input: Uint8Array): void {
  const sets = new H265ParameterSets()
  const nalUnits = splitAnnexB(input)
  addAll(sets, nalUnits)
  for (const nal of nalUnits) {
    const configuration = sets.configuration(slicePictureParameterSetId(nal, 0, nal.length))
    if (!configuration) continue
    holds(
      /^hvc1\.[ABC]?\d{1,2}\.[0-9A-F]{1,8}\.[LH]\d{1,3}(\.[0-9A-F]{1,2}){0,6}$/.test(configuration.codec),
      configuration.codec,
    )
    const segment = createInitializationSegment({ trackId: 1, timescale: 90_000, configuration })
    holds(segment.length >= configuration.description.length, 'the segment holds the record')
  }
}

const join = (...nalUnits: Uint8Array[]): Uint8Array => concat(...nalUnits.flatMap((nal) => [[0, 0, 0, 1], nal]))

export const h265ParameterSets: FuzzTarget = {
  name: 'h265-parameter-sets',
  shapes: ['bytes'],
  maximumBytes: 4096,
  seeds: [SPS, RANGE_EXTENSIONS_SPS, join(VPS, SPS, PPS, IDR), join(VPS, RANGE_EXTENSIONS_SPS, SPS, PPS, CRA)],
  dictionary: ['000001', '00000001', '4201', '4401', '4001', '000003', 'ff', '00', '2601af', '0201d0'].map(fromHex),
  check(input) {
    checkSps(input)
    checkParameterSets(input)
  },
}
