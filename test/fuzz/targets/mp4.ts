import { readClip } from '../../../bridge/simulated-camera/clip-reader.ts'
import { type Mp4Sample, readMp4 } from '../../../bridge/simulated-camera/mp4-reader.ts'
import { ascii, box, concatenate, type Field, fullBox, u8, u16, u32, zeros } from '../../../protocol/fmp4/box.ts'
import { accepted, type FuzzTarget, fromHex, holds } from '../target.ts'
import { PPS, SPS } from './rtp-material.ts'

const AVCC = [u8(1), SPS.subarray(1, 4), u8(0xff), u8(0xe1), u16(SPS.length), SPS, u8(1), u16(PPS.length), PPS]
const avc1 = box('avc1', zeros(24), u16(320), u16(240), zeros(50), box('avcC', ...AVCC))
const esds = fullBox('esds', 0, 0, fromHex('031600000004114000000000000000000000000005021188060102'))
const HVCC = [u8(1), zeros(20), u8(0xff), u8(1), u8(0x20), u16(1), u16(2), u16(0x4001)]
const hvc1 = box('hvc1', zeros(24), u16(320), u16(240), zeros(50), box('hvcC', ...HVCC))
const av01 = box('av01', zeros(24), u16(320), u16(240), zeros(50), box('av1C', fromHex('81000c00')))
const mjpeg = box(
  'mp4v',
  ...[zeros(24), u16(320), u16(240), zeros(50)],
  fullBox('esds', 0, 0, fromHex('031200000004 0d6c000000000000000000000000 060102')),
)
const opus = box('Opus', zeros(16), u16(1), u16(16), zeros(8), box('dOps', fromHex('0001013800bb80000000')))
const mp4a = box('mp4a', zeros(16), u16(1), u16(16), zeros(4), u32(48_000 << 16), esds)

interface Track {
  readonly entry: Field
  /** Where the samples lie. */
  readonly offset: number
  readonly tables?: readonly Field[]
  readonly edits?: Field
}

const numbers = (...values: number[]): Field => values.map(u32)

const STCO = (offset: number): Field => fullBox('stco', 0, 0, numbers(1, offset))
const trak = ({ entry, offset, edits = [], tables }: Track): Field =>
  box(
    'trak',
    edits,
    box(
      'mdia',
      fullBox('mdhd', 0, 0, numbers(0, 0, 1000, 0)),
      box(
        'minf',
        box(
          'stbl',
          fullBox('stsd', 0, 0, u32(1), entry),
          fullBox('stts', 0, 0, numbers(2, 3, 40, 1, 60)),
          fullBox('stsc', 0, 0, numbers(1, 1, 4, 1)),
          ...(tables ?? [fullBox('stsz', 0, 0, numbers(0, 4, 1, 2, 3, 4)), STCO(offset)]),
        ),
      ),
    ),
  )

const DATA = fromHex('01020203030304040404')
const SAMPLES_AT = 16 + 8
const file = (...traks: Field[]): Uint8Array =>
  concatenate([
    box('ftyp', zeros(8)),
    box('mdat', DATA),
    box('moov', fullBox('mvhd', 0, 0, numbers(0, 0, 600, 0)), ...traks),
  ])

function checkSample({ data, time, decodeTime }: Mp4Sample, input: Uint8Array): void {
  holds(data.buffer === input.buffer && data.length <= input.length, 'a sample is a view into the file')
  holds(Number.isFinite(time) && Number.isFinite(decodeTime), 'a sample has a time')
}

export const mp4Reader: FuzzTarget = {
  name: 'mp4-reader',
  shapes: ['bytes'],
  maximumBytes: 8192,
  seeds: [
    file(trak({ entry: avc1, offset: SAMPLES_AT })),
    ...[hvc1, av01, mjpeg].map((entry) =>
      file(trak({ entry, offset: SAMPLES_AT }), trak({ entry: opus, offset: SAMPLES_AT })),
    ),
    file(
      trak({ entry: mp4a, offset: SAMPLES_AT }),
      trak({
        entry: avc1,
        offset: SAMPLES_AT,
        edits: box('edts', fullBox('elst', 0, 0, numbers(2, 300, 0xffff_ffff, 0x10000, 600, 40, 0x10000))),
        tables: [
          fullBox('stz2', 0, 0, numbers(4, 4), fromHex('1234')),
          fullBox('co64', 0, 0, numbers(1, 0, SAMPLES_AT)),
          fullBox('ctts', 0, 0, numbers(3, 1, 80, 1, -40, 2, 0)),
          fullBox('stss', 0, 0, numbers(2, 1, 3)),
        ],
      }),
    ),
    file(
      trak({
        entry: avc1,
        offset: SAMPLES_AT,
        edits: box('edts', fullBox('elst', 1, 0, numbers(1, 0, 600, 0, 40, 0x10000))),
        tables: [fullBox('stsz', 0, 0, numbers(2, 4)), STCO(SAMPLES_AT)],
      }),
    ),
  ],
  dictionary: [
    'hvc1',
    'hvcC',
    'av01',
    'av1C',
    'Opus',
    'dOps',
    'mp4v',
    'jpeg',
    'esds',
    'moov',
    'trak',
    'stsz',
    'stz2',
    'stco',
    'co64',
    'stts',
    'ctts',
    'stss',
    'stsc',
    'elst',
    'mvex',
    'avcC',
  ]
    .map((type): Uint8Array => concatenate(ascii(type)))
    .concat(['00000000', '00000001', 'ffffffff', '7fffffff', '00100000', '0041eb00'].map(fromHex)),
  check(input) {
    const before = process.memoryUsage().heapUsed
    const mp4 = accepted(() => readMp4(input))
    const grown = process.memoryUsage().heapUsed - before
    holds(grown < 16 * 1024 * 1024, `${grown} bytes of memory for a file of ${input.length}`)
    // What the camera makes of it.
    accepted(() => readClip(input))
    if (!mp4) return
    for (const track of [mp4.video, mp4.audio]) {
      if (!track) continue
      holds(track.timescale > 0 && Number.isFinite(track.duration), 'a track has a duration')
      // A sample may be empty, and several may share their bytes; but each stands in a table of the file or has a byte.
      holds(track.samples.length <= input.length, `${track.samples.length} samples in ${input.length} bytes`)
      for (const sample of track.samples) checkSample(sample, input)
    }
  },
}
