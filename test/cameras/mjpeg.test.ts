import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readJpegHeader } from '../../protocol/codec/jpeg-header.ts'
import { scaledQuantizationTables } from '../../protocol/codec/jpeg-tables.ts'
import type { DeviationId } from '../../protocol/deviation.ts'
import { JpegPacketizer } from '../../protocol/packetizer/jpeg.ts'
import { type JpegOptions, jpegFile } from '../protocol/codec/jpeg-builder.ts'
import { type CameraStream, described, type Meeting, meet, settled } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const HEAD = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0']
/** Static payload type 26 needs no rtpmap. */
const sdp = (...attributes: string[]) =>
  `${[...HEAD, 'm=video 0 RTP/AVP 26', ...attributes, 'a=control:v'].join('\n')}\n`

async function watch(attributes: string[], play: (stream: CameraStream) => void): Promise<Meeting> {
  const camera = await meet({ DESCRIBE: described(sdp(...attributes)) }).opens()
  play(camera.stream(0, { payloadType: 26 }))
  await settled()
  await camera.ends()
  return camera
}

const SMALL = { width: 64, height: 48 }
const LARGE = { width: 2560, height: 1440 }
const TABLES = [new Uint8Array(64).fill(7), new Uint8Array(64).fill(9)]
const packetsOf = (options: JpegOptions) =>
  new JpegPacketizer().packetize(jpegFile(options)).map(({ payload }) => Uint8Array.from(payload))
/** Another main header byte in each payload: 4 type, 5 Q, 6 width, 7 height. */
const patched = (payloads: readonly Uint8Array[], byte: number, value: number) =>
  payloads.map((payload) => payload.with(byte, value))

const files = (camera: Meeting) => camera.samples.map((sample) => Uint8Array.from(sample.data))
const sizes = (camera: Meeting) =>
  camera.events.configuration.mock.calls.map(([{ configuration }]) =>
    configuration.kind === 'video' ? [configuration.width, configuration.height] : [],
  )
const sizeIn = (file: Uint8Array | undefined) => {
  const { width, height } = readJpegHeader(file ?? new Uint8Array(0)).header.frame
  return [width, height]
}
const malformed = (camera: Meeting) => camera.pipeline.statistics().tracks[0]?.malformed

describe('sizes', () => {
  it('a camera that sends MJPEG as its RFC says', async () => {
    const camera = await watch([], (stream) => {
      for (let n = 0; n < 3; n++) stream.send(n * 3600, packetsOf({ ...SMALL, seed: n }))
    })
    expect(files(camera)).toEqual([0, 1, 2].map((seed) => jpegFile({ ...SMALL, seed })))
    expect(camera.samples.map(({ start, key }) => [start, key])).toEqual([
      [0, true],
      [0.04, true],
      [0.08, true],
    ])
    expect(camera.events.configuration.mock.calls).toMatchObject([
      [{ encoding: 'JPEG', mimeType: null, configuration: { codec: 'jpeg', width: 64, height: 48 } }],
    ])
  })

  it.each<[string[], DeviationId[]]>([
    [['a=x-dimensions:2560,1440'], []],
    [['a=x-dimensions: 2560, 1440'], []],
    [['a=framesize:26 2560-1440'], []],
    [['a=framesize:96 640-480', 'a=framesize:26 2560-1440'], []],
    [[], ['jpeg-size-guessed']],
    [['a=x-dimensions:640,480'], ['jpeg-size-guessed']],
    [['a=x-dimensions:0,0', 'a=framesize:26 x'], ['jpeg-size-guessed']],
  ])('a camera with pictures beyond 2040 pixels whose SDP says %j', async (attributes, met) => {
    const camera = await watch(attributes, (stream) => stream.send(0, packetsOf(LARGE)))
    expect(files(camera)).toEqual([jpegFile(LARGE)])
    expect(sizes(camera)).toEqual([[2560, 1440]])
    expect(camera.tolerated).toEqual(met)
  })

  it('a camera whose width beyond 2040 pixels wraps in its eight bits', async () => {
    const camera = await watch([], (stream) => stream.send(0, patched(packetsOf(LARGE), 6, (2560 / 8) & 0xff)))
    expect(files(camera)).toEqual([jpegFile(LARGE)])
    expect(camera.tolerated).toEqual(['jpeg-size-guessed'])
  })

  it('a camera whose pictures have a size that nothing tells', async () => {
    const camera = await watch([], (stream) => {
      stream.send(0, packetsOf({ width: 2080, height: 2080 }))
      stream.send(3600, packetsOf(SMALL))
    })
    expect(files(camera)).toEqual([jpegFile(SMALL)])
    expect(malformed(camera)).toBe(1)
  })

  it('a camera that changes its resolution, and whose SDP is old', async () => {
    const camera = await watch(['a=x-dimensions:640,480'], (stream) => {
      stream.send(0, packetsOf(SMALL))
      stream.send(3600, packetsOf({ width: 96, height: 80 }))
    })
    expect(files(camera).map(sizeIn)).toEqual([
      [64, 48],
      [96, 80],
    ])
    expect(sizes(camera)).toEqual([
      [64, 48],
      [96, 80],
    ])
  })
})

describe('pictures', () => {
  it.each([
    ['4:2:0', 65],
    ['4:2:2', 64],
  ] as const)('a camera that sends %s with restart markers', async (sampling, type) => {
    const options = { ...SMALL, sampling, restartInterval: 3 }
    const camera = await watch([], (stream) => {
      const packets = packetsOf(options)
      expect(packets[0]?.[4]).toBe(type)
      stream.send(0, packets)
    })
    expect(files(camera)).toEqual([jpegFile(options)])
  })

  it('a camera that sends its quantization tables once', async () => {
    const options = { ...SMALL, quantization: TABLES }
    const camera = await watch([], (stream) => {
      const [first = new Uint8Array(0)] = patched(packetsOf(options), 5, 200)
      stream.send(0, [first])
      // Length 0: those that came before.
      const later = Uint8Array.of(...first.subarray(0, 8), 0, 0, 0, 0, ...first.subarray(12 + 128))
      for (let n = 1; n < 4; n++) stream.send(n * 3600, [later])
    })
    expect(files(camera)).toEqual(new Array(4).fill(jpegFile(options)))
  })

  it.each([128, 200, 254, 255])('a camera that sends its quantization tables with each picture, as Q %i', async (q) => {
    const camera = await watch([], (stream) => {
      stream.send(0, patched(packetsOf({ ...SMALL, quantization: TABLES }), 5, q))
      stream.send(3600, patched(packetsOf({ ...SMALL, quantization: [...TABLES].reverse() }), 5, q))
    })
    expect(files(camera).map((file) => readJpegHeader(file).header.quantization.map((table) => table?.[0]))).toEqual([
      [7, 9],
      [9, 7],
    ])
  })

  it('a camera with a reserved Q of 100', async () => {
    const quantization = scaledQuantizationTables(99)
    const camera = await watch([], (stream) => stream.send(0, patched(packetsOf({ ...SMALL, quantization }), 5, 100)))
    expect(files(camera)).toEqual([jpegFile({ ...SMALL, quantization })])
  })

  it('a camera that leaves out EOI, or sends it', async () => {
    const [packet = new Uint8Array(0)] = packetsOf(SMALL)
    const camera = await watch([], (stream) => {
      stream.send(0, [packet])
      stream.send(3600, [Uint8Array.of(...packet, 0xff, 0xd9)])
    })
    expect(files(camera)).toEqual([jpegFile(SMALL), jpegFile(SMALL)])
  })

  it.each([
    ['behind the payload header', [0, 0, 0, 0, 1, 255, 8, 6, 0, 0, 0, 0]],
    ['without a payload header', []],
  ])('a camera that puts whole JPEG files into packets, %s', async (_, header) => {
    const file = jpegFile({ ...SMALL, sampling: '4:4:4' })
    const camera = await watch([], (stream) => {
      const rest = header.length > 0 ? [0, 0, 1, 0x2c, 1, 255, 8, 6] : []
      for (let n = 0; n < 2; n++) {
        stream.send(n * 3600, [
          [...header, ...file.subarray(0, 300)],
          [...rest, ...file.subarray(300)],
        ])
      }
    })
    expect(files(camera)).toEqual([file, file])
    expect(malformed(camera)).toBe(0)
  })
})

describe('packets', () => {
  const OPTIONS = { width: 320, height: 240 }

  it.each(['none', 'each', 0] as const)(
    'a camera that sets the marker of MJPEG on %s of the packets',
    async (marker) => {
      const packets = packetsOf(OPTIONS)
      expect(packets.length).toBeGreaterThan(1)
      const camera = await watch([], (stream) => {
        for (let n = 0; n < 4; n++) stream.send(n * 3600, packets, marker)
      })
      // The last has no end; the first is believed to end at its marker.
      const whole = marker === 'none' ? files(camera) : files(camera).slice(1)
      expect(whole).toEqual(new Array(marker === 'none' ? 3 : 2).fill(jpegFile(OPTIONS)))
    },
  )

  it('a camera that drops packets of MJPEG', async () => {
    const packets = packetsOf(OPTIONS)
    const camera = await watch([], (stream) => {
      stream.send(0, packets)
      stream.send(3600, packets.slice(0, 1), 'none')
      stream.sequenceNumber += packets.length - 1
      stream.send(7200, packets)
    })
    expect(files(camera)).toEqual([jpegFile(OPTIONS), jpegFile(OPTIONS)])
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ units: 2, dropped: 1, malformed: 0 })
  })

  it('a camera that sends empty and cut-off packets of MJPEG', async () => {
    const packets = packetsOf(OPTIONS)
    const camera = await watch([], (stream) => {
      stream.send(0, packets)
      for (const [index, payload] of [[0], [0, 0, 0, 0, 1, 50, 8], [0, 0, 0, 0, 65, 50, 8, 6, 0]].entries()) {
        stream.send(3600 * (index + 1), [payload])
      }
      stream.send(18_000, packets)
    })
    expect(files(camera)).toEqual([jpegFile(OPTIONS), jpegFile(OPTIONS)])
    expect(malformed(camera)).toBe(3)
  })
})
