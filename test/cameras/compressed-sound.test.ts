import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BitWriter } from '../../protocol/bytes/bit-writer.ts'
import type { DeviationId } from '../../protocol/deviation.ts'
import { layer3Frame } from '../protocol/codec/mpeg-audio-frames.ts'
import { writeStreamMuxConfig } from '../protocol/codec/mux-builder.ts'
import { type CameraStream, described, type Meeting, meet, settled } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

async function hear(media: string[], payloadType: number, play: (stream: CameraStream) => void): Promise<Meeting> {
  const lines = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0', ...media, 'a=control:a']
  const camera = await meet({ DESCRIBE: described(`${lines.join('\n')}\n`) }).opens()
  play(camera.stream(0, { payloadType }))
  await settled()
  await camera.ends()
  return camera
}
const framesOf = (camera: Meeting) => camera.samples.map((sample) => sample.data)
const soundOf = (camera: Meeting) => {
  const configuration = camera.events.initializationSegment.mock.calls.at(-1)?.[0].configuration
  return configuration?.kind === 'audio'
    ? [configuration.codec, configuration.sampleRate, configuration.channels]
    : null
}
const counted = (camera: Meeting) => {
  const track = camera.pipeline.statistics().tracks[0]
  return { malformed: track?.malformed, dropped: track?.dropped }
}

describe('AAC in LATM', () => {
  const FRAME = [0x21, 0x10, 0x05, 0x00]
  const FRAME_2 = [0x21, 0x1a, 0x44, 0x91, 0x07]
  const element = (...frames: number[][]) => frames.flatMap((frame) => [frame.length, ...frame])
  /** useSameStreamMux 1, then the same, a bit later. */
  const shifted = (bytes: number[]) =>
    [...bytes, 0].map((byte, index) => (((index === 0 ? 1 : (bytes[index - 1] ?? 0)) << 7) | (byte >> 1)) & 0xff)
  const media = (rtpmap: string, fmtp: string | null) => [
    'm=audio 0 RTP/AVP 97',
    `a=rtpmap:97 ${rtpmap}`,
    ...(fmtp === null ? [] : [`a=fmtp:97 ${fmtp}`]),
  ]

  it.each<[rtpmap: string, fmtp: string, sound: [string, number, number], met: DeviationId[]]>([
    ['MP4A-LATM/48000/2', 'profile-level-id=1;cpresent=0;config=40002320003fc0', ['mp4a.40.2', 48_000, 2], []],
    ['mp4a-latm/16000', 'cpresent=0; object=2; config=40002810003FC0', ['mp4a.40.2', 16_000, 1], []],
    ['MP4A-LATM/90000', 'cpresent=0;config=40002320003fc0', ['mp4a.40.2', 48_000, 2], []],
    ['MP4A-LATM', 'cpresent=0;config=40002320003fc0', ['mp4a.40.2', 48_000, 2], ['rtpmap-without-clock-rate']],
    ['MP4A-LATM/48000', 'cpresent=0;config=40002310adca00', ['mp4a.40.2', 48_000, 1], []],
    ['MP4A-LATM/48000', 'cpresent=0;config=1190', ['mp4a.40.2', 48_000, 2], []],
    ['MP4A-LATM/48000', 'config=40002320003fc0', ['mp4a.40.2', 48_000, 2], []],
    ['MP4A-LATM/48000', 'cpresent=1;config=40002320003fc0', ['mp4a.40.2', 48_000, 2], []],
  ])('a camera that states LATM as %s with %j and sends no configuration', async (rtpmap, fmtp, sound, met) => {
    const ticks = rtpmap.includes('/') && !rtpmap.includes('90000') ? 1024 : (1024 * 90_000) / sound[1]
    const camera = await hear(media(rtpmap, fmtp), 97, (stream) => {
      stream.packet(0, element(FRAME), true)
      stream.packet(ticks, element(FRAME_2), true)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2])
    expect(soundOf(camera)).toEqual(sound)
    expect(camera.samples[1]?.start).toBeCloseTo(1024 / sound[1], 4)
    expect(camera.tolerated).toEqual(met)
    expect(counted(camera)).toEqual({ malformed: 0, dropped: 0 })
  })

  it.each([null, 'cpresent=1', 'cpresent=0', 'cpresent=0;config=zz'])(
    'a camera that sends the configuration of LATM within the stream, with %j in the SDP',
    async (fmtp) => {
      // useSameStreamMux 0, the configuration, and the frame, which does not begin where a byte does.
      const writer = new BitWriter().flag(false)
      writeStreamMuxConfig(writer)
      for (const byte of element(FRAME)) writer.bits(8, byte)
      const bytes = [...writer.toBytes()]
      const camera = await hear(media('MP4A-LATM/48000', fmtp), 97, (stream) => {
        stream.packet(0, bytes, true)
        stream.packet(1024, shifted(element(FRAME_2)), true)
      })
      expect(framesOf(camera)).toEqual([FRAME, FRAME_2])
      expect(soundOf(camera)).toEqual(['mp4a.40.2', 48_000, 2])
      expect(counted(camera)).toEqual({ malformed: 0, dropped: 0 })
    },
  )

  it('a camera that puts several elements of LATM in a packet, or sets no marker', async () => {
    const camera = await hear(media('MP4A-LATM/48000', 'cpresent=0;config=40002320003fc0'), 97, (stream) => {
      stream.packet(0, element(FRAME, FRAME_2), true)
      stream.packet(2048, element(FRAME_2), false)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2, FRAME_2])
    expect(camera.samples.map((sample) => Math.round(sample.start * 48_000))).toEqual([0, 1024, 2048])
  })
})

describe('Opus', () => {
  const MONO = [31 << 3, 1, 2, 3]
  const STEREO = [(31 << 3) | 4, 4, 5, 6]
  const media = (rtpmap: string, fmtp?: string) => [
    'm=audio 0 RTP/AVP 111',
    `a=rtpmap:111 ${rtpmap}`,
    ...(fmtp === undefined ? [] : [`a=fmtp:111 ${fmtp}`]),
  ]

  it.each<[rtpmap: string, fmtp: string | undefined, packet: number[], channels: number, met: DeviationId[]]>([
    ['opus/48000/2', undefined, MONO, 1, []],
    ['opus/48000/2', undefined, STEREO, 2, []],
    ['opus/48000/2', 'sprop-stereo=1', MONO, 2, []],
    ['OPUS/48000/2', 'stereo=0;sprop-stereo=0;useinbandfec=1', STEREO, 2, []],
    ['opus/48000', undefined, MONO, 1, []],
    ['opus/16000/1', undefined, MONO, 1, ['opus-rtpmap-other']],
    ['opus', undefined, MONO, 1, ['rtpmap-without-clock-rate']],
  ])('a camera that states Opus as %s with %j', async (rtpmap, fmtp, packet, channels, met) => {
    const camera = await hear(media(rtpmap, fmtp), 111, (stream) => {
      stream.packet(0, packet, false)
      stream.packet(960, packet, false)
    })
    expect(framesOf(camera)).toEqual([packet, packet])
    expect(soundOf(camera)).toEqual(['opus', 48_000, channels])
    expect(camera.samples[1]?.start).toBe(0.02)
    expect(camera.tolerated).toEqual(met)
  })

  it('a camera that sends no Opus while it is quiet', async () => {
    const camera = await hear(media('opus/48000/2', 'usedtx=1'), 111, (stream) => {
      stream.packet(0, MONO, false)
      stream.packet(19_200, MONO, true)
      stream.packet(20_160, MONO, false)
    })
    expect(camera.samples.map((sample) => sample.start)).toEqual([0, 0.4, 0.42])
    expect(camera.tolerated).toEqual([])
    expect(counted(camera)).toEqual({ malformed: 0, dropped: 0 })
  })
})

describe('MP3', () => {
  const FRAME = layer3Frame()
  const packet = (offset: number, bytes: number[]) => [0, 0, 0, offset, ...bytes]

  it.each<[what: string, media: string[], payloadType: number]>([
    ['as payload type 14 alone', ['m=audio 0 RTP/AVP 14'], 14],
    ['with channels and another type', ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPA/90000/2'], 97],
    ['without a clock rate', ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 mpa'], 97],
  ])('a camera that states MP3 %s', async (_, media, payloadType) => {
    const camera = await hear(media, payloadType, (stream) => {
      stream.packet(0, packet(0, [...FRAME, ...FRAME]), true)
      stream.packet(4702, packet(0, FRAME.slice(0, 100)), false)
      stream.packet(4702, packet(100, FRAME.slice(100)), false)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME, FRAME])
    expect(soundOf(camera)).toEqual(['mp3', 44_100, 2])
    expect(camera.samples[2]?.start).toBeCloseTo((2 * 1152) / 44_100, 4)
    expect(counted(camera)).toEqual({ malformed: 0, dropped: 0 })
  })
})
