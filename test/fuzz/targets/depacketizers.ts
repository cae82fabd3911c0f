import { createAudioSpecificConfig } from '../../../protocol/codec/aac.ts'
import type { CodecConfiguration } from '../../../protocol/codec/configuration.ts'
import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import type { Depacketizer } from '../../../protocol/depacketizer/depacketizer.ts'
import { H264Depacketizer } from '../../../protocol/depacketizer/h264.ts'
import { Mpeg4GenericDepacketizer } from '../../../protocol/depacketizer/mpeg4-generic.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'
import { Ticks } from '../../../protocol/units.ts'
import { pack, unpack } from '../packets.ts'
import { type FuzzTarget, fromHex, holds, same } from '../target.ts'
import {
  AAC_PACKETS,
  B_SLICE,
  H264_PACKETS,
  H264_SINGLE_PACKETS,
  IDR,
  PPS,
  rtp,
  SEI_RECOVERY_POINT,
  SLICE,
  SPS,
} from './rtp-material.ts'

/** What every depacketizer promises, whatever it is fed with. */
export class Watch {
  readonly depacketizer: Depacketizer
  readonly #checkUnit: (unit: AccessUnit) => void
  readonly #headerBytes: number
  #units = 0
  #bytes = 0
  #configuration: CodecConfiguration | undefined
  /** Before the packet that is being read, and before the last unit that told of a gap. */
  #droppedBefore = 0
  #droppedTold = 0

  /** @param headerBytes the most that a unit has beside what was sent */
  constructor(depacketizer: Depacketizer, checkUnit: (unit: AccessUnit) => void, headerBytes = 0) {
    this.depacketizer = depacketizer
    this.#checkUnit = checkUnit
    this.#headerBytes = headerBytes
  }

  /** Feeds all packets of the input, with the gaps that their sequence numbers tell. Nothing is thrown. */
  feed(input: Uint8Array): void {
    const packet = new RtpPacket()
    let last: number | undefined
    let fed = 0
    for (const bytes of unpack(input)) {
      if (!packet.read(bytes)) continue
      const step = last === undefined ? 1 : (packet.sequenceNumber - last) & 0xffff
      last = packet.sequenceNumber
      fed += bytes.length
      this.#droppedBefore = this.depacketizer.statistics.dropped
      this.depacketizer.push(packet, Ticks(packet.timestamp), Math.max(0, step - 1))
      this.#pull()
    }
    this.depacketizer.flush()
    this.#pull()
    // A unit in MP4's form has 4 bytes for each NAL unit, which has a byte at least and took two to announce.
    holds(this.#bytes <= fed * 4 + this.#units * this.#headerBytes, `${this.#bytes} bytes came out of ${fed}`)
  }

  #pull(): void {
    for (let unit = this.depacketizer.pull(); unit; unit = this.depacketizer.pull()) {
      const { units, dropped, malformed } = this.depacketizer.statistics
      holds(unit.data.length > 0, 'a unit is not empty')
      holds(unit.data.length <= LIMITS.accessUnitBytes, 'a unit is bounded')
      this.#configuration = unit.configuration ?? this.#configuration
      holds(this.#configuration !== undefined, 'the first unit brings the configuration')
      if (this.#units === 0) holds(unit.randomAccess, 'the first unit is a random access point')
      if (this.#droppedBefore > this.#droppedTold && this.#units > 0) {
        holds(unit.discontinuity, 'what was dropped is told')
      }
      if (unit.discontinuity) this.#droppedTold = dropped
      this.#units++
      this.#bytes += unit.data.length
      holds(units >= this.#units, 'units are counted')
      for (const figure of [units, dropped, malformed]) holds(Number.isSafeInteger(figure) && figure >= 0, 'a count')
      this.#checkUnit(unit)
    }
    holds(this.depacketizer.pull() === null, 'pull stays null')
  }
}

/** NAL units behind 4-byte lengths (ISO/IEC 14496-15 section 5.3.2), with a slice among them, without parameter sets. */
export function checkSample({ data }: AccessUnit): void {
  let slices = 0
  let count = 0
  let at = 0
  while (at < data.length) {
    holds(at + 4 < data.length, 'a length and a NAL unit')
    const length = new DataView(data.buffer, data.byteOffset + at).getUint32(0)
    const type = (data[at + 4] ?? 0) & 0x1f
    if (type >= 1 && type <= 5) slices++
    holds(type !== 7 && type !== 8, 'parameter sets are in the configuration')
    at += 4 + length
    count++
  }
  same(at, data.length, 'the lengths add up')
  holds(slices > 0, 'a unit has a slice')
  holds(count <= LIMITS.accessUnitNalUnits, 'NAL units are bounded')
}

export const h264Depacketizer: FuzzTarget = {
  name: 'depacketizer-h264',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(H264_PACKETS),
    pack(H264_SINGLE_PACKETS),
    pack([...H264_PACKETS, ...H264_SINGLE_PACKETS]),
    // A byte stream in one payload, marks everywhere, an FU-A with both flags.
    pack([
      rtp(
        fromHex(`00000001${Buffer.from(SPS).toString('hex')}00000001${Buffer.from(PPS).toString('hex')}000001658884`),
        {
          marker: true,
        },
      ),
      rtp(SLICE, { marker: true, sequenceNumber: 1, timestamp: 3000 }),
      rtp(fromHex('7cc588840010'), { marker: true, sequenceNumber: 2, timestamp: 6000 }),
      rtp(SEI_RECOVERY_POINT, { marker: true, sequenceNumber: 3, timestamp: 9000 }),
      rtp(B_SLICE, { sequenceNumber: 4, timestamp: 9000 }),
      rtp(IDR, { sequenceNumber: 5, timestamp: 12_000 }),
    ]),
  ],
  dictionary: [
    ...[SPS, PPS, SEI_RECOVERY_POINT, SLICE.subarray(0, 4), IDR.subarray(0, 4), B_SLICE.subarray(0, 3)],
    ...[
      '000001',
      '00000001',
      '7c85',
      '7c05',
      '7c45',
      '7cc5',
      '78',
      '19',
      '1a',
      '1b',
      '1d',
      '09f0',
      '0b',
      '0c',
      '000003',
    ],
  ].map((token) => (typeof token === 'string' ? fromHex(token) : token)),
  check(input) {
    const sets = input.length % 2 === 0 ? [SPS, PPS] : []
    new Watch(new H264Depacketizer({ parameterSets: sets }), checkSample).feed(input)
  },
}

/** Sizes of the fields, which an SDP may state as it likes. */
const FIELD_SIZES: readonly (readonly [number, number, number])[] = [
  [13, 3, 3],
  [6, 2, 2],
  [16, 0, 0],
  [1, 0, 0],
  [8, 16, 16],
]

export const mpeg4GenericDepacketizer: FuzzTarget = {
  name: 'depacketizer-mpeg4-generic',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(AAC_PACKETS),
    // ADTS inside (ISO/IEC 14496-3 section 1.A.2.2).
    pack([
      rtp(fromHex('00100070 fff14c8001c0fc 21100490902100'), { marker: true, sequenceNumber: 1, payloadType: 97 }),
      ...AAC_PACKETS,
    ]),
  ],
  dictionary: ['0010', '0020', '0000', 'ffff', 'fff14c8001c0fc', '0070', '0080'].map(fromHex),
  check(input, random) {
    const [sizeLength, indexLength, indexDeltaLength] = random.pick(FIELD_SIZES)
    const config = createAudioSpecificConfig(48_000, 1)
    const options = { config, clockRate: 48_000, sizeLength, indexLength, indexDeltaLength }
    new Watch(new Mpeg4GenericDepacketizer(options), ({ duration }) => {
      holds(duration !== undefined && duration > 0, 'sound has a duration')
    }).feed(input)
  },
}
