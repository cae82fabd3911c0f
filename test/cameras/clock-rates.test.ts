import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CameraStream, described, IDR, type Meeting, meet, PPS, SDP, SLICE, SPS } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const PCMU = `${SDP.slice(0, SDP.indexOf('m=audio'))}m=audio 0 RTP/AVP 0\na=control:trackID=1\n`
/** Milliseconds of a step of the clock, in which a picture comes where there are 25 a second. */
const STEP = 40
/** Seconds of a frame of AAC with 16 kHz, and of a packet of G.711. */
const AAC_FRAME = 0.064
const G711_PACKET = 0.02

type Send = () => void

/** A camera that records picture and sound, and sends what it recorded as it is told to. */
class Yard {
  readonly camera: Meeting
  readonly #video: CameraStream
  readonly #audio: CameraStream
  /** Milliseconds since the start, by the camera's quartz. */
  #time = 0
  #pictures = 0
  readonly #waiting: Send[] = []

  constructor(camera: Meeting, soundType: number) {
    this.camera = camera
    this.#video = camera.stream(0)
    this.#audio = camera.stream(2, { payloadType: soundType })
  }

  /**
   * @param seconds for which it goes on
   * @param media what there is to be sent at a time, in seconds
   * @param pass of so many things that wait, how many are sent at a time; by default all
   */
  async sends(
    seconds: number,
    media: (time: number, yard: this) => readonly Send[],
    pass: (waiting: number, time: number) => number = (waiting) => waiting,
  ): Promise<void> {
    for (const end = this.#time + seconds * 1000; this.#time < end; this.#time += STEP) {
      const time = this.#time / 1000
      this.#waiting.push(...media(time, this))
      for (const send of this.#waiting.splice(0, pass(this.#waiting.length, time))) send()
      await vi.advanceTimersByTimeAsync(STEP)
      if (this.#time % 1000 === 0) await vi.dynamicImportSettled()
    }
  }

  picture(timestamp: number, marker: 'last' | 'none' = 'last'): Send {
    const payloads = this.#pictures++ % 25 === 0 ? [SPS, PPS, IDR] : [SLICE]
    return () => this.#video.send(Math.round(timestamp), payloads, marker)
  }

  /** The frames of AAC that begin in a step. @param rate ticks a second */
  aac(time: number, rate: number): Send[] {
    return beginning(time, AAC_FRAME).map((at) => () => this.#audio.sound(Math.round(at * rate)))
  }

  /** @param rate ticks a second @param bytes of a packet of 20 ms */
  g711(time: number, rate: number, bytes = 160): Send[] {
    return beginning(time, G711_PACKET).map(
      (at) => () => this.#audio.packet(Math.round(at * rate), new Uint8Array(bytes).fill(0xd5), false),
    )
  }

  /** Starts of the samples of a track, in seconds. */
  starts(kind: 'video' | 'audio'): number[] {
    return this.camera.samples.filter((sample) => sample.kind === kind).map(({ start }) => start)
  }

  /** Seconds that the newest so many steps of a track are long. */
  span(kind: 'video' | 'audio', steps: number): number {
    const starts = this.starts(kind)
    return (starts.at(-1) ?? 0) - (starts.at(-1 - steps) ?? Number.NaN)
  }

  /** By how much the sound is ahead of the picture at the end. */
  get apart(): number {
    return (this.starts('audio').at(-1) ?? Number.NaN) - (this.starts('video').at(-1) ?? Number.NaN)
  }

  get told(): string[] {
    return this.camera.tolerated.filter((id) => id === 'clock-rate-other' || id === 'timestamp-without-time')
  }
}

/** When the frames begin that begin in a step. */
function beginning(time: number, duration: number): number[] {
  const first = Math.ceil(time / duration - 1e-6)
  const end = Math.ceil((time + STEP / 1000) / duration - 1e-6)
  return Array.from({ length: end - first }, (_, index) => (first + index) * duration)
}

const watch = async (sdp = SDP, soundType = 97) => new Yard(await meet({ DESCRIBE: described(sdp) }).opens(), soundType)

/** As it should be. */
const usual = (time: number, yard: Yard): Send[] => [yard.picture(time * 90_000), ...yard.aac(time, 16_000)]

describe('timestamps that count another rate than stated', () => {
  it.each([1_000, 8_000, 48_000, 1_000_000])('a camera whose pictures count %i ticks a second', async (rate) => {
    const yard = await watch()
    await yard.sends(22, (time) => [yard.picture(time * rate), ...yard.aac(time, 16_000)])
    expect(yard.told).toEqual(['clock-rate-other'])
    expect(yard.span('video', 50)).toBeCloseTo(2, 2)
    expect(yard.span('audio', 25)).toBeCloseTo(1.6, 2)
    expect(Math.abs(yard.apart)).toBeLessThan(0.3)
    await yard.camera.ends()
  })

  it.each([
    ['its config, and not that of its rtpmap', 8_000, 16_000],
    ['its rtpmap, and not that of its SBR', 16_000, 32_000],
    ['48 kHz', 16_000, 48_000],
    ['8 kHz', 16_000, 8_000],
  ])('a camera whose AAC counts the rate of %s', async (_, stated, rate) => {
    const yard = await watch(SDP.replace('MPEG4-GENERIC/16000', `MPEG4-GENERIC/${stated}`))
    await yard.sends(22, (time) => [yard.picture(time * 90_000), ...yard.aac(time, rate)])
    expect(yard.told).toEqual(['clock-rate-other'])
    expect(yard.span('audio', 25)).toBeCloseTo(1.6, 1)
    expect(Math.abs(yard.apart)).toBeLessThan(0.3)
    await yard.camera.ends()
  })

  it.each([
    ['that has as many samples', 16_000, 320],
    ['whose samples are as stated', 16_000, 160],
    ['whose samples are as stated, and whose timestamps are of the picture', 90_000, 160],
  ])('a camera whose G.711 counts another rate, and %s', async (_, rate, bytes) => {
    const yard = await watch(PCMU, 0)
    await yard.sends(24, (time) => [yard.picture(time * 90_000), ...yard.g711(time, rate, bytes)])
    expect(yard.told).toEqual(['clock-rate-other'])
    expect(yard.span('audio', 50)).toBeCloseTo(1, 1)
    expect(Math.abs(yard.apart)).toBeLessThan(0.3)
    const sound = yard.camera.events.configuration.mock.calls.map(([one]) => one).filter(({ kind }) => kind === 'audio')
    expect(sound.at(-1)?.configuration).toMatchObject({ sampleRate: bytes * 50 })
    await yard.camera.ends()
  })
})

describe('timestamps that tell no time', () => {
  it.each<[what: string, of: (time: number) => number]>([
    ['stand still', () => 4711],
    ['count pictures', (time) => time * 25],
    ['count down', (time) => 1e9 - time * 90_000],
  ])('a camera whose timestamps %s', async (_, of) => {
    const yard = await watch()
    await yard.sends(14, (time) => [yard.picture(of(time)), ...yard.aac(time, 16_000)])
    expect(yard.told).toEqual(['timestamp-without-time'])
    expect(yard.span('video', 50)).toBeCloseTo(2, 1)
    expect(Math.abs(yard.apart)).toBeLessThan(0.3)
    await yard.camera.ends()
  })

  it('a camera whose timestamps stand still, and which sets no marker', async () => {
    const yard = await watch()
    await yard.sends(14, (time) => [yard.picture(4711, 'none'), ...yard.aac(time, 16_000)])
    expect(yard.told).toEqual(['timestamp-without-time'])
    expect(yard.span('video', 50)).toBeCloseTo(2, 1)
    await yard.camera.ends()
  })

  it('a camera whose timestamps begin to go on only after a while', async () => {
    const yard = await watch()
    await yard.sends(10, (time) => [yard.picture(0), ...yard.aac(time, 16_000)])
    await yard.sends(14, usual)
    expect(yard.told).toEqual(['timestamp-without-time', 'clock-rate-other'])
    expect(yard.span('video', 50)).toBeCloseTo(2, 2)
    await yard.camera.ends()
  })
})

describe('clocks that are right', () => {
  const isRight = (yard: Yard, seconds: number) => {
    expect(yard.told).toEqual([])
    expect(yard.span('video', yard.starts('video').length - 1)).toBeCloseTo(seconds - STEP / 1000, 2)
  }

  it.each<[what: string, pass: (waiting: number, time: number) => number]>([
    ['stalls for five seconds', (waiting, time) => (time > 4 && time < 9 ? 0 : waiting)],
    ['lets through too little for twelve seconds', (waiting, time) => (time < 12 ? 1 : waiting)],
    ['catches up slowly after a stall', (waiting, time) => (time < 6 ? 0 : Math.min(waiting, 4))],
    ['lets through a second at a time', (waiting, time) => (Math.round(time * 1000) % 1000 === 0 ? waiting : 0)],
    ['lets through what there is every three seconds', (w, time) => (Math.round(time * 1000) % 3000 === 0 ? w : 0)],
  ])('a network that %s', async (_, pass) => {
    const yard = await watch()
    await yard.sends(20, usual, pass)
    await yard.sends(4, usual)
    isRight(yard, 24)
    await yard.camera.ends()
  })

  it.each([0, 3, 6])('a server that begins with the ten seconds before, in %i seconds', async (seconds) => {
    const yard = await watch()
    await yard.sends(10, usual, () => 0)
    const together = seconds === 0 ? Number.POSITIVE_INFINITY : Math.ceil((1.625 * (10 + seconds)) / seconds)
    await yard.sends(14, usual, (waiting) => Math.min(waiting, together))
    isRight(yard, 24)
    await yard.camera.ends()
  })

  it.each<[what: string, isDue: (time: number) => boolean]>([
    ['a picture a second', (time) => Math.round(time * 1000) % 1000 === 0],
    ['a picture every five seconds', (time) => Math.round(time * 1000) % 5000 === 0],
    ['now 25 pictures a second, now one', (time) => time % 8 < 4 || Math.round(time * 1000) % 1000 === 0],
  ])('a camera that sends %s', async (_, isDue) => {
    const yard = await watch()
    await yard.sends(25.04, (time) => (isDue(time) ? [yard.picture(time * 90_000)] : []))
    expect(yard.told).toEqual([])
    expect(yard.starts('video').at(-1)).toBeCloseTo(25, 2)
    await yard.camera.ends()
  })

  it('a camera whose sound is silent now and then, and whose timestamps do not count that', async () => {
    const yard = await watch(PCMU, 0)
    await yard.sends(24, (time) => [
      yard.picture(time * 90_000),
      ...(time % 5 < 3 ? yard.g711(time - Math.floor(time / 5) * 2, 8_000) : []),
    ])
    isRight(yard, 24)
    await yard.camera.ends()
  })

  it('a recording that is sent at twice its speed', async () => {
    const recorded = SDP.replace('a=control:*', 'a=range:npt=0-100\na=control:*')
    const yard = await watch(recorded)
    await yard.sends(14, (time) => [
      yard.picture(time * 180_000),
      yard.picture((time + 0.02) * 180_000),
      ...yard.aac(time, 32_000),
    ])
    expect(yard.told).toEqual([])
    expect(yard.span('video', 50)).toBeCloseTo(2, 2)
    await yard.camera.ends()
  })
})
