import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { parseSequenceParameterSet } from '../../protocol/codec/h264-sps.ts'
import { writeGoodbye } from '../../protocol/rtcp/goodbye.ts'
import { BitWriter, buildPps, buildSlice, buildSps } from '../protocol/codec/sps-builder.ts'
import {
  type CameraStream,
  described,
  IDR,
  type Meeting,
  meet,
  PPS,
  SDP,
  SLICE,
  SPS,
  settled,
} from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

type Nal = ArrayLike<number>

const AUD = [0x09, 0xf0]
const SEI = [0x06, 0x05, 0x02, 0x11, 0x22, 0x80]
const RECOVERY_POINT = [0x06, 0x06, 0x01, 0xc4, 0x80]
const FILLER = [0x0c, 0xff, 0xff, 0x80]
/** Later slices of a picture: first_mb_in_slice is not 0. */
const IDR_2 = [0x65, 0x42, 0x21, 0x10]
const IDR_3 = [0x65, 0x21, 0x33, 0x10]
const SLICE_2 = [0x41, 0x46, 0x77]
const START_CODE = [0, 0, 0, 1]

const bytes = (...nals: Nal[]) => nals.map((nal) => Array.from(nal))
const joined = (...parts: Nal[]) => parts.flatMap((part) => Array.from(part))
const stapA = (...nals: Nal[]) => [
  0x78,
  ...nals.flatMap((nal) => [nal.length >> 8, nal.length & 0xff, ...Array.from(nal)]),
]
/** FU-A fragments of a NAL unit, `size` bytes each. */
function fuA(nal: Nal, size = 2): number[][] {
  const [header = 0, ...rest] = Array.from(nal)
  const fragments: number[][] = []
  for (let at = 0; at < rest.length; at += size) {
    const flags = (at === 0 ? 0x80 : 0) | (at + size >= rest.length ? 0x40 : 0)
    fragments.push([(header & 0xe0) | 28, flags | (header & 0x1f), ...rest.slice(at, at + size)])
  }
  return fragments
}

async function watch(play: (stream: CameraStream) => void): Promise<Meeting> {
  const camera = await meet({}, { audio: false }).opens()
  play(camera.stream(0))
  await settled()
  await camera.ends()
  return camera
}
const droppedBy = (camera: Meeting) => camera.pipeline.statistics().tracks[0]?.dropped

describe('packets', () => {
  it.each<[what: string, payloads: Nal[]]>([
    ['SPS, PPS and IDR alone', [SPS, PPS, IDR]],
    ['SPS, PPS and IDR in one STAP-A', [stapA(SPS, PPS, IDR)]],
    ['SPS and PPS in a STAP-A and the IDR behind', [stapA(SPS, PPS), IDR]],
    ['one STAP-A for each NAL unit', [stapA(SPS), stapA(PPS), stapA(IDR)]],
    ['the IDR as FU-A', [SPS, PPS, ...fuA(IDR)]],
    ['everything as FU-A', [...fuA(SPS, 9), ...fuA(PPS), ...fuA(IDR)]],
    ['FU-A with start and end both set', [stapA(SPS, PPS), ...fuA(IDR, 100)]],
    ['FU-A with start and end both set, for each NAL unit', [SPS, PPS, IDR].flatMap((nal) => fuA(nal, 100))],
    [
      'FU-A with an empty last fragment',
      [
        SPS,
        PPS,
        ...fuA(IDR).map((one, at, all) =>
          at === all.length - 1 ? [one[0] ?? 0, (one[1] ?? 0) & 0x3f, ...one.slice(2)] : one,
        ),
        [0x7c, 0x45],
      ],
    ],
    ['AUD, SEI and filler in front', [AUD, SPS, PPS, SEI, FILLER, IDR]],
    ['filler behind', [SPS, PPS, IDR, FILLER]],
    ['an end of sequence behind', [SPS, PPS, IDR, [0x0a]]],
    ['a start code in front of each NAL unit', [SPS, PPS, IDR].map((nal) => joined(START_CODE, nal))],
    ['a short start code in front of each NAL unit', [SPS, PPS, IDR].map((nal) => joined([0, 0, 1], nal))],
    ['all NAL units in one packet, with start codes between', [joined(SPS, START_CODE, PPS, START_CODE, IDR)]],
    ['a byte stream in one packet', [joined(START_CODE, SPS, START_CODE, PPS, [0, 0, 1], IDR)]],
    ['a byte stream as FU-A', fuA(joined(SPS, START_CODE, PPS, START_CODE, IDR), 7)],
    ['a byte stream in a STAP-A', [stapA(joined(SPS, START_CODE, PPS), joined(IDR))]],
    ['a STAP-A with an empty NAL unit', [stapA(SPS, PPS, [], IDR)]],
    ['PPS before SPS', [PPS, SPS, IDR]],
    ['types that have no meaning, in between', [[0, 1, 2], SPS, [31, 1], PPS, [30, 1, 2], IDR, [0, 0]]],
    ['a STAP-A with nothing in it', [[24], SPS, PPS, [24, 0, 0], IDR]],
    ['parameter sets twice', [SPS, PPS, SPS, PPS, IDR]],
    ['nal_ref_idc of zero on parameter sets', [[0x07, ...SPS.slice(1)], [0x08, ...PPS.slice(1)], IDR]],
  ])('a camera that sends %s', async (_, payloads) => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) {
        stream.send(second * 90_000, payloads)
        stream.send(second * 90_000 + 45_000, [SLICE])
      }
    })
    const nals = camera.pictures.map((picture) => picture.filter(([header = 0]) => (header & 0x1f) !== 6))
    expect(nals).toEqual([[...IDR], [...SLICE], [...IDR], [...SLICE], [...IDR], [...SLICE]].map((nal) => [nal]))
    expect(camera.samples.map((sample) => [sample.start, sample.key])).toEqual(
      [0, 0.5, 1, 1.5, 2, 2.5].map((start) => [start, Number.isInteger(start)]),
    )
    expect(camera.events.initializationSegment).toHaveBeenCalledOnce()
    expect(droppedBy(camera)).toBe(0)
  })
})

describe('fragments and aggregates', () => {
  /** FU-A in three parts, of which each has a timestamp of its own. */
  const stamped = (stream: CameraStream, timestamp: number, nal: Uint8Array, step: (part: number) => number) => {
    const size = Math.ceil((nal.length - 1) / 3)
    for (const part of [0, 1, 2]) {
      const header = [0x7c, (part === 0 ? 0x80 : 0) | (part === 2 ? 0x40 : 0) | ((nal[0] ?? 0) & 0x1f)]
      const payload = [...header, ...nal.subarray(1 + part * size, 1 + (part + 1) * size)]
      stream.packet(timestamp + step(part), payload, part === 2)
    }
  }
  const LONG_IDR = Uint8Array.of(0x65, 0x88, 0x84, 0x00, 0x10, 0x11, 0x12)
  const LONG_SLICE = Uint8Array.of(0x61, 0x9a, 0x24, 0x6c, 0x10, 0x11, 0x12)

  it.each<[what: string, step: (part: number) => number]>([
    ['each fragment', (part) => part * 7],
    ['the last fragment', (part) => (part === 2 ? 1 : 0)],
  ])('a camera that stamps %s otherwise', async (_, step) => {
    const camera = await watch((stream) => {
      for (let i = 0; i < 20; i++) {
        if (i % 5 === 0) stream.send(i * 3_600, [SPS, PPS], 'none')
        stamped(stream, i * 3_600, i % 5 === 0 ? LONG_IDR : LONG_SLICE, step)
      }
    })
    // From the first key picture on that comes when it is clear what the timestamps are worth.
    expect(camera.pictures).toHaveLength(15)
    expect(camera.samples.filter((sample) => sample.key)).toHaveLength(3)
    const starts = camera.samples.map((sample) => Math.round(sample.start * 25))
    expect(starts).toEqual(starts.map((_, at) => at))
    await camera.ends()
  })

  it('a camera that never sets the start bit of fragments', async () => {
    const camera = await watch((stream) => {
      for (let i = 0; i < 20; i++) {
        if (i % 5 === 0) stream.send(i * 3_600, [SPS, PPS], 'none')
        const fragments = fuA(i % 5 === 0 ? LONG_IDR : LONG_SLICE)
        stream.send(
          i * 3_600,
          fragments.map(([indicator = 0, header = 0, ...rest]) => [indicator, header & 0x7f, ...rest]),
        )
      }
    })
    // Three times it may be a loss; from the key picture behind on they are whole.
    expect(camera.pictures).toHaveLength(15)
    expect(camera.pictures.at(-5)).toEqual([[...LONG_IDR]])
    expect(camera.pictures.at(-1)).toEqual([[...LONG_SLICE]])
    await camera.ends()
  })

  it('a camera that drops the rest of a picture before it numbers its packets', async () => {
    const camera = await watch((stream) => {
      for (let i = 0; i < 20; i++) {
        if (i % 5 === 0) stream.send(i * 3_600, [SPS, PPS, IDR])
        else if (i % 5 === 2) stamped(stream, i * 3_600, LONG_SLICE, (part) => (part === 0 ? 0 : 3_600))
        else stamped(stream, i * 3_600, LONG_SLICE, () => 0)
      }
    })
    // The two halves are of two pictures, and never joined: the first two of each five are shown.
    expect(camera.pictures).toHaveLength(8)
    await camera.ends()
  })

  it('a camera that leaves rubbish behind the last NAL unit of a STAP-A', async () => {
    const camera = await watch((stream) => {
      for (let i = 0; i < 10; i++) {
        const rubbish = i % 2 === 0 ? [0, 9, 6, 1] : [0]
        stream.send(i * 3_600, [[...stapA(SPS, PPS), ...rubbish], IDR])
      }
    })
    expect(camera.pictures).toHaveLength(10)
    await camera.ends()
  })
})

describe('markers', () => {
  /** A picture of three slices each second, and one of two between. */
  const seconds = (stream: CameraStream, markers: (last: number) => 'last' | 'each' | 'none' | number) => {
    for (const second of [0, 1, 2]) {
      stream.send(second * 90_000, [SPS, PPS, IDR, IDR_2, IDR_3], markers(4))
      stream.send(second * 90_000 + 45_000, [SLICE, SLICE_2], markers(1))
    }
  }
  const WHOLE = [
    bytes(IDR, IDR_2, IDR_3),
    bytes(SLICE, SLICE_2),
    bytes(IDR, IDR_2, IDR_3),
    bytes(SLICE, SLICE_2),
    bytes(IDR, IDR_2, IDR_3),
  ]

  it('a camera that sends several slices a picture', async () => {
    const camera = await watch((stream) => seconds(stream, () => 'last'))
    expect(camera.pictures).toEqual([...WHOLE, bytes(SLICE, SLICE_2)])
  })

  it('a camera that never sets the marker', async () => {
    const camera = await watch((stream) => {
      seconds(stream, () => 'none')
      stream.send(3 * 90_000, [SPS], 'none')
    })
    expect(camera.pictures).toEqual([...WHOLE, bytes(SLICE, SLICE_2)])
    expect(droppedBy(camera)).toBe(0)
  })

  it('a camera that sets the marker on parameter sets too', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) {
        stream.packet(second * 90_000, SPS, true)
        stream.packet(second * 90_000, PPS, true)
        stream.send(second * 90_000, [IDR, IDR_2, IDR_3])
        stream.send(second * 90_000 + 45_000, [SLICE, SLICE_2])
      }
    })
    expect(camera.pictures).toEqual([...WHOLE, bytes(SLICE, SLICE_2)])
    expect(droppedBy(camera)).toBe(0)
  })

  it('a camera that sets the marker on each NAL unit', async () => {
    const camera = await watch((stream) => {
      seconds(stream, () => 'each')
      stream.send(3 * 90_000, [SPS], 'none')
    })
    expect(camera.pictures).toEqual([...WHOLE, bytes(SLICE, SLICE_2)])
  })

  it('a camera that sets the marker on each slice, but not on parameter sets', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2, 3]) {
        stream.send(second * 90_000, [SPS, PPS], 'none')
        stream.send(second * 90_000, [IDR, IDR_2, IDR_3], 'each')
        stream.send(second * 90_000 + 45_000, [SLICE, SLICE_2], 'each')
      }
      stream.send(4 * 90_000, [SPS], 'none')
    })
    // What it is finds out at the first picture, which is lost by it; from the next key picture on all are whole.
    expect(camera.pictures.slice(1)).toEqual([...WHOLE, bytes(SLICE, SLICE_2)])
  })

  it('a camera that sets the marker on the first packet of a picture', async () => {
    const camera = await watch((stream) => {
      seconds(stream, () => 0)
      stream.send(3 * 90_000, [SPS], 'none')
    })
    expect(camera.pictures.slice(-4)).toEqual([...WHOLE.slice(2), bytes(SLICE, SLICE_2)])
  })

  it('a camera that sets the marker on each fragment', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) stream.send(second * 90_000, [SPS, PPS, ...fuA(IDR), ...fuA(IDR_2)], 'each')
      stream.send(3 * 90_000, [SPS], 'none')
    })
    expect(camera.pictures.slice(-2)).toEqual([bytes(IDR, IDR_2), bytes(IDR, IDR_2)])
  })

  it('a camera that sends parameter sets with the timestamp of the picture before', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) {
        stream.send(second * 90_000 - 45_000, [SPS, PPS, SEI], 'none')
        stream.send(second * 90_000, [IDR])
        stream.send(second * 90_000 + 45_000, [SLICE])
      }
    })
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 0.5, 1, 1.5, 2, 2.5])
    expect(camera.pictures.slice(0, 3)).toEqual([bytes(SEI, IDR), bytes(SLICE), bytes(SEI, IDR)])
  })

  it('a camera that gives two pictures one timestamp', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [SPS, PPS, IDR], 'none')
      stream.send(0, [SLICE], 'none')
      stream.send(90_000, [SLICE], 'none')
      stream.send(180_000, [SPS], 'none')
    })
    expect(camera.pictures).toEqual([bytes(IDR), bytes(SLICE), bytes(SLICE)])
  })

  it('a camera that gives two pictures one timestamp, each in a STAP-A with its SEI', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [stapA(SPS, PPS, SEI, IDR)], 'none')
      stream.send(0, [stapA(SEI, SLICE)], 'none')
      stream.send(90_000, [SPS], 'none')
    })
    expect(camera.pictures.map((picture) => picture.filter(([header]) => header !== 6))).toEqual([
      bytes(IDR),
      bytes(SLICE),
    ])
  })

  it('a server that repeats the parameter sets before every slice of a key picture', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) {
        stream.send(second * 90_000, [SPS, PPS, IDR, SPS, PPS, IDR_2, SPS, PPS, IDR_3])
        stream.send(second * 90_000 + 45_000, [SLICE, SLICE_2])
      }
    })
    expect(camera.pictures).toEqual([...WHOLE, bytes(SLICE, SLICE_2)])
    expect(camera.events.initializationSegment).toHaveBeenCalledOnce()
    expect(droppedBy(camera)).toBe(0)
  })

  it('a server that repeats the parameter sets before every slice, in STAP-A and without markers', async () => {
    const camera = await watch((stream) => {
      for (const second of [0, 1, 2]) {
        stream.send(second * 90_000, [stapA(SPS, PPS), IDR, stapA(SPS, PPS), IDR_2, stapA(SPS, PPS), IDR_3], 'none')
      }
      stream.send(3 * 90_000, [SPS], 'none')
    })
    expect(camera.pictures).toEqual(Array(3).fill(bytes(IDR, IDR_2, IDR_3)))
  })
})

describe('the stream', () => {
  it('a camera that changes its resolution in mid-stream', async () => {
    const small = buildSps({ widthInMacroblocks: 20, heightInMapUnits: 15 })
    const pps = buildPps()
    const camera = await watch((stream) => {
      stream.send(0, [buildSps(), pps, IDR])
      stream.send(45_000, [SLICE])
      stream.send(90_000, [small, pps, IDR])
      stream.send(135_000, [SLICE])
    })
    const sizes = camera.events.initializationSegment.mock.calls.map(([{ configuration }]) =>
      configuration.kind === 'video' ? [configuration.width, configuration.height] : [],
    )
    expect(sizes).toEqual([
      [640, 368],
      [320, 240],
    ])
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 0.5, 1, 1.5])
  })

  it('a camera that announces a new resolution before the key picture that has it', async () => {
    const small = buildSps({ widthInMacroblocks: 20, heightInMapUnits: 15 })
    const camera = await watch((stream) => {
      stream.send(0, [buildSps(), buildPps(), IDR])
      stream.send(30_000, [small, SLICE])
      stream.send(60_000, [SLICE])
      stream.send(90_000, [small, buildPps(), IDR])
    })
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 1])
    expect(camera.events.initializationSegment).toHaveBeenCalledTimes(2)
  })

  it('a camera that has two parameter sets and uses them in turn', async () => {
    const first = [buildSps({ id: 0 }), buildPps(0)]
    const second = [buildSps({ id: 1 }), buildPps(1)]
    const camera = await watch((stream) => {
      for (const time of [0, 1, 2]) stream.send(time * 90_000, [...first, ...second, IDR])
    })
    expect(camera.events.initializationSegment).toHaveBeenCalledOnce()
    expect(camera.samples).toHaveLength(3)
  })

  it('a camera that never sends parameter sets again', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [SPS, PPS, IDR])
      stream.send(90_000, [IDR])
    })
    expect(camera.samples.map((sample) => sample.key)).toEqual([true, true])
  })

  it('a camera that damages a repeat of its parameter sets', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [SPS, PPS, IDR])
      stream.send(90_000, [SPS.subarray(0, 3), PPS.subarray(0, 1), IDR])
    })
    expect(camera.samples).toHaveLength(2)
    expect(camera.pipeline.statistics().tracks[0]?.malformed).toBeGreaterThan(0)
  })

  it('a camera that refreshes its picture without IDR pictures', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [SLICE])
      stream.send(45_000, [AUD, SPS, PPS, RECOVERY_POINT, SLICE])
      stream.send(90_000, [SLICE])
      stream.send(135_000, [stapA(SPS, PPS, joined(SEI.slice(0, -1), RECOVERY_POINT.slice(1))), SLICE])
    })
    expect(camera.samples.map((sample) => [sample.start, sample.key])).toEqual([
      [0, true],
      [0.5, false],
      [1, true],
    ])
  })

  it('a camera with B-frames', async () => {
    const bSlice = new BitWriter().ue(0).ue(6).u(16, 0xabcd).nal(0x01)
    const sps = buildSps({ profileIdc: 77, vui: { maxNumReorderFrames: 2 } })
    const camera = await watch((stream) => {
      // Decoding order I P B B: the timestamps are those of presentation.
      stream.send(0, [sps, buildPps(), IDR])
      stream.send(9_000, [SLICE])
      stream.send(3_000, [bSlice])
      stream.send(6_000, [bSlice])
    })
    expect(camera.samples.map((sample) => Math.round(sample.start * 30))).toEqual([0, 3, 1, 2])
    const [segment] = camera.events.initializationSegment.mock.calls[0] ?? []
    expect(segment?.configuration).toMatchObject({ reorderDepth: 2 })
  })

  it('a camera with B-frames that does not say so', async () => {
    const pictures = [0, 3, 1, 2, 6, 4, 5]
    const camera = await watch((stream) => {
      for (const [index, position] of pictures.entries()) {
        const slice = buildSlice({ idr: index === 0, picOrderCntLsb: position * 2 })
        stream.send(position * 3_000, index === 0 ? [buildSps(), buildPps(), slice] : [slice])
      }
    })
    expect(camera.samples.map((sample) => Math.round(sample.start * 30))).toEqual(pictures)
    expect(camera.events.initializationSegment).toHaveBeenCalledOnce()
  })

  it('a camera that says nothing of reordering and does none', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [buildSps({ profileIdc: 66 }), buildPps(), IDR])
      stream.send(3_000, [SLICE])
    })
    const [segment] = camera.events.initializationSegment.mock.calls[0] ?? []
    const { description } = segment?.configuration ?? {}
    const sps = description?.subarray(8, 8 + (description[7] ?? 0)) ?? new Uint8Array(0)
    expect(parseSequenceParameterSet(sps).vui?.maxNumReorderFrames).toBe(0)
  })

  it('a camera that refreshes its picture bit by bit', async () => {
    // recovery_frame_cnt 3: 00100, then exact_match_flag, broken_link_flag and changing_slice_group_idc.
    const recoveryPoint = [0x06, 0x06, 0x02, 0x20, 0x80, 0x80]
    const camera = await watch((stream) => {
      for (let frame = 1; frame <= 6; frame++) {
        const slice = buildSlice({ frameNum: frame, picOrderCntLsb: frame * 2 })
        stream.send(frame * 45_000, frame === 2 ? [buildSps(), buildPps(), recoveryPoint, slice] : [slice])
      }
    })
    // The pictures of the second to the fourth are there to be decoded, each for a tick before the fifth.
    expect(camera.samples.map((sample) => [Math.round(sample.start * 90_000), sample.key])).toEqual([
      [0, true],
      [1, false],
      [2, false],
      [3, false],
      [45_003, false],
    ])
  })

  it('a camera whose key pictures nothing marks', async () => {
    const camera = await watch((stream) => {
      for (let second = 0; second < 9; second++) {
        const type = second % 2 === 0 ? 7 : 5
        stream.send(second * 90_000, [buildSps(), buildPps(), buildSlice({ type, picOrderCntLsb: second * 2 })])
      }
    })
    expect(camera.samples.map((sample) => sample.key)).toEqual([true, false, true])
    expect(camera.tolerated).toEqual(['random-access-unmarked'])
  })

  it('a camera that begins in the middle of an open group of pictures', async () => {
    const camera = await watch((stream) => {
      const picture = (position: number, type: number, ...before: Nal[]) =>
        stream.send(position * 3_000, [...before, buildSlice({ type, picOrderCntLsb: position * 2 })])
      picture(10, 2, buildSps(), buildPps(), RECOVERY_POINT)
      // Shown before it, and made of what came before it, too.
      picture(8, 1)
      picture(9, 1)
      picture(13, 0)
      picture(11, 1)
      picture(12, 1)
    })
    expect(camera.samples.map((sample) => Math.round(sample.start * 30))).toEqual([0, 3, 1, 2])
    expect(droppedBy(camera)).toBe(2)
  })

  it('a camera that loses packets over TCP', async () => {
    const camera = await watch((stream) => {
      stream.send(0, [SPS, PPS, IDR])
      stream.sequenceNumber += 2
      stream.send(30_000, [SLICE])
      stream.send(60_000, [SLICE])
      stream.send(90_000, [SPS, PPS, IDR])
    })
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 1])
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 2, dropped: 2 })
  })

  it('a camera that sends its first key picture after ten seconds', async () => {
    const camera = await watch((stream) => {
      for (let picture = 0; picture < 100; picture++) stream.send(picture * 9_000, [SLICE])
      stream.send(900_000, [SPS, PPS, IDR])
    })
    expect(camera.samples.map((sample) => sample.start)).toEqual([0])
    expect(droppedBy(camera)).toBe(100)
  })

  it('a camera whose frame rate changes', async () => {
    const times = [0, 3_000, 6_000, 51_000, 96_000, 97_800, 99_600]
    const camera = await watch((stream) => {
      for (const time of times) stream.send(time, time === 0 ? [SPS, PPS, IDR] : [SLICE])
    })
    expect(camera.samples.map((sample) => Math.round(sample.start * 90_000))).toEqual(times)
  })

  it('a camera that sends interlaced fields with one timestamp', async () => {
    const sps = buildSps({ frameMbsOnly: false })
    const camera = await watch((stream) => {
      stream.send(0, [sps, buildPps(), IDR, SLICE])
      stream.send(3_600, [SLICE, SLICE])
    })
    expect(camera.pictures).toEqual([bytes(IDR, SLICE), bytes(SLICE, SLICE)])
    const [segment] = camera.events.initializationSegment.mock.calls[0] ?? []
    expect(segment?.configuration).toMatchObject({ interlaced: true })
  })
})

describe('the interleaved mode', () => {
  const statedAs = (parameters: string) => ({
    DESCRIBE: described(SDP.replace('packetization-mode=1', `packetization-mode=2${parameters}`)),
  })
  const goodbye = (camera: Meeting) => {
    const writer = new ByteWriter()
    writeGoodbye(writer, [])
    camera.server.sendFrame(1, writer.toBytes())
  }
  const stapB = (don: number, ...nals: Nal[]) => [0x79, don >> 8, don & 0xff, ...stapA(...nals).slice(1)]

  it.each([
    ['with its depth', ';sprop-interleaving-depth=2'],
    ['with the largest difference, too', ';sprop-interleaving-depth=2;sprop-max-don-diff=3'],
    ['without its depth', ''],
  ])('a camera that sends NAL units out of order, and states this %s', async (_, parameters) => {
    const camera = await meet(statedAs(parameters), { audio: false }).opens()
    const stream = camera.stream(0)
    const sent: [time: number, don: number, nals: Nal[]][] = [
      [0, 65_534, [SPS, PPS, IDR]],
      [9_000, 4, [SLICE]],
      [3_000, 1, [SLICE]],
      [6_000, 2, [SLICE]],
      [12_000, 5, [SLICE]],
      [15_000, 6, [SLICE]],
    ]
    for (const [time, don, nals] of sent) stream.send(time, [stapB(don, ...nals)])
    // The end of the stream lets go what still waits.
    await settled()
    goodbye(camera)
    await settled()
    expect(camera.samples.map((sample) => Math.round(sample.start * 30))).toEqual([0, 1, 2, 3, 4, 5])
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ dropped: 0, malformed: 0 })
    await camera.ends()
  })

  it('a camera that states the interleaved mode, and sends the other', async () => {
    const camera = await meet(statedAs(''), { audio: false }).opens()
    const stream = camera.stream(0)
    stream.send(0, [stapA(SPS, PPS), IDR])
    for (let i = 1; i < 5; i++) stream.send(i * 3_600, [SLICE])
    await settled()
    expect(camera.pictures).toHaveLength(5)
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ units: 5, malformed: 0 })
    await camera.ends()
  })
})
