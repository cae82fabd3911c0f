import { describe, expect, it } from 'vitest'
import { mcuCount } from '../../../protocol/codec/jpeg.ts'
import { readJpegHeader } from '../../../protocol/codec/jpeg-header.ts'
import { scaledQuantizationTables } from '../../../protocol/codec/jpeg-tables.ts'
import { JpegDepacketizer } from '../../../protocol/depacketizer/jpeg.ts'
import { LARGE_SIZES } from '../../../protocol/depacketizer/jpeg-size.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { JpegPacketizer } from '../../../protocol/packetizer/jpeg.ts'
import { RtpPacket, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { Ticks } from '../../../protocol/units.ts'
import { type JpegOptions, jpegFile, jpegHeader, jpegScan } from '../codec/jpeg-builder.ts'
import { type KeptUnit, pullAll, push } from './packets.ts'

/** What stands before the scan of a packet. */
interface Fields {
  readonly typeSpecific?: number
  readonly offset?: number
  readonly type?: number
  readonly q?: number
  readonly width?: number
  readonly height?: number
  readonly restartInterval?: number
  /** Precision and the tables' bytes. */
  readonly tables?: readonly [number, ArrayLike<number>]
}

const payload = (fields: Fields, scan: ArrayLike<number>): number[] => {
  const { typeSpecific = 0, offset = 0, type = 1, q = 50, width = 64, height = 48, restartInterval, tables } = fields
  const restart = restartInterval === undefined ? [] : [restartInterval >> 8, restartInterval & 0xff, 0xff, 0xff]
  const [precision = 0, values = []] = tables ?? []
  const sent = tables ? [0, precision, values.length >> 8, values.length & 0xff, ...Array.from(values)] : []
  const main = [typeSpecific, offset >> 16, (offset >> 8) & 0xff, offset & 0xff, type, q, width / 8, height / 8]
  return [...main, ...restart, ...sent, ...Array.from(scan)]
}

const SIZE = { width: 64, height: 48 }
const scanOf = (options: Partial<JpegOptions> = {}) => jpegScan({ ...SIZE, ...options })
const fileOf = (options: Partial<JpegOptions> = {}) => [...jpegFile({ ...SIZE, ...options })]
const depacketizer = (width = 0, height = 0) => new JpegDepacketizer({ size: width > 0 ? { width, height } : null })
const headerOf = (unit: KeptUnit | undefined) => readJpegHeader(Uint8Array.from(unit?.data ?? [])).header
const sizeOf = (unit: KeptUnit | undefined) => {
  const { width, height } = headerOf(unit).frame
  return [width, height]
}

/** One packet with ONVIF's header extension, and what comes out. */
function pushExtended(
  target: JpegDepacketizer,
  profile: number,
  extension: readonly number[],
  content: readonly number[],
  { marker = true, timestamp = 0, replay = false } = {},
): KeptUnit[] {
  const padded = [...extension, ...new Array<number>((4 - (extension.length % 4)) % 4).fill(0xff)]
  const own = [profile >> 8, profile & 0xff, 0, padded.length / 4, ...padded]
  const before = replay ? [0xab, 0xac, 0, 3 + own.length / 4, ...new Array<number>(12).fill(0)] : []
  const bytes = Uint8Array.from([...new Array<number>(12).fill(0), ...before, ...own, ...content])
  writeRtpHeader(bytes, 0, { marker, payloadType: 26, sequenceNumber: 0, timestamp, ssrc: 1 })
  bytes[0] = 0x90
  const packet = new RtpPacket()
  expect(packet.read(bytes)).toBe(true)
  target.push(packet, Ticks(timestamp), 0)
  return pullAll(target)
}

const segment = (marker: number, content: readonly number[]) => [
  ...[0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff],
  ...content,
]
const u16 = (value: number) => [value >> 8, value & 0xff]

describe('a picture', () => {
  it('becomes the JPEG file that it was made of, with the header of RFC 2435 Appendix B', () => {
    const [unit] = push(depacketizer(), payload({}, scanOf()), { marker: true, timestamp: 9000 })
    expect(unit?.data).toEqual(fileOf())
    expect(unit).toMatchObject({ timestamp: 9000, randomAccess: true, discontinuity: false })
    expect(unit?.configuration).toEqual({
      ...{ kind: 'video', codec: 'jpeg', width: 64, height: 48, pixelAspectRatio: 1, reorderDepth: 0 },
      description: new Uint8Array(0),
    })
  })

  it('is put together from its fragments', () => {
    const target = depacketizer()
    const scan = scanOf()
    const [a, b] = [scan.length >> 2, scan.length >> 1]
    expect(push(target, payload({}, scan.subarray(0, a)))).toEqual([])
    expect(push(target, payload({ offset: a }, scan.subarray(a, b)))).toEqual([])
    expect(push(target, payload({ offset: b }, scan.subarray(b)), { marker: true })[0]?.data).toEqual(fileOf())
    expect(target.statistics).toEqual({ units: 1, dropped: 0, malformed: 0 })
  })

  it('of type 0 is 4:2:2', () => {
    const [unit] = push(depacketizer(), payload({ type: 0 }, scanOf({ sampling: '4:2:2' })), { marker: true })
    expect(unit?.data).toEqual(fileOf({ sampling: '4:2:2' }))
  })

  it.each([
    [64, '4:2:2', 3],
    [65, '4:2:0', 2],
  ] as const)('of type %i is %s with restart markers', (type, sampling, restartInterval) => {
    const scan = scanOf({ sampling, restartInterval })
    const [unit] = push(depacketizer(), payload({ type, restartInterval }, scan), { marker: true })
    expect(unit?.data).toEqual(fileOf({ sampling, restartInterval }))
  })

  it('gets the EOI that is missing, and keeps the one that is there', () => {
    const target = depacketizer()
    const without = push(target, payload({}, scanOf()), { marker: true })
    const withEnd = push(target, payload({}, [...scanOf(), 0xff, 0xd9]), { marker: true, timestamp: 1 })
    expect(without[0]?.data).toEqual(fileOf())
    expect(withEnd[0]?.data).toEqual(fileOf())
  })

  it('tells its configuration once, and again when the size changes', () => {
    const target = depacketizer()
    const first = push(target, payload({}, scanOf()), { marker: true, timestamp: 0 })
    const second = push(target, payload({}, scanOf({ seed: 1 })), { marker: true, timestamp: 1 })
    const wide = payload({ width: 96 }, scanOf({ width: 96 }))
    const third = push(target, wide, { marker: true, timestamp: 2 })
    expect(first[0]?.configuration).toBeDefined()
    expect(second[0]?.configuration).toBeUndefined()
    expect(third[0]?.configuration).toMatchObject({ width: 96, height: 48 })
  })

  it.each([
    [0, 1, undefined],
    [1, 0.5, true],
    [2, 0.5, true],
    [3, 0.5, undefined],
    [7, 1, undefined],
  ])('with type-specific %i has pixels of %d and interlaced %s', (typeSpecific, pixelAspectRatio, interlaced) => {
    const [unit] = push(depacketizer(), payload({ typeSpecific }, scanOf()), { marker: true })
    expect(unit?.configuration).toMatchObject(interlaced ? { pixelAspectRatio, interlaced } : { pixelAspectRatio })
    if (!interlaced) expect(unit?.configuration).not.toHaveProperty('interlaced')
  })
})

describe('quantization tables', () => {
  const quantization = (unit: KeptUnit | undefined) => headerOf(unit).quantization.map((table) => [...(table ?? [])])
  const TABLES = scaledQuantizationTables(33).map((table) => [...table])
  const OTHERS = scaledQuantizationTables(77).map((table) => [...table])

  it('of Q 1 to 99 are scaled by the formula of RFC 2435 Appendix A', () => {
    // Values that the reference code of the appendix gives: the first, the eleventh and the last of each table.
    const picked = (q: number) => scaledQuantizationTables(q).map((table) => [table[0], table[10], table[63]])
    expect(picked(1)).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ])
    expect(picked(25)).toEqual([
      [32, 36, 198],
      [34, 198, 198],
    ])
    expect(picked(49)).toEqual([
      [16, 18, 101],
      [17, 101, 101],
    ])
    expect(picked(50)).toEqual([
      [16, 18, 99],
      [17, 99, 99],
    ])
    expect(picked(51)).toEqual([
      [16, 18, 97],
      [17, 97, 97],
    ])
    expect(picked(99)).toEqual([
      [1, 1, 2],
      [1, 2, 2],
    ])
    expect(scaledQuantizationTables(120)).toEqual(scaledQuantizationTables(99))
  })

  it.each([1, 42, 99])('of Q %i are in the file', (q) => {
    const [unit] = push(depacketizer(), payload({ q }, scanOf()), { marker: true })
    expect(quantization(unit)).toEqual(scaledQuantizationTables(q).map((table) => [...table]))
  })

  it('in band are used, and remembered for their Q', () => {
    const target = depacketizer()
    const none = [0, []] as const
    const send = (q: number, tables: Fields['tables'], timestamp: number) =>
      push(target, payload({ q, ...(tables ? { tables } : {}) }, scanOf()), { marker: true, timestamp })[0]
    expect(quantization(send(128, [0, TABLES.flat()], 0))).toEqual(TABLES)
    expect(quantization(send(254, [0, OTHERS.flat()], 1))).toEqual(OTHERS)
    expect(quantization(send(128, none, 2))).toEqual(TABLES)
    expect(quantization(send(254, none, 3))).toEqual(OTHERS)
    expect(quantization(send(128, [0, OTHERS.flat()], 4))).toEqual(OTHERS)
    expect(quantization(send(128, none, 5))).toEqual(OTHERS)
  })

  it('of Q 255 are never remembered', () => {
    const target = depacketizer()
    const first = push(target, payload({ q: 255, tables: [0, TABLES.flat()] }, scanOf()), { marker: true })
    const second = push(target, payload({ q: 255, tables: [0, []] }, scanOf()), { marker: true, timestamp: 1 })
    expect([first.length, second.length]).toEqual([1, 0])
    expect(target.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
  })

  it('of 16 bits make it an extended sequential picture', () => {
    const wide = (table: readonly number[]) => table.flatMap((value) => [1, value])
    const [y = [], c = []] = TABLES
    const [both] = push(depacketizer(), payload({ q: 255, tables: [3, [...wide(y), ...wide(c)]] }, scanOf()), {
      marker: true,
    })
    expect(quantization(both)).toEqual([wide(y), wide(c)])
    expect(both?.data.indexOf(0xc1)).toBeGreaterThan(0)
    const mixed = payload({ q: 255, tables: [2, [...y, ...wide(c)]] }, scanOf())
    expect(quantization(push(depacketizer(), mixed, { marker: true })[0])).toEqual([y, wide(c)])
  })

  it('of which there is one are for all components', () => {
    const [unit] = push(depacketizer(), payload({ q: 200, tables: [0, TABLES[0] ?? []] }, scanOf()), { marker: true })
    expect(quantization(unit)).toEqual([TABLES[0], TABLES[0]])
  })

  it.each([
    ['cut off', { q: 255, tables: [0, [1, 2, 3]] }],
    ['shorter than their precision says', { q: 255, tables: [3, new Array<number>(128).fill(1)] }],
    ['of a Q that nobody sent', { q: 129, tables: [0, []] }],
    ['of Q 0', { q: 0 }],
  ] as const)('that are %s make the picture malformed', (_, fields) => {
    const target = depacketizer()
    push(target, [], { marker: true, timestamp: -1 })
    const tooShort = fields.q === 255 && fields.tables[0] === 3 ? { ...fields, tables: [3, [1, 2]] as const } : fields
    expect(push(target, payload(tooShort, scanOf()), { marker: true })).toEqual([])
    expect(target.statistics).toMatchObject({ dropped: 1, malformed: 1 })
  })
})

describe('a loss', () => {
  const scan = scanOf()
  const half = scan.length >> 1
  const head = payload({}, scan.subarray(0, half))
  const tail = payload({ offset: half }, scan.subarray(half))

  it('of the end costs that picture, and the next has a discontinuity', () => {
    const target = depacketizer()
    push(target, head, { timestamp: 0 })
    const [unit] = push(target, payload({}, scan), { marker: true, timestamp: 1, lost: 1 })
    expect(unit).toMatchObject({ timestamp: 1, discontinuity: true })
    expect(target.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
  })

  it('of the beginning costs that picture, and is not called malformed', () => {
    const target = depacketizer()
    push(target, payload({}, scan), { marker: true, timestamp: 0 })
    expect(push(target, tail, { marker: true, timestamp: 1, lost: 1 })).toEqual([])
    expect(push(target, payload({}, scan), { marker: true, timestamp: 2 })[0]).toMatchObject({ discontinuity: true })
    expect(target.statistics).toEqual({ units: 2, dropped: 1, malformed: 0 })
  })

  it('in the middle costs that picture', () => {
    const target = depacketizer()
    push(target, payload({}, scan.subarray(0, 5)))
    expect(push(target, tail, { marker: true, lost: 2 })).toEqual([])
    expect(target.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
  })

  it('between pictures costs none', () => {
    const target = depacketizer()
    push(target, payload({}, scan), { marker: true, timestamp: 0 })
    const [unit] = push(target, payload({}, scan), { marker: true, timestamp: 9, lost: 3 })
    expect(unit).toMatchObject({ discontinuity: true })
    expect(target.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
  })

  it('that no sequence number shows is seen by the fragment offset', () => {
    const target = depacketizer()
    push(target, payload({}, scan.subarray(0, 5)))
    expect(push(target, tail, { marker: true })).toEqual([])
    expect(target.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
  })
})

describe('the end of a picture', () => {
  const scan = scanOf()

  it('is the next timestamp, where a camera sets no marker', () => {
    const target = depacketizer()
    expect(push(target, payload({}, scan), { timestamp: 0 })).toEqual([])
    expect(push(target, payload({}, scan), { timestamp: 1 })[0]?.data).toEqual(fileOf())
    target.flush()
    expect(pullAll(target)).toHaveLength(1)
  })

  it('is the next first fragment, where two have the same timestamp', () => {
    const target = depacketizer()
    push(target, payload({ typeSpecific: 1 }, scan), { timestamp: 5 })
    const units = push(target, payload({ typeSpecific: 2 }, scan), { timestamp: 5, marker: true })
    expect(units.map((unit) => unit.timestamp)).toEqual([5, 5])
  })

  it('is not the marker, where a camera sets it on each packet', () => {
    const target = depacketizer()
    const half = scan.length >> 1
    const send = (timestamp: number) => [
      ...push(target, payload({}, scan.subarray(0, half)), { marker: true, timestamp }),
      ...push(target, payload({ offset: half }, scan.subarray(half)), { marker: true, timestamp }),
    ]
    // The first is taken for whole; then it shows.
    send(0)
    send(1)
    const units = [...send(2), ...send(3)]
    expect(units.map((unit) => unit.timestamp)).toEqual([1, 2])
    for (const unit of units) expect(unit.data).toEqual(fileOf())
  })

  it('is not known when the stream ends within it', () => {
    const target = depacketizer()
    push(target, payload({}, scan), { marker: true, timestamp: 0 })
    push(target, payload({}, scan.subarray(0, 5)), { timestamp: 1 })
    target.flush()
    expect(pullAll(target)).toEqual([])
    expect(target.statistics.dropped).toBe(1)
  })
})

describe('the size', () => {
  const LARGE = { width: 2560, height: 1440 }
  const large = jpegScan(LARGE)
  const send = (target: JpegDepacketizer, fields: Fields, scan = large, timestamp = 0) => {
    const units: KeptUnit[] = []
    for (let offset = 0; offset < scan.length; offset += 60_000) {
      const part = scan.subarray(offset, offset + 60_000)
      const marker = offset + 60_000 >= scan.length
      units.push(...push(target, payload({ ...fields, offset }, part), { marker, timestamp }))
    }
    return units[0]
  }

  it('beyond 2040 is what the SDP says', () => {
    const unit = send(depacketizer(2560, 1440), { width: 0, height: 0 })
    expect(sizeOf(unit)).toEqual([2560, 1440])
    expect(unit?.configuration).toMatchObject(LARGE)
  })

  it('is exact where the SDP has pixels and the payload header units of eight', () => {
    const scan = jpegScan({ width: 64, height: 44 })
    expect(sizeOf(push(depacketizer(62, 44), payload({}, scan), { marker: true })[0])).toEqual([62, 44])
  })

  it('is that of the payload header where the SDP is old', () => {
    expect(sizeOf(push(depacketizer(640, 480), payload({}, scanOf()), { marker: true })[0])).toEqual([64, 48])
  })

  it('is a common one with as many MCUs as there are, where nothing says it', () => {
    expect(sizeOf(send(depacketizer(), { width: 0, height: 0 }))).toEqual([2560, 1440])
  })

  it('has other numbers of MCUs for each of the common ones', () => {
    for (const sampling of ['4:2:0', '4:2:2'] as const) {
      const counts = LARGE_SIZES.map(([width, height]) => mcuCount(jpegHeader({ width, height, sampling }).frame))
      expect(new Set(counts).size).toBe(LARGE_SIZES.length)
    }
  })

  it('is what the SDP says only where that has as many MCUs as there are', () => {
    expect(sizeOf(send(depacketizer(3840, 2160), { width: 0, height: 0 }))).toEqual([2560, 1440])
  })

  it('follows from the number of MCUs where one side is stated', () => {
    expect(sizeOf(send(depacketizer(), { width: 0, height: 1440 }))).toEqual([2560, 1440])
    const [wide, scan] = [{ width: 1920, height: 2400 }, jpegScan({ width: 1920, height: 2400 })]
    expect(sizeOf(send(depacketizer(), { ...wide, height: 0 }, scan))).toEqual([1920, 2400])
  })

  it('is mended where it wrapped in its eight bits', () => {
    expect(sizeOf(send(depacketizer(), { width: 2560 % 2048, height: 1440 }))).toEqual([2560, 1440])
  })

  it('that nothing tells makes the picture malformed, until something does', () => {
    const target = depacketizer()
    const odd = jpegScan({ width: 2080, height: 48 })
    expect(send(target, { width: 0, height: 0 }, odd)).toBeUndefined()
    expect(target.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
    expect(sizeOf(send(target, { width: 0, height: 0 }, large, 1))).toEqual([2560, 1440])
  })

  it('stated is believed where the data cannot be counted', () => {
    const [unit] = push(depacketizer(), payload({}, scanOf().subarray(0, 9)), { marker: true })
    expect(sizeOf(unit)).toEqual([64, 48])
    const broken = push(depacketizer(2560, 1440), payload({ width: 0, height: 0 }, large.subarray(0, 999)), {
      marker: true,
    })
    expect(sizeOf(broken[0])).toEqual([2560, 1440])
  })
})

describe("ONVIF's header extension", () => {
  const SOF = (width: number, height: number) =>
    segment(0xc0, [8, ...u16(height), ...u16(width), 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
  const LARGE = jpegScan({ width: 2600, height: 16 })
  const NO_SIZE = { width: 0, height: 0 }

  it('brings the size', () => {
    const target = depacketizer()
    const [unit] = pushExtended(target, 0xffd8, SOF(2600, 16), payload(NO_SIZE, LARGE))
    expect(unit?.data).toEqual([...jpegFile({ width: 2600, height: 16 })])
    expect(unit?.configuration).toMatchObject({ width: 2600, height: 16 })
  })

  it('stands behind that of a replay', () => {
    const [unit] = pushExtended(depacketizer(), 0xffd8, SOF(2600, 16), payload(NO_SIZE, LARGE), { replay: true })
    expect(sizeOf(unit)).toEqual([2600, 16])
  })

  it('may leave out what the picture before had', () => {
    const target = depacketizer()
    const table = [...new Array<number>(64).keys()].map((value) => value + 1)
    const first = [...segment(0xdb, [0, ...table]), ...SOF(2600, 16)]
    pushExtended(target, 0xffd8, first, payload({ ...NO_SIZE, q: 60 }, LARGE))
    const [unit] = pushExtended(target, 0xffd8, [], payload({ ...NO_SIZE, q: 0 }, LARGE), { timestamp: 1 })
    expect(sizeOf(unit)).toEqual([2600, 16])
    expect([...(headerOf(unit).quantization[0] ?? [])]).toEqual(table)
    expect(headerOf(unit).quantization[1]).toEqual(scaledQuantizationTables(60)[1])
  })

  it('wins over the payload header: restart interval, components and Huffman tables', () => {
    const grey = segment(0xc0, [8, ...u16(40), ...u16(72), 1, 1, 0x11, 0])
    const huffman = segment(0xc4, [0, ...[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], ...new Array(12).keys()])
    const extension = [...segment(0xdd, u16(4)), ...grey, ...huffman, 0xff, ...segment(0xda, [1, 1, 0, 0, 63, 0])]
    const scan = jpegScan({ width: 72, height: 40, sampling: 'grey', restartInterval: 4 })
    const content = payload({ type: 65, restartInterval: 9, width: 72, height: 40 }, scan)
    const [unit] = pushExtended(depacketizer(), 0xffd8, extension, content)
    const header = headerOf(unit)
    expect(unit?.data.slice(-2 - scan.length)).toEqual([...scan, 0xff, 0xd9])
    expect(header).toMatchObject({ restartInterval: 4, scan: [{ id: 1, dc: 0, ac: 0 }] })
    expect(header.frame.components).toHaveLength(1)
  })

  it('may bring the beginning of the scan', () => {
    const sos = segment(0xda, [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0])
    const fill = new Array<number>(3 - ((sos.length + 8 - 1) % 4)).fill(0xff)
    const extension = [...fill, ...sos, ...LARGE.subarray(0, 8)]
    expect(extension.length % 4).toBe(0)
    const [unit] = pushExtended(depacketizer(2600, 16), 0xffd8, extension, payload(NO_SIZE, LARGE.subarray(8)))
    expect(unit?.data).toEqual([...jpegFile({ width: 2600, height: 16 })])
  })

  it('may be spread over packets, and come before the picture', () => {
    const target = depacketizer()
    const all = SOF(2600, 16)
    const options = { marker: false }
    expect(pushExtended(target, 0xffd8, all.slice(0, 8), payload(NO_SIZE, []), options)).toEqual([])
    expect(pushExtended(target, 0xffff, all.slice(8, 16), [], options)).toEqual([])
    const [unit] = pushExtended(target, 0xffff, all.slice(16), payload(NO_SIZE, LARGE))
    expect(sizeOf(unit)).toEqual([2600, 16])
    expect(target.statistics.malformed).toBe(0)
  })

  it.each([
    ['no marker', [1, 2, 3, 4]],
    ['a segment that is cut off', [0xff, 0xc0, 0, 17, 8]],
    ['a progressive frame', segment(0xc2, [8, 0, 16, 0, 16, 1, 1, 0x11, 0])],
    ['samples of 12 bits', segment(0xc0, [12, 0, 16, 0, 16, 1, 1, 0x11, 0])],
    ['a quantization table that does not exist', segment(0xc0, [8, 0, 16, 0, 16, 1, 1, 0x11, 3])],
    ['a Huffman table of 4080 codes', segment(0xc4, [0, ...new Array<number>(16).fill(255)])],
  ])('with %s makes the picture malformed, and the next is good', (_, extension) => {
    const target = depacketizer()
    expect(pushExtended(target, 0xffd8, extension, payload({}, scanOf()))).toEqual([])
    expect(target.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
    expect(push(target, payload({}, scanOf()), { marker: true, timestamp: 1 })[0]?.data).toEqual(fileOf())
  })

  it('of another kind says nothing', () => {
    const [unit] = pushExtended(depacketizer(), 0xbede, [1, 2, 3, 4], payload({}, scanOf()))
    expect(unit?.data).toEqual(fileOf())
  })
})

describe('a whole JPEG file', () => {
  const file = jpegFile({ width: 72, height: 44 })

  it('behind payload headers is given as it is', () => {
    const target = depacketizer()
    push(target, payload({ width: 8, height: 8 }, file.subarray(0, 300)))
    const [unit] = push(target, payload({ offset: 300, width: 8, height: 8 }, file.subarray(300)), { marker: true })
    expect(unit?.data).toEqual([...file])
    expect(unit?.configuration).toMatchObject({ width: 72, height: 44 })
  })

  it('without payload headers is given as it is', () => {
    const target = depacketizer()
    push(target, file.subarray(0, 300), { timestamp: 3 })
    const [unit] = push(target, file.subarray(300), { timestamp: 3, marker: true })
    expect(unit?.data).toEqual([...file])
    expect(target.statistics).toEqual({ units: 1, dropped: 0, malformed: 0 })
  })

  it('without payload headers that lost a part is dropped', () => {
    const target = depacketizer()
    push(target, file.subarray(0, 300), { timestamp: 3 })
    expect(push(target, file.subarray(400), { timestamp: 3, marker: true, lost: 1 })).toEqual([])
    const [unit] = push(target, file, { timestamp: 4, marker: true })
    expect(unit).toMatchObject({ discontinuity: true })
    expect(target.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
  })

  it('may be progressive, and may lack its EOI', () => {
    const progressive = [0xff, 0xd8, ...segment(0xc2, [8, 0, 44, 0, 72, 1, 1, 0x11, 0]), 0xff, 0xda, 0, 2, 1, 2]
    const [unit] = push(depacketizer(), progressive, { marker: true })
    expect(unit?.data).toEqual([...progressive, 0xff, 0xd9])
    expect(unit?.configuration).toMatchObject({ width: 72, height: 44 })
  })

  it('without a frame header is malformed', () => {
    const target = depacketizer()
    for (const [index, bytes] of [[], [0xff], [0xfe, 0, 1], [0xfe, 0, 2], [0xda, 0, 2]].entries()) {
      expect(push(target, [0xff, 0xd8, 0xff, ...bytes], { marker: true, timestamp: index })).toEqual([])
    }
    expect(target.statistics).toEqual({ units: 0, dropped: 5, malformed: 5 })
  })
})

describe('what is no picture', () => {
  it.each([
    ['an empty payload', []],
    ['half a header', [0, 0, 0, 0, 1, 50]],
    ['a type that nobody defined', payload({ type: 2 }, scanOf())],
    ['a restart marker header cut off', payload({ type: 65 }, [1, 2])],
    ['a header of tables cut off', payload({ q: 200 }, [0, 0])],
    ['tables that are longer than the packet', payload({ q: 200, tables: [0, []] }, []).with(-1, 200)],
    ['a fragment without its beginning', payload({ offset: 9 }, scanOf())],
  ])('%s is counted as malformed, and the next picture is good', (_, bytes) => {
    const target = depacketizer()
    push(target, payload({}, scanOf()), { marker: true, timestamp: -1 })
    expect(push(target, bytes, { marker: true, timestamp: 0 })).toEqual([])
    expect(target.statistics.malformed).toBe(1)
    expect(push(target, payload({}, scanOf()), { marker: true, timestamp: 1 })[0]?.data).toEqual(fileOf())
  })

  it('a picture beyond the bound is dropped', () => {
    const target = depacketizer()
    const size = 1024 * 1024
    for (let offset = 0; offset < LIMITS.accessUnitBytes - 1; offset += size) {
      const bytes = new Uint8Array(8 + size)
      bytes.set(payload({ offset }, []))
      push(target, bytes)
    }
    target.flush()
    expect(pullAll(target)).toEqual([])
    expect(target.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
  })

  it('what was not pulled is dropped, and told', () => {
    const target = depacketizer()
    const [first, second] = new JpegPacketizer().packetize(jpegFile(SIZE))
    expect(second).toBeUndefined()
    const bytes = new Uint8Array(12 + (first?.payload.length ?? 0))
    bytes.set(first?.payload ?? [], 12)
    for (let timestamp = 0; timestamp < 3; timestamp++) {
      writeRtpHeader(bytes, 0, { marker: true, payloadType: 26, sequenceNumber: timestamp, timestamp, ssrc: 1 })
      const packet = new RtpPacket()
      packet.read(bytes)
      target.push(packet, Ticks(timestamp), 0)
    }
    const units = pullAll(target)
    expect(units).toHaveLength(1)
    expect(units[0]).toMatchObject({ timestamp: 2, discontinuity: true })
    expect(units[0]?.configuration).toBeDefined()
    expect(target.statistics.dropped).toBe(2)
  })
})
