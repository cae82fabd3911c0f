import { jpegConfiguration, mcuCount } from '../../../protocol/codec/jpeg.ts'
import { readJpegHeader, readPictureSize } from '../../../protocol/codec/jpeg-header.ts'
import { countMcus } from '../../../protocol/codec/jpeg-scan.ts'
import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import { JpegDepacketizer } from '../../../protocol/depacketizer/jpeg.ts'
import { JpegPacketizer } from '../../../protocol/packetizer/jpeg.ts'
import { jpegFile } from '../../protocol/codec/jpeg-builder.ts'
import { pack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { Watch } from './depacketizers.ts'
import { carry } from './packetizers.ts'
import { rtp } from './rtp-material.ts'

const SMALL = jpegFile({ width: 64, height: 48 })
const OTHER_TABLES = [new Uint8Array(64).fill(3), new Uint8Array(128).fill(1)]
const FILES = [
  SMALL,
  jpegFile({ width: 64, height: 32, sampling: '4:2:2', restartInterval: 3 }),
  jpegFile({ width: 2048, height: 16, quantization: OTHER_TABLES }),
  jpegFile({ width: 40, height: 24, sampling: '4:4:4' }),
  jpegFile({ width: 40, height: 24, sampling: 'grey', restartInterval: 2 }),
]

let sequenceNumber = 0
const packets = (payloads: readonly Uint8Array[], timestamp: number) =>
  payloads.map((payload, index) => {
    const marker = index === payloads.length - 1
    return rtp(payload, { marker, payloadType: 26, sequenceNumber: sequenceNumber++, timestamp })
  })
const pictures = (files: readonly Uint8Array[]) => {
  const packetizer = new JpegPacketizer({ maximumPayload: 300 })
  return files.flatMap((file, n) =>
    packets(
      packetizer.packetize(file).map((one) => one.payload),
      n * 3600,
    ),
  )
}

/** A packet with ONVIF's header extension in front of a payload. */
function extended(profile: string, segments: string, payload: Uint8Array): Uint8Array {
  const extension = fromHex(segments.padEnd(Math.ceil(segments.length / 8) * 8, 'f'))
  const [plain = new Uint8Array(0)] = packets([payload], 99_000)
  plain[0] = 0x90
  const words = [0, extension.length / 4]
  return concat(plain.subarray(0, 12), fromHex(profile), words, extension, payload)
}

function checkFile({ data, configuration, randomAccess }: AccessUnit): void {
  holds(randomAccess, 'each picture can be started at')
  holds(data[0] === 0xff && data[1] === 0xd8, 'it begins with SOI')
  holds(data.at(-2) === 0xff && data.at(-1) === 0xd9, 'it ends with EOI')
  const size = readPictureSize(data)
  if (configuration?.kind !== 'video') return
  holds(size.width > 0 && size.height > 0, 'it has a size')
  same([configuration.width, configuration.height], [size.width, size.height], 'the size in the file is the one told')
}

export const jpegDepacketizer: FuzzTarget = {
  name: 'depacketizer-jpeg',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(pictures(FILES.slice(0, 3))),
    pack(packets([SMALL.subarray(0, 300), SMALL.subarray(300)], 0)),
    pack([...packets([concat(fromHex('0000000001320806'), SMALL)], 0), ...pictures([SMALL])]),
    pack([
      extended(
        'ffd8',
        'ffc000110800101000030122000211010311 01ffdd00040003'.replace(' ', ''),
        fromHex('0000000001320000'),
      ),
      extended('ffff', '', fromHex('0000000001000000a5a5a5')),
      extended('ffd8', 'ffda000c03010002110311003f00', fromHex('0000000001000000a5')),
    ]),
  ],
  dictionary: [
    ...['ffd8', 'ffd9', 'ffd0', 'ffc0', 'ffc4', 'ffda', 'ffdb', 'ffdd', 'ff00', 'abac0004', '0000000001320806'],
    ...['0000000041320806000affff', '0000000001ff0806', '00000080', '00030100', 'ffd8ff'],
  ].map(fromHex),
  check(input) {
    const size = input.length % 3 === 0 ? { width: 2048, height: 16 } : null
    new Watch(new JpegDepacketizer({ size }), checkFile, 8192).feed(input)
  },
}

export const jpegPacketizer: FuzzTarget = {
  name: 'packetizer-jpeg',
  shapes: ['bytes'],
  maximumBytes: 16 * 1024,
  seeds: FILES,
  dictionary: ['ffd8', 'ffd9', 'ffd0', 'ffc0', 'ffc2', 'ffc4', 'ffda', 'ffdb', 'ffdd', 'ff00', '2211', '1100'].map(
    fromHex,
  ),
  check(input, random) {
    const most = 400 + random.below(random.chance(0.5) ? 20 : 1500)
    const packetizer = new JpegPacketizer({ maximumPayload: most })
    const payloads = accepted(() => packetizer.packetize(input))
    if (!payloads) return
    const { header, scanStart } = readJpegHeader(input)
    const { width, height } = header.frame
    // What is said of the size is what the pictures are counted to have, so that it must be true to come back.
    if (width > 2040 || height > 2040 || payloads.length === 0) return
    const scan = payloads.map((one) => one.payload)
    holds(
      scan.every((payload) => payload.length >= 8),
      'each has a main header',
    )
    // A scan that begins like a file is taken for one.
    if (input[scanStart] === 0xff && input[scanStart + 1] === 0xd8) return
    const [unit] = carry(packetizer, new JpegDepacketizer({ size: null }), input, most)
    holds(unit !== undefined, 'what is carried comes out')
    const back = readJpegHeader(unit)
    same(back.header.restartInterval, header.restartInterval, 'the restart interval')
    same(
      back.header.quantization,
      [0, 1].map((index) => header.quantization[header.frame.components[index]?.quantization ?? 9]),
      'the quantization tables',
    )
    const length = unit.length - back.scanStart - 2
    same(unit.subarray(back.scanStart, -2), input.subarray(scanStart, scanStart + length), 'the entropy-coded data')
  },
}

export const jpegHeader: FuzzTarget = {
  name: 'jpeg-header',
  shapes: ['bytes'],
  maximumBytes: 16 * 1024,
  seeds: FILES,
  dictionary: ['ffd8', 'ffd9', 'ffd7', 'ffc1', 'ffc4', 'ffda', 'ffdb', 'ffdd', 'ffffff', '0000', '02'].map(fromHex),
  check(input) {
    const size = accepted(() => readPictureSize(input))
    const read = accepted(() => readJpegHeader(input))
    if (!read) return
    const { header, scanStart } = read
    holds(size !== undefined, 'what has a header has a size')
    holds(scanStart <= input.length, 'the scan begins within the file')
    holds(mcuCount(header.frame) >= 0, 'a picture has MCUs')
    jpegConfiguration(size.width, size.height)
    const count = countMcus(input, scanStart, input.length, header)
    // An MCU takes at least a bit of DC and one of AC.
    holds(count === null || (count >= 0 && count <= (input.length - scanStart) * 4), `${count} MCUs`)
  },
}
