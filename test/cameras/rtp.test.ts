import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { writeGoodbye } from '../../protocol/rtcp/goodbye.ts'
import { writeSenderReport } from '../../protocol/rtcp/sender-report.ts'
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
  type StreamOptions,
  settled,
} from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Pictures of a camera, a frame each 1/25 s of the clock; every fifth is a key picture. */
class Pictures {
  readonly camera: Meeting
  readonly stream: CameraStream
  timestamp: number
  #count = 0

  constructor(camera: Meeting, timestamp = 500_000, options: StreamOptions = {}) {
    this.camera = camera
    this.stream = camera.stream(0, options)
    this.timestamp = timestamp
  }

  async send(count: number, before: () => void = () => undefined): Promise<void> {
    for (let i = 0; i < count; i++) {
      before()
      const key = this.#count++ % 5 === 0
      this.stream.send(this.timestamp, key ? [SPS, PPS, IDR] : [SLICE])
      this.timestamp += 3_600
      await vi.advanceTimersByTimeAsync(40)
    }
  }

  /** The next picture is a key picture. */
  restart(): void {
    this.#count = 0
  }

  /** Seconds between pictures, in hundredths. */
  get steps(): number[] {
    const starts = this.camera.samples.map((sample) => sample.start)
    return starts.slice(1).map((start, at) => Math.round((start - (starts[at] ?? 0)) * 100))
  }
}
const watch = async (timestamp?: number) => new Pictures(await meet({}, { audio: false }).opens(), timestamp)

describe('timestamps', () => {
  it('a camera whose timestamps wrap', async () => {
    const pictures = await watch(2 ** 32 - 4 * 3_600)
    await pictures.send(10)
    expect(pictures.steps).toEqual(Array(9).fill(4))
    await pictures.camera.ends()
  })

  it.each([
    ['jump forward by an hour', 3600 * 90_000],
    ['jump forward by half their range', 2 ** 31],
    ['go back by an hour', -3600 * 90_000],
    ['go back by ten seconds', -10 * 90_000],
  ])('a camera whose timestamps %s', async (_, jump) => {
    const pictures = await watch()
    await pictures.send(10)
    pictures.timestamp += jump
    await pictures.send(10)
    // Continuous on: what is between is as long as the clock says, or a frame, and never an hour.
    expect(pictures.steps).toHaveLength(19)
    for (const step of pictures.steps) {
      expect(step).toBeGreaterThan(0)
      expect(step).toBeLessThan(100)
    }
    await pictures.camera.ends()
  })

  it('a camera that begins its timestamps anew every few seconds', async () => {
    const pictures = await watch(0)
    for (let round = 0; round < 5; round++) {
      pictures.timestamp = 0
      await pictures.send(50)
    }
    expect(pictures.camera.samples).toHaveLength(250)
    const last = pictures.camera.samples.at(-1)?.start ?? 0
    expect(Math.abs(last - 249 * 0.04)).toBeLessThan(1)
    await pictures.camera.ends()
  })

  it('a camera that is silent for a minute and then goes on', async () => {
    const pictures = await watch()
    await pictures.send(10)
    await vi.advanceTimersByTimeAsync(30_000)
    pictures.timestamp += 30 * 90_000
    await pictures.send(10)
    expect(pictures.camera.samples).toHaveLength(20)
    await pictures.camera.ends()
  })
})

describe('the source', () => {
  it('a camera that changes its SSRC without notice', async () => {
    const pictures = await watch()
    await pictures.send(10)
    pictures.stream.ssrc = 0x77777777
    pictures.stream.sequenceNumber = 7
    pictures.timestamp = 12
    pictures.restart()
    await pictures.send(10)
    // Whether a new source is believed at once or after its second packet: it is shown at the next key picture.
    expect(pictures.camera.samples.length).toBeGreaterThanOrEqual(15)
    for (const step of pictures.steps) expect(step).toBeGreaterThan(0)
    await pictures.camera.ends()
  })

  it('a camera that changes its SSRC and goes on with its sequence', async () => {
    const pictures = await watch()
    for (let ssrc = 1; ssrc <= 4; ssrc++) {
      // In the middle of a group of pictures, none of which is lost.
      await pictures.send(8)
      pictures.stream.ssrc = ssrc
    }
    expect(pictures.camera.samples).toHaveLength(32)
    expect(pictures.steps).toEqual(Array(31).fill(4))
    expect(pictures.camera.tolerated).toContain('source-changed')
    await pictures.camera.ends()
  })

  it.each<[what: string, next: (count: number) => number]>([
    ['an SSRC of its own', (count) => (count * 2_654_435_761) >>> 0],
    ['one of two SSRCs in turn', (count) => 1 + (count % 2)],
    ['one of three SSRCs in turn', (count) => 1 + (count % 3)],
  ])('a camera that gives each packet %s', async (_, next) => {
    const pictures = await watch()
    let count = 0
    for (let i = 0; i < 20; i++) {
      for (const [at, payload] of (i % 5 === 0 ? [SPS, PPS, IDR] : [SLICE]).entries()) {
        pictures.stream.ssrc = next(count++)
        pictures.stream.packet(pictures.timestamp, payload, i % 5 > 0 || at === 2)
      }
      pictures.timestamp += 3_600
      await vi.advanceTimersByTimeAsync(40)
    }
    expect(pictures.camera.samples).toHaveLength(20)
    expect(pictures.steps).toEqual(Array(19).fill(4))
    expect(pictures.camera.tolerated).toEqual(['source-meaningless'])
    expect(pictures.camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, strays: 0 })
    await pictures.camera.ends()
  })

  it('a camera that loses packets, and gives each an SSRC of its own', async () => {
    const pictures = await watch()
    pictures.stream.packet(0, SLICE, true)
    pictures.stream.ssrc++
    pictures.stream.packet(0, SLICE, true)
    pictures.stream.sequenceNumber += 5
    await pictures.send(20, () => pictures.stream.ssrc++)
    // The three packets of the first key picture have one name.
    expect(pictures.camera.samples.length).toBeGreaterThanOrEqual(15)
    await pictures.camera.ends()
  })

  it('a camera whose packets have another SSRC than the answer to SETUP says', async () => {
    const pictures = await watch()
    pictures.stream.ssrc = 0xdeadbeef
    await pictures.send(6)
    expect(pictures.camera.samples).toHaveLength(6)
    expect(pictures.camera.tolerated).toEqual([])
    await pictures.camera.ends()
  })

  it('a camera that sends another stream on the same channel', async () => {
    const pictures = await watch()
    const other = pictures.camera.stream(0, { ssrc: 0x55 })
    await pictures.send(1)
    await pictures.send(30, () => other.send(pictures.timestamp * 3, [SPS, PPS, IDR]))
    // The first one stays; a little of it is lost before there are known to be two.
    expect(pictures.camera.samples.length).toBeGreaterThanOrEqual(25)
    expect(new Set(pictures.steps.slice(-20))).toEqual(new Set([4]))
    expect(pictures.camera.tolerated).toContain('two-sources')
    await pictures.camera.ends()
  })

  it('a camera whose sequence numbers begin again after a reboot', async () => {
    const pictures = await watch()
    await pictures.send(10)
    pictures.stream.sequenceNumber = 40_000
    pictures.timestamp = 0
    pictures.restart()
    await pictures.send(10)
    expect(pictures.camera.samples.length).toBeGreaterThanOrEqual(15)
    for (const step of pictures.steps) expect(step).toBeGreaterThan(0)
    await pictures.camera.ends()
  })

  it('a camera whose sequence numbers wrap', async () => {
    const pictures = await watch()
    pictures.stream.sequenceNumber = 65_530
    await pictures.send(20)
    expect(pictures.camera.samples).toHaveLength(20)
    expect(pictures.camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0 })
    await pictures.camera.ends()
  })

  it.each<[what: string, next: (count: number) => number]>([
    ['zero', () => 0],
    ['counting by two', (count) => count * 2],
    ['counting down', (count) => -count],
    ['in the wrong byte order', (count) => ((count & 0xff) << 8) | (count >> 8)],
  ])('a camera whose sequence numbers are %s', async (_, next) => {
    const pictures = await watch()
    let count = 250
    for (let i = 0; i < 100; i++) {
      const key = i % 5 === 0
      for (const [at, payload] of (key ? [SPS, PPS, IDR] : [SLICE]).entries()) {
        pictures.stream.sequenceNumber = next(count++) & 0xffff
        pictures.stream.packet(pictures.timestamp, payload, !key || at === 2)
      }
      pictures.timestamp += 3_600
      await vi.advanceTimersByTimeAsync(40)
    }
    // 64 packets tell what they are worth; it begins at the key picture behind these.
    expect(pictures.camera.samples.length).toBeGreaterThanOrEqual(50)
    expect(pictures.steps.slice(-40)).toEqual(Array(40).fill(4))
    expect(pictures.camera.tolerated).toContain('sequence-meaningless')
    await pictures.camera.ends()
  })

  it('a camera that sends each packet twice', async () => {
    const pictures = await watch()
    await pictures.send(5)
    pictures.stream.sequenceNumber -= 1
    pictures.stream.send(pictures.timestamp - 3_600, [SLICE])
    await pictures.send(5)
    expect(pictures.camera.samples).toHaveLength(10)
    await pictures.camera.ends()
  })

  it('a camera that drops packets when its buffer is full', async () => {
    const pictures = await watch()
    await pictures.send(7)
    pictures.stream.sequenceNumber += 3
    await pictures.send(8)
    // 5, 6 were shown; 7, 8, 9 depend on what was lost; 10 is a key picture.
    expect(pictures.camera.samples).toHaveLength(12)
    expect(pictures.camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 3, dropped: 3 })
    await pictures.camera.ends()
  })
})

describe('packets', () => {
  /** An RTP packet written byte by byte, with what stands between header and payload, and behind it. */
  async function shows(first: number, extra: number[], behind: number[] = []): Promise<void> {
    const camera = await meet({}, { audio: false }).opens()
    for (const [index, nal] of [SPS, PPS, IDR].entries()) {
      const marker = index === 2 ? 0x80 : 0
      const header = [first, marker | 96, 0, index, 0, 0, 1, 0, 9, 9, 9, 9]
      camera.server.sendFrame(0, Uint8Array.from([...header, ...extra, ...nal, ...behind]))
    }
    await settled()
    expect(camera.pictures).toEqual([[[...IDR]]])
    expect(camera.pipeline.statistics().tracks[0]?.malformed).toBe(0)
    await camera.ends()
  }

  it('a camera with RTP extension headers', async () => {
    await shows(0x90, [0xab, 0xac, 0, 3, ...Array(12).fill(0x5a)])
    await shows(0x90, [0xbe, 0xde, 0, 0])
  })

  it('a camera with contributing sources', async () => {
    await shows(0x82, [1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('a camera with padding', async () => {
    await shows(0xa0, [], [0, 0, 0, 4])
    await shows(0xa0, [], [1])
  })

  it('a camera with all three', async () => {
    await shows(0xb1, [1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 7, 0, 0], [0, 2])
  })

  it.each<[what: string, bytes: number[]]>([
    ['an empty frame', []],
    ['four bytes', [0x80, 96, 0, 0]],
    ['RTP of version 0', [0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x41]],
    ['padding beyond its length', [0xa0, 96, 0, 1, 0, 0, 0, 0, 0x1a, 0x2b, 0x3c, 0x4d, 200]],
    ['an extension beyond its length', [0x90, 96, 0, 1, 0, 0, 0, 0, 0x1a, 0x2b, 0x3c, 0x4d, 0, 0, 0xff, 0xff]],
  ])('a camera that sends %s', async (_, bytes) => {
    const pictures = await watch()
    await pictures.send(3)
    pictures.camera.server.sendFrame(0, Uint8Array.from(bytes))
    await pictures.send(3)
    expect(pictures.camera.samples).toHaveLength(6)
    await pictures.camera.ends()
  })

  it.each([72, 85, 95])(
    'a camera whose SDP states payload type %i, which with the marker looks like RTCP',
    async (type) => {
      const camera = await meet({ DESCRIBE: described(SDP.replaceAll('96', `${type}`)) }, { audio: false }).opens()
      const stream = camera.stream(0, { payloadType: type })
      for (let i = 0; i < 5; i++) stream.send(i * 3_600, i === 0 ? [SPS, PPS, IDR] : [SLICE])
      await settled()
      expect(camera.samples).toHaveLength(5)
      expect(camera.tolerated).toEqual([])
      await camera.ends()
    },
  )

  it.each([0x1a2b3c4d, 0x77777777])(
    'a camera that changes its payload type in mid-stream, then with SSRC %i',
    async (ssrc) => {
      const pictures = await watch()
      await pictures.send(10)
      const { sequenceNumber } = pictures.stream
      const changed = new Pictures(pictures.camera, pictures.timestamp, { payloadType: 101, sequenceNumber, ssrc })
      await changed.send(100)
      // Believed when the stated one has not come for a while.
      expect(pictures.camera.samples.length).toBeGreaterThanOrEqual(40)
      expect(pictures.steps.slice(-30)).toEqual(Array(30).fill(4))
      expect(pictures.camera.tolerated).toContain('payload-type-other')
      await pictures.camera.ends()
    },
  )

  it.each([35, 63, 98])('a camera that sends payload type %i, and states 96', async (payloadType) => {
    const pictures = new Pictures(await meet({}, { audio: false }).opens(), 0, { payloadType })
    await pictures.send(10)
    expect(pictures.camera.samples).toHaveLength(10)
    expect(pictures.camera.tolerated).toContain('payload-type-other')
    await pictures.camera.ends()
  })

  it('a camera that mixes packets of another payload type into the stream', async () => {
    const camera = await meet(
      {
        DESCRIBE: `RTSP/1.0 200 OK\nCSeq: {cseq}\nContent-Length: {length}\n\nm=video 0 RTP/AVP 96 98\na=rtpmap:96 H264/90000\na=rtpmap:98 vnd.x/90000\n`,
      },
      { audio: false },
    ).opens()
    const stream = camera.stream(0)
    const other = camera.stream(0, { payloadType: 98 })
    stream.send(0, [SPS, PPS, IDR])
    other.sequenceNumber = stream.sequenceNumber++
    other.packet(0, [0x41, 0x9a, 1, 2], true)
    stream.send(3_600, [SLICE])
    await settled()
    expect(camera.pictures).toEqual([[[...IDR]], [[...SLICE]]])
    await camera.ends()
  })
})

describe('RTCP', () => {
  const NTP = 2_208_988_800
  const report = (ntpSeconds: number, rtpTimestamp: number) => {
    const writer = new ByteWriter()
    const ssrc = 0x1a2b3c4d
    writeSenderReport(writer, {
      ssrc,
      ntpSeconds,
      ntpFraction: 0,
      rtpTimestamp,
      packetCount: 1,
      octetCount: 1,
      reports: [],
    })
    return writer.toBytes()
  }

  it('a camera that sends RTCP on the RTP channel, and RTP on the RTCP channel', async () => {
    const camera = await meet({}, { audio: false }).opens()
    camera.server.sendFrame(0, report(NTP + 1_700_000_000, 0))
    camera.stream(1).picture(0)
    await settled()
    expect(camera.shown).toEqual(['video'])
    expect(camera.tolerated).toContain('rtcp-on-rtp-channel')
    await camera.ends()
  })

  it('a camera that sends everything on the RTP channel', async () => {
    const pictures = await watch()
    await pictures.send(6, () => pictures.camera.server.sendFrame(0, report(NTP + 1_700_000_000, pictures.timestamp)))
    expect(pictures.camera.samples).toHaveLength(6)
    await pictures.camera.ends()
  })

  it.each<[what: string, bytes: number[]]>([
    ['malformed SDES', [0x81, 202, 0, 2, 1, 2, 3, 4, 1, 200, 65, 66]],
    ['SDES without its end', [0x81, 202, 0, 2, 1, 2, 3, 4, 1, 2, 65, 66]],
    ['a report cut off', [0x80, 200, 0, 6, 1, 2, 3, 4]],
    ['a length beyond the packet', [0x80, 200, 0xff, 0xff, 1, 2, 3, 4, ...Array(20).fill(0)]],
    ['a compound whose second part is garbage', [...report(NTP, 0), 1, 2, 3, 4]],
    ['RTCP of a type nobody knows', [0x80, 210, 0, 1, 1, 2, 3, 4]],
  ])('a camera that sends %s', async (_, bytes) => {
    const pictures = await watch()
    await pictures.send(5, () => pictures.camera.server.sendFrame(1, Uint8Array.from(bytes)))
    expect(pictures.camera.samples).toHaveLength(5)
    expect(pictures.steps).toEqual(Array(4).fill(4))
    expect(pictures.camera.events.closed).not.toHaveBeenCalled()
    await pictures.camera.ends()
  })

  it.each([
    ['NTP time zero', () => 0],
    ['local time', () => NTP + Math.floor(Date.now() / 1000) + 7_200],
    ['a clock that stands still', () => NTP + 1_000],
    ['a clock that is years off', () => NTP + 100],
  ])('a camera whose sender reports have %s', async (_, seconds) => {
    const pictures = await watch()
    for (let second = 0; second < 12; second++) {
      pictures.camera.server.sendFrame(1, report(seconds(), pictures.timestamp))
      await pictures.send(25)
    }
    expect(pictures.steps).toEqual(Array(299).fill(4))
    await pictures.camera.ends()
  })

  it('a camera that says BYE of a source that is not playing', async () => {
    const pictures = await watch()
    await pictures.send(2)
    const writer = new ByteWriter()
    writeGoodbye(writer, [0x55])
    pictures.camera.server.sendFrame(1, writer.toBytes())
    await pictures.send(3)
    expect(pictures.camera.samples).toHaveLength(5)
    await pictures.camera.ends()
  })
})

describe('rhythm', () => {
  it('a camera whose sound is silent now and then', async () => {
    const camera = await meet().opens()
    const video = camera.stream(0)
    const audio = camera.stream(2, { payloadType: 97 })
    video.picture(0)
    audio.sound(0)
    await vi.advanceTimersByTimeAsync(4_000)
    // Four seconds of nothing on both clocks, as with silence suppression.
    video.picture(4 * 90_000)
    audio.sound(4 * 16_000)
    await settled()
    expect(camera.samples.map((sample) => [sample.kind, Math.round(sample.start)])).toEqual([
      ['video', 0],
      ['audio', 0],
      ['video', 4],
      ['audio', 4],
    ])
    await camera.ends()
  })
})
