import { findStartCode } from '../../../protocol/codec/h264.ts'
import { locateSequenceParameterSet, parseSequenceParameterSet } from '../../../protocol/codec/h264-sps.ts'
import { withoutReordering } from '../../../protocol/codec/h264-sps-rewrite.ts'
import { DeinterleavingBuffer } from '../../../protocol/depacketizer/deinterleaving-buffer.ts'
import { H264InterleavedDepacketizer } from '../../../protocol/depacketizer/h264-interleaved.ts'
import { Ticks } from '../../../protocol/units.ts'
import { pack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { checkSample, Watch } from './depacketizers.ts'
import { HIGH_SPS, IDR, PPS, rtp, SEI_RECOVERY_POINT, SLICE, SPS } from './rtp-material.ts'

const u16 = (value: number): number[] => [value >> 8, value & 0xff]
const sized = (nal: Uint8Array): Uint8Array => concat(u16(nal.length), nal)
/** RFC 6184 sections 5.7.1, 5.7.2 and 5.8. */
const stapB = (don: number, ...nals: Uint8Array[]): Uint8Array => concat([0x79], u16(don), ...nals.map(sized))
const mtap16 = (base: number, ...units: (readonly [number, number, Uint8Array])[]): Uint8Array =>
  concat([0x7a], u16(base), ...units.map(([dond, offset, nal]) => concat(u16(nal.length), [dond], u16(offset), nal)))
const fu = (don: number, nal: Uint8Array): Uint8Array[] => [
  concat([0x7d, 0x80 | ((nal[0] ?? 0) & 0x1f)], u16(don), nal.subarray(1, 9)),
  concat([0x7c, 0x40 | ((nal[0] ?? 0) & 0x1f)], nal.subarray(9)),
]

const INTERLEAVED = [
  stapB(0xfffd, SPS, PPS, IDR),
  mtap16(1, [1, 6000, SLICE], [0, 3000, SLICE]),
  stapB(0, SLICE),
  ...fu(4, IDR),
  stapB(3, SEI_RECOVERY_POINT, SLICE),
  stapB(5, SLICE),
].map((payload, sequenceNumber) => rtp(payload, { sequenceNumber, timestamp: sequenceNumber * 3000 }))

export const h264InterleavedDepacketizer: FuzzTarget = {
  name: 'depacketizer-h264-interleaved',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [pack(INTERLEAVED), pack([...INTERLEAVED, ...INTERLEAVED])],
  dictionary: [
    ...['79', '7a', '7b', '7c85', '7c45', '7d85', '0000', 'ffff', '8000', '000001', '09f0'].map(fromHex),
    ...[SPS, PPS, SEI_RECOVERY_POINT, SLICE.subarray(0, 4), IDR.subarray(0, 4)],
  ],
  check(input, random) {
    const options = {
      parameterSets: input.length % 2 === 0 ? [SPS, PPS] : [],
      interleavingDepth: random.pick([0, 1, 3, 20, 32_767]),
      maxDonDiff: random.pick([undefined, 0, 5]),
    }
    new Watch(new H264InterleavedDepacketizer(options), checkSample).feed(input)
  },
}

/** Four bytes for each unit: its number, a loss before it, what it is. Nothing is lost but what is counted, and all goes in order. */
export const deinterleavingBuffer: FuzzTarget = {
  name: 'deinterleaving-buffer',
  shapes: ['bytes'],
  maximumBytes: 4096,
  seeds: [fromHex('000001010002010100010101ffff0101000301000004010100050101')],
  dictionary: ['00010001', 'ffff0001', '80000000', '7fff0101'].map(fromHex),
  check(input, random) {
    const buffer = new DeinterleavingBuffer({
      interleavingDepth: random.pick([0, 1, 7, 300]),
      maxDonDiff: random.pick([undefined, undefined, 3]),
    })
    const names = new Set<number>()
    let added = 0
    const drain = () => {
      for (let unit = buffer.next(); unit; unit = buffer.next()) {
        holds(unit.bytes.length > 0 && !names.has(unit.timestamp), 'each unit goes once')
        names.add(unit.timestamp)
      }
    }
    for (let at = 0; at + 4 <= input.length; at += 4) {
      const [high = 0, low = 0, flags = 0, type = 0] = input.subarray(at, at + 4)
      if ((flags & 7) === 0) buffer.lose()
      buffer.add((high << 8) | low, Uint8Array.of(type & 1 ? 0x41 : 0x06, 1), Ticks(added++))
      if (random.chance(0.9)) drain()
    }
    buffer.flush()
    drain()
    same(names.size + buffer.late, added, 'each unit goes, or is counted as late')
  },
}

/** What is rewritten says the same but for the two fields, is no start code, and is not rewritten again. */
export const h264SpsRewrite: FuzzTarget = {
  name: 'h264-sps-rewrite',
  shapes: ['bytes'],
  maximumBytes: 512,
  seeds: [
    SPS,
    HIGH_SPS,
    // 640x368: Baseline; Main with type 2 and a VUI; High with constraint_set5_flag.
    ...['6742001ff40502ec80', '674d001f965402802dd80884000003000400000300ca3c58b6a8', '67640c1fac2b405017640'].map(
      (digits) => fromHex(digits.padEnd(digits.length + (digits.length % 2), '0')),
    ),
  ],
  dictionary: ['6742', '674d80', '67640c', '000003', '80', '00', 'ff'].map((digits) => fromHex(digits)),
  check(input) {
    const located = accepted(() => locateSequenceParameterSet(input))
    const rewritten = located && withoutReordering(located)
    if (!located || !rewritten) return
    same(findStartCode(rewritten, 0, rewritten.length), rewritten.length, 'emulation is prevented')
    const { pixelAspectRatio = 1, fieldSeconds } = located.sps.vui ?? {}
    same(
      parseSequenceParameterSet(rewritten),
      { ...located.sps, vui: { pixelAspectRatio, fieldSeconds, maxNumReorderFrames: 0 } },
      'parse∘rewrite',
    )
    same(withoutReordering(locateSequenceParameterSet(rewritten)), undefined, 'once is enough')
  },
}
