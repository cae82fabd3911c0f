import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'
import { createAudioSpecificConfig } from '../../../protocol/codec/aac.ts'
import { mpegAudioConfiguration, readMpegAudioHeader } from '../../../protocol/codec/mpeg-audio.ts'
import { mainDataBegin, selfContainedFrame, silence } from '../../../protocol/codec/mpeg-audio-layer3.ts'
import { parseOpusPacket } from '../../../protocol/codec/opus.ts'
import { parseStreamMuxConfig } from '../../../protocol/codec/stream-mux-config.ts'
import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import { Mp4aLatmDepacketizer } from '../../../protocol/depacketizer/mp4a-latm.ts'
import { MpaDepacketizer } from '../../../protocol/depacketizer/mpa.ts'
import { MpaRobustDepacketizer } from '../../../protocol/depacketizer/mpa-robust.ts'
import { Mpeg4GenericDepacketizer } from '../../../protocol/depacketizer/mpeg4-generic.ts'
import { OpusDepacketizer } from '../../../protocol/depacketizer/opus.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { OpusPacketizer } from '../../../protocol/packetizer/opus.ts'
import { layer2Frame, layer3Frame, lowLayer3Frame } from '../../protocol/codec/mpeg-audio-frames.ts'
import {
  lowComplexity,
  streamMuxConfig,
  writeSlotLength,
  writeStreamMuxConfig,
} from '../../protocol/codec/mux-builder.ts'
import { pack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { Watch } from './depacketizers.ts'
import { AAC_PACKETS, rtp } from './rtp-material.ts'

/** Payloads as packets that follow each other. */
const stream = (payloads: readonly (readonly number[])[], step: number): Uint8Array =>
  pack(
    payloads.map((payload, index) =>
      rtp(Uint8Array.from(payload), { marker: true, sequenceNumber: index, timestamp: index * step }),
    ),
  )

function checkSound({ duration, configuration }: AccessUnit): void {
  holds(duration !== undefined && duration > 0 && Number.isInteger(duration), `sound lasts ${duration}`)
  if (configuration) createInitializationSegment({ trackId: 1, timescale: 48_000, configuration })
}

/** Every field that RFC 3640 knows, and interleaving. */
export const mpeg4GenericFields: FuzzTarget = {
  name: 'depacketizer-mpeg4-generic-fields',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(AAC_PACKETS),
    stream(
      [fromHexBytes('0030 0010 0012 0012 2101 2102 2103'), fromHexBytes('0030 0010 0012 0012 2101 2102 2103')],
      1024,
    ),
    stream([fromHexBytes('211004909021'), fromHexBytes('211004')], 1024),
  ],
  dictionary: ['0010', '0020', '0030', '0012', 'ffff', 'fff14c8001c0fc'].map(fromHex),
  check(input, random) {
    const maybe = (value: number): number | undefined => (random.chance(0.3) ? value : undefined)
    const depacketizer = new Mpeg4GenericDepacketizer({
      config: createAudioSpecificConfig(48_000, 1),
      clockRate: random.pick([48_000, 90_000, 1]),
      mode: random.pick(['aac', 'generic']),
      sizeLength: maybe(random.below(33)),
      indexLength: maybe(random.below(33)),
      indexDeltaLength: maybe(random.below(33)),
      ctsDeltaLength: maybe(random.below(33)),
      dtsDeltaLength: maybe(random.below(33)),
      randomAccessIndication: random.chance(0.3),
      streamStateIndication: maybe(random.below(33)),
      auxiliaryDataSizeLength: maybe(random.below(33)),
      constantSize: maybe(random.below(40)),
      constantDuration: maybe(random.below(5000)),
      maxDisplacement: maybe(random.below(20_000)),
      deInterleaveBufferSize: maybe(random.below(20_000)),
    })
    let waits = 0
    new Watch(depacketizer, (unit) => {
      checkSound(unit)
      waits++
    }).feed(input)
    holds(waits === depacketizer.statistics.units, 'all that is counted is given, and nothing waits at the end')
  },
}

function fromHexBytes(digits: string): number[] {
  return [...fromHex(digits)]
}

function muxElement(withConfig: boolean, ...frames: number[][]): number[] {
  const writer = new BitWriter().flag(!withConfig)
  if (withConfig) writeStreamMuxConfig(writer, { subframes: frames.length })
  for (const frame of frames) {
    writeSlotLength(writer, frame.length)
    for (const byte of frame) writer.bits(8, byte)
  }
  return [...writer.toBytes()]
}

const FRAME = [0x21, 1, 2, 3, 4, 5]
const LONG_FRAME = new Array<number>(300).fill(0x33)

export const mp4aLatmDepacketizer: FuzzTarget = {
  name: 'depacketizer-mp4a-latm',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    stream([muxElement(true, FRAME), muxElement(false, FRAME), muxElement(true, FRAME, LONG_FRAME)], 1024),
    stream(
      [
        [6, ...FRAME],
        [255, 45, ...LONG_FRAME],
        [6, ...FRAME, 6, ...FRAME],
      ],
      1024,
    ),
  ],
  dictionary: ['20001190003fc0', '40002320003fc0', 'ff', 'ffff00', '2b7'].map((digits) =>
    fromHex(digits.padEnd(4, '0')),
  ),
  check(input, random) {
    const layered = [[{ config: lowComplexity() }, {}], [{ config: lowComplexity(6), frameLength: 3 }]]
    const config = random.pick([
      undefined,
      streamMuxConfig(),
      streamMuxConfig({ subframes: 3, otherDataBits: 9 }),
      streamMuxConfig({ programs: layered }),
      streamMuxConfig({ programs: layered, sameTimeFraming: false }),
    ])
    const options = { clockRate: random.pick([48_000, 90_000]), muxConfigPresent: random.chance(0.5) }
    new Watch(
      new Mp4aLatmDepacketizer({ ...options, config: config && parseStreamMuxConfig(config) }),
      checkSound,
    ).feed(input)
  },
}

export const streamMuxConfigs: FuzzTarget = {
  name: 'stream-mux-config',
  shapes: ['bytes'],
  maximumBytes: 512,
  seeds: [
    ...['40002320003fc0', '40002310adca00', '400026203fc0', '1210'].map(fromHex),
    streamMuxConfig({ version: 1, subframes: 4, otherDataBits: 300, crc: true }),
    streamMuxConfig({ sameTimeFraming: false, programs: [[{ config: lowComplexity() }, {}], [{ frameLength: 9 }]] }),
  ],
  dictionary: ['56e5', '4000', 'a000', 'ff'].map((digits) => fromHex(digits.padEnd(4, '0'))),
  check(input) {
    const config = accepted(() => parseStreamMuxConfig(input))
    if (!config) return
    holds(config.frameLengths.length >= 1 && config.frameLengths.length <= 128, 'streams')
    holds(config.subframes >= 1 && config.subframes <= 64, 'subframes')
    holds(config.otherDataBits >= 0 && config.otherDataBits < 2 ** 32, 'other data')
    createInitializationSegment({ trackId: 1, timescale: 48_000, configuration: config.configuration })
  },
}

const OPUS = ['f8010203', 'fc010203', '180708', 'fb0301020304', 'fb83010005060708', 'fa0109080807', 'f9010203'].map(
  fromHex,
)

export const opusDepacketizer: FuzzTarget = {
  name: 'depacketizer-opus',
  shapes: ['packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    stream(
      OPUS.map((bytes) => [...bytes]),
      960,
    ),
  ],
  dictionary: ['fb', 'fc', 'ff', 'fcff', '43', 'c3'].map(fromHex),
  check(input, random) {
    new Watch(new OpusDepacketizer({ stereo: random.chance(0.5) }), (unit) => {
      checkSound(unit)
      holds(unit.duration !== undefined && unit.duration >= 120 && unit.duration <= 5760, 'of 2.5 to 120 ms')
    }).feed(input)
  },
}

export const opusPacketizer: FuzzTarget = {
  name: 'packetizer-opus',
  shapes: ['bytes'],
  maximumBytes: 4096,
  seeds: OPUS,
  dictionary: ['fb', 'fc', 'ff', 'fcff'].map(fromHex),
  check(input) {
    const payloads = accepted(() => new OpusPacketizer().packetize(input))
    same(payloads !== undefined, parseOpusPacket(input) !== null, 'what is no packet is refused')
    if (payloads) same(payloads, [{ payload: input, marker: false }], 'as it is')
  },
}

const mpa = (offset: number, ...frames: readonly (readonly number[])[]): number[] => [
  ...[0, 0, offset >> 8, offset & 0xff],
  ...frames.flat(),
]

export const mpaDepacketizer: FuzzTarget = {
  name: 'depacketizer-mpa',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    stream(
      [
        mpa(0, layer3Frame(), layer3Frame(100)),
        mpa(0, layer3Frame(200, { crc: true }).slice(0, 90)),
        mpa(90, layer3Frame(200, { crc: true }).slice(90)),
        mpa(0, lowLayer3Frame(30)),
        mpa(0, layer2Frame()),
      ],
      2351,
    ),
  ],
  dictionary: ['00000000', '0000005a', 'fffb50', 'fffa50', 'fff380c0', 'fffda400'].map(fromHex),
  check(input) {
    new Watch(new MpaDepacketizer(), (unit) => {
      checkSound(unit)
      const header = readMpegAudioHeader(unit.data, 0, unit.data.length)
      same(header?.frameLength, unit.data.length, 'a unit is one frame')
    }).feed(input)
  },
}

const adu = (index: number, cycle: number, length: number): number[] => [
  ...[index, (cycle << 5) | 0x1b],
  ...layer3Frame(300).slice(2, 36),
  ...new Array<number>(length).fill(0x44),
]
const aduPacket = (...frames: readonly (readonly number[])[]): number[] =>
  frames.flatMap((bytes) => [0x40 | (bytes.length >> 8), bytes.length & 0xff, ...bytes])

export const mpaRobustDepacketizer: FuzzTarget = {
  name: 'depacketizer-mpa-robust',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    stream(
      [
        aduPacket(adu(0xff, 7, 40), adu(0xff, 7, 90)),
        aduPacket(adu(1, 0, 40), adu(3, 0, 40)),
        aduPacket(adu(0, 0, 40), adu(2, 0, 40)),
        aduPacket(adu(0, 1, 40)),
        [0x41, 0x2c, ...adu(0xff, 7, 264).slice(0, 100)],
        [0xc1, 0x2c, ...adu(0xff, 7, 264).slice(100)],
      ],
      2351,
    ),
  ],
  dictionary: ['fffb50', '00', '3f', '4040', 'c12c', '412c'].map(fromHex),
  check(input) {
    // An ADU of no main data still becomes a frame: 1441 bytes at the most (layer III of 32 kHz).
    new Watch(
      new MpaRobustDepacketizer(),
      (unit) => {
        checkSound(unit)
        const header = readMpegAudioHeader(unit.data, 0, unit.data.length)
        same(header?.frameLength, unit.data.length, 'a unit is one frame')
        holds(header !== null && mainDataBegin(header, unit.data, 0) === 0, 'that stands alone')
      },
      1441,
    ).feed(input)
  },
}

export const mpegAudioFrames: FuzzTarget = {
  name: 'mpeg-audio-frames',
  shapes: ['bytes'],
  maximumBytes: 2048,
  seeds: [layer3Frame(), layer3Frame(300, { crc: true }), lowLayer3Frame(9), layer2Frame()].map((frame) =>
    concat(frame),
  ),
  dictionary: ['fffb', 'fffa', 'fff3', 'ffe3', 'ffff'].map(fromHex),
  check(input) {
    const header = readMpegAudioHeader(input, 0, input.length)
    if (!header) return
    const { frameLength, samples, sampleRate, dataStart, layer } = header
    holds(frameLength > dataStart && frameLength <= LIMITS.accessUnitBytes, `a frame of ${frameLength} bytes`)
    holds([384, 576, 1152].includes(samples) && sampleRate >= 8000 && sampleRate <= 48_000, 'samples')
    createInitializationSegment({ trackId: 1, timescale: 90_000, configuration: mpegAudioConfiguration(header) })
    if (layer !== 3 || input.length < frameLength) return
    const frame = input.slice(0, frameLength)
    silence(header, frame, 0)
    same(mainDataBegin(header, frame, 0), 0, 'a silent frame needs no other')
    const alone = selfContainedFrame(header, input.subarray(0, frameLength))
    if (alone) same(readMpegAudioHeader(alone, 0, alone.length)?.frameLength, alone.length, 'it is as long as it says')
  },
}
