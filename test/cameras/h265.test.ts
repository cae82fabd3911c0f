import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildPps, buildSlice, buildSps, buildVps } from '../protocol/codec/h265-builder.ts'
import { type CameraStream, described, type Meeting, meet, settled } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

type Nal = ArrayLike<number>

const [VPS, SPS, PPS] = [buildVps(), buildSps(), buildPps()]
const AUD = [0x46, 0x01, 0x50]
const SEI = [0x4e, 0x01, 0x05, 0x02, 0x11, 0x22, 0x80]
const RECOVERY_POINT = [0x4e, 0x01, 0x06, 0x01, 0xd0, 0x80]
const FILLER = [0x4c, 0x01, 0xff, 0x80]
const END_OF_SEQUENCE = [0x48, 0x01]
const [TRAIL_R, RASL_N, IDR_N_LP, CRA] = [1, 8, 20, 21] as const
const IDR = buildSlice(IDR_N_LP)
const IDR_2 = buildSlice(IDR_N_LP, { first: false })
const SLICE = buildSlice(TRAIL_R)
const SLICE_2 = buildSlice(TRAIL_R, { first: false })
const START_CODE = [0, 0, 0, 1]

const base64 = (...nals: Nal[]) => Buffer.from(nals.flatMap((nal) => Array.from(nal))).toString('base64')
const bytes = (...nals: Nal[]) => nals.map((nal) => Array.from(nal))
const joined = (...parts: Nal[]) => parts.flatMap((part) => Array.from(part))
const u16 = (value: number) => [value >> 8, value & 0xff]
const ap = (...nals: Nal[]) => [0x60, 0x01, ...nals.flatMap((nal) => [...u16(nal.length), ...Array.from(nal)])]
/** FU of a NAL unit, `size` bytes each. */
function fu(nal: Nal, size = 2): number[][] {
  const [header0 = 0, header1 = 0, ...rest] = Array.from(nal)
  const fragments: number[][] = []
  for (let at = 0; at < rest.length; at += size) {
    const flags = (at === 0 ? 0x80 : 0) | (at + size >= rest.length ? 0x40 : 0)
    fragments.push([(header0 & 0x81) | (49 << 1), header1, flags | (header0 >> 1), ...rest.slice(at, at + size)])
  }
  return fragments
}

const sdp = (parameters: string) => `
v=0
o=- 1719400000 1 IN IP4 192.168.7.20
s=Yard
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 H265/90000
${parameters === '' ? 'a=x-none' : `a=fmtp:96 ${parameters}`}
a=control:trackID=0
`

async function watch(play: (stream: CameraStream) => void, parameters = ''): Promise<Meeting> {
  const camera = await meet({ DESCRIBE: described(sdp(parameters)) }, { audio: false }).opens()
  play(camera.stream(0))
  await settled()
  await camera.ends()
  return camera
}
const droppedBy = (camera: Meeting) => camera.pipeline.statistics().tracks[0]?.dropped

describe('packets', () => {
  it.each<[what: string, payloads: Nal[]]>([
    ['VPS, SPS, PPS and IDR alone', [VPS, SPS, PPS, IDR]],
    ['all of a picture in one aggregation packet', [ap(VPS, SPS, PPS, IDR)]],
    ['parameter sets in an aggregation packet and the IDR behind', [ap(VPS, SPS, PPS), IDR]],
    ['one aggregation packet for each NAL unit', [ap(VPS), ap(SPS), ap(PPS), ap(IDR)]],
    ['the IDR as FU', [VPS, SPS, PPS, ...fu(IDR)]],
    ['everything as FU', [...fu(VPS, 3), ...fu(SPS, 9), ...fu(PPS), ...fu(IDR)]],
    ['FU with start and end both set', [ap(VPS, SPS, PPS), ...fu(IDR, 100)]],
    ['FU with start and end both set, for each NAL unit', [VPS, SPS, PPS, IDR].flatMap((nal) => fu(nal, 100))],
    ['AUD, SEI and filler in front', [AUD, VPS, SPS, PPS, SEI, FILLER, IDR]],
    ['filler behind', [VPS, SPS, PPS, IDR, FILLER]],
    ['a start code in front of each NAL unit', [VPS, SPS, PPS, IDR].map((nal) => joined(START_CODE, nal))],
    ['a byte stream in one packet', [joined(START_CODE, VPS, START_CODE, SPS, [0, 0, 1], PPS, START_CODE, IDR)]],
    ['a byte stream as FU', fu(joined(VPS, START_CODE, SPS, START_CODE, PPS, START_CODE, IDR), 7)],
    ['PPS before SPS before VPS', [PPS, SPS, VPS, IDR]],
    ['parameter sets twice', [VPS, SPS, PPS, VPS, SPS, PPS, IDR]],
    ['reserved types of slices, in between', [[10 << 1, 1, 0x80, 1], VPS, SPS, PPS, IDR, [24 << 1, 1, 0x80]]],
    ['types that have no meaning, in between', [[51 << 1, 1, 2], VPS, SPS, [63 << 1, 1], PPS, IDR]],
  ])('a camera that sends %s', async (_, payloads) => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) {
        stream.send(second * 90_000, payloads)
        stream.send(second * 90_000 + 45_000, [SLICE])
      }
    })
    const nals = camera.pictures.map((picture) => picture.filter(([header]) => header !== SEI[0]))
    expect(nals).toEqual([IDR, SLICE, IDR, SLICE, IDR, SLICE].map((nal) => [nal]))
    expect(camera.samples.map((sample) => [sample.start, sample.key])).toEqual(
      [0, 0.5, 1, 1.5, 2, 2.5].map((start) => [start, Number.isInteger(start)]),
    )
    expect(camera.events.initializationSegment).toHaveBeenCalledOnce()
    expect(droppedBy(camera)).toBe(0)
  })

  it('a camera that never sets the start bit of fragments', async () => {
    const camera = await watch((stream) => {
      for (let i = 0; i < 20; i++) {
        if (i % 5 === 0) stream.send(i * 3_600, [VPS, SPS, PPS], 'none')
        const fragments = fu(i % 5 === 0 ? IDR : SLICE)
        stream.send(
          i * 3_600,
          fragments.map(([a = 0, b = 0, header = 0, ...rest]) => [a, b, header & 0x7f, ...rest]),
        )
      }
    })
    expect(camera.pictures).toEqual(Array.from({ length: 15 }, (_, at) => [[...(at % 5 === 0 ? IDR : SLICE)]]))
  })

  it('a camera that numbers its NAL units in decoding order and sends them in another', async () => {
    const single = (nal: Nal, don: number) => joined(Array.from(nal).slice(0, 2), u16(don), Array.from(nal).slice(2))
    const camera = await watch((stream) => {
      stream.send(0, [joined([0x60, 0x01], u16(7), u16(VPS.length), VPS, [0], u16(SPS.length), SPS)])
      stream.send(0, [single(IDR, 10), single(PPS, 9)])
      stream.send(60_000, [single(SLICE, 12)])
      stream.send(30_000, [single(SLICE, 11)])
      // The last three are not known to be in order yet, when the stream ends.
      for (const [index, don] of [13, 14, 15, 16, 17, 18].entries())
        stream.send(90_000 + index * 30_000, [single(SLICE, don)])
    }, 'sprop-max-don-diff=2;sprop-depack-buf-nalus=2')
    expect(camera.samples.map((sample) => Math.round(sample.start * 3))).toEqual([0, 1, 2, 3, 4, 5])
    expect(droppedBy(camera)).toBe(0)
  })
})

describe('markers', () => {
  const seconds = (stream: CameraStream, marker: 'last' | 'each' | 'none') => {
    for (const second of [0, 1, 2]) {
      stream.send(second * 90_000, [VPS, SPS, PPS, IDR, IDR_2], marker)
      stream.send(second * 90_000 + 45_000, [SLICE, SLICE_2], marker)
    }
    stream.send(3 * 90_000, [VPS], 'none')
  }

  it.each(['last', 'each', 'none'] as const)('a camera whose markers are %s', async (marker) => {
    const camera = await watch((stream) => seconds(stream, marker))
    const [first, second] = [bytes(IDR, IDR_2), bytes(SLICE, SLICE_2)]
    expect(camera.pictures).toEqual([first, second, first, second, first, second])
    expect(droppedBy(camera)).toBe(0)
  })

  it('a server that repeats the parameter sets before every slice of a key picture', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2])
        stream.send(second * 90_000, [ap(VPS, SPS, PPS), IDR, ap(VPS, SPS, PPS), IDR_2], 'none')
      stream.send(3 * 90_000, [VPS], 'none')
    })
    expect(camera.pictures).toEqual(Array(3).fill(bytes(IDR, IDR_2)))
    expect(camera.events.initializationSegment).toHaveBeenCalledOnce()
  })
})

describe('parameter sets', () => {
  const inBand = (stream: CameraStream) => stream.send(0, [VPS, SPS, PPS, IDR])
  const none = (stream: CameraStream) => stream.send(0, [IDR])
  const [vps, sps, pps] = [base64(VPS), base64(SPS), base64(PPS)]

  it.each<[what: string, parameters: string, play: (stream: CameraStream) => void, tolerated: boolean]>([
    ['missing', '', inBand, false],
    ['empty', 'sprop-vps=;sprop-sps=;sprop-pps=', inBand, false],
    ['partial', `sprop-vps=${vps};sprop-sps=${sps}`, inBand, false],
    ['whole', `sprop-vps=${vps};sprop-sps=${sps};sprop-pps=${pps}`, none, false],
    ['quoted', `sprop-vps="${vps}"; sprop-sps="${sps}"; sprop-pps="${pps}"`, none, false],
    ['several of a kind', `sprop-vps=${vps};sprop-sps=${sps};sprop-pps=${pps},${base64(buildPps(1))}`, none, false],
    ['all in one', `sprop-vps=${vps},${sps},${pps}`, none, false],
    ['behind a trailing comma', `sprop-vps=${vps};sprop-sps=${sps};sprop-pps=${pps},`, none, true],
    [
      'behind start codes',
      `sprop-vps=${base64(START_CODE, VPS)};sprop-sps=${base64(START_CODE, SPS, START_CODE, PPS)}`,
      none,
      true,
    ],
    ['no base64', 'sprop-vps=!;sprop-sps=*;sprop-pps=?', inBand, true],
    ['cut off', `sprop-vps=${base64(VPS.subarray(0, 2))};sprop-sps=${base64(SPS.subarray(0, 9))}`, inBand, false],
    [
      'of another picture',
      `sprop-vps=${vps};sprop-sps=${base64(buildSps({ width: 64 }))};sprop-pps=${pps}`,
      inBand,
      false,
    ],
  ])('a camera whose sprop-vps, sprop-sps and sprop-pps are %s', async (_, parameters, play, tolerated) => {
    const camera = await watch(play, parameters)
    expect(camera.pictures).toEqual([bytes(IDR)])
    expect(camera.events.initializationSegment.mock.calls[0]?.[0]).toMatchObject({
      mimeType: 'video/mp4; codecs="hvc1.1.6.L93.90"',
      configuration: { width: 640, height: 360 },
    })
    expect(camera.tolerated.includes('sprop-parameter-sets-malformed')).toBe(tolerated)
  })

  it('a camera that changes its resolution in mid-stream', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [VPS, SPS, PPS, IDR])
      stream.send(45_000, [SLICE])
      stream.send(90_000, [VPS, buildSps({ width: 320, height: 240 }), PPS, IDR])
      stream.send(135_000, [SLICE])
    })
    const widths = camera.events.initializationSegment.mock.calls.map(([{ configuration }]) =>
      configuration.kind === 'video' ? configuration.width : 0,
    )
    expect(widths).toEqual([640, 320])
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 0.5, 1, 1.5])
  })

  it('a camera that has two parameter sets and uses them in turn', async () => {
    const second = [buildSps({ id: 1, width: 320 }), buildPps(1, 1)]
    const camera = await watch((stream) => {
      for (const [time, ppsId] of [0, 1, 0].entries()) {
        stream.send(time * 90_000, [VPS, SPS, PPS, ...second, buildSlice(IDR_N_LP, { ppsId })])
      }
    })
    expect(camera.events.initializationSegment).toHaveBeenCalledTimes(3)
    expect(camera.samples).toHaveLength(3)
  })
})

describe('the stream', () => {
  it('a camera whose first picture is a CRA picture', async () => {
    const camera = await watch((stream) => {
      // The leading pictures are shown before the CRA picture; the first lacks what it refers to.
      stream.send(6000, [VPS, SPS, PPS, buildSlice(CRA)])
      stream.send(0, [buildSlice(RASL_N)])
      stream.send(9000, [SLICE])
      stream.send(18_000, [buildSlice(CRA)])
      stream.send(15_000, [buildSlice(RASL_N)])
    })
    expect(camera.pictures.map(([[header = 0] = []]) => header >> 1)).toEqual([CRA, TRAIL_R, CRA, RASL_N])
    expect(camera.samples.map((sample) => sample.key)).toEqual([true, false, true, false])
    expect(droppedBy(camera)).toBe(1)
  })

  it('a camera that ends a sequence and goes on with a CRA picture', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [VPS, SPS, PPS, IDR, END_OF_SEQUENCE])
      stream.send(6000, [buildSlice(CRA)])
      stream.send(3000, [buildSlice(RASL_N)])
      stream.send(9000, [SLICE])
    })
    expect(camera.samples.map((sample) => Math.round(sample.start * 30))).toEqual([0, 2, 3])
  })

  it('a camera that refreshes its picture without IRAP pictures', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [SLICE])
      stream.send(45_000, [AUD, VPS, SPS, PPS, RECOVERY_POINT, SLICE])
      stream.send(90_000, [SLICE])
      stream.send(135_000, [ap(VPS, SPS, PPS, joined(SEI.slice(0, -1), RECOVERY_POINT.slice(2))), SLICE])
    })
    expect(camera.samples.map((sample) => [sample.start, sample.key])).toEqual([
      [0, true],
      [0.5, false],
      [1, true],
    ])
  })

  it('a camera with B-frames', async () => {
    const camera = await watch((stream) => {
      // Decoding order I P B B: the timestamps are those of presentation.
      stream.send(0, [VPS, buildSps({ reorder: [2] }), PPS, IDR])
      for (const time of [9000, 3000, 6000]) stream.send(time, [SLICE])
    })
    expect(camera.samples.map((sample) => Math.round(sample.start * 30))).toEqual([0, 3, 1, 2])
    const [segment] = camera.events.initializationSegment.mock.calls[0] ?? []
    expect(segment?.configuration).toMatchObject({ reorderDepth: 2 })
  })

  it('a camera that loses packets over TCP', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [VPS, SPS, PPS, IDR])
      stream.sequenceNumber += 2
      stream.send(30_000, [SLICE])
      stream.send(60_000, [SLICE])
      stream.send(90_000, [VPS, SPS, PPS, IDR])
    })
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 1])
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 2, dropped: 2 })
  })

  it('a camera that sends several layers', async () => {
    const ofLayer1 = (nal: Nal) => [nal[0] ?? 0, 0x09, ...Array.from(nal).slice(2)]
    const camera = await watch((stream) => {
      stream.send(0, [VPS, SPS, PPS, ofLayer1(SPS), IDR, ofLayer1(IDR)])
      stream.send(45_000, [SLICE, ofLayer1(SLICE)])
    })
    expect(camera.pictures).toEqual([bytes(IDR), bytes(SLICE)])
  })
})
