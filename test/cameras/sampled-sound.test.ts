import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { siren } from '../protocol/sound/ffmpeg.ts'
import { decodeFlacFrame } from '../protocol/sound/flac-decoder.ts'
import { type CameraStream, described, type Meeting, meet, settled } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const sdp = (...media: string[]) =>
  described(
    `${['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0', ...media, 'a=recvonly', 'a=control:a'].join('\n')}\n`,
  )

async function hear(
  media: string[],
  payloadType: number,
  play: (stream: CameraStream, camera: Meeting) => void,
): Promise<Meeting> {
  const camera = await meet({ DESCRIBE: sdp(...media) }).opens()
  play(camera.stream(0, { payloadType }), camera)
  await settled()
  await camera.ends()
  return camera
}

/** All that is heard, gaps left out. */
const heard = (camera: Meeting): number[] =>
  camera.samples.flatMap(({ data }) => [...(decodeFlacFrame(Uint8Array.from(data)).samples[0] ?? [])])
const soundOf = (camera: Meeting) => {
  const segment = camera.events.initializationSegment.mock.calls.at(-1)?.[0]
  const { configuration } = segment ?? {}
  return configuration?.kind === 'audio' ? [segment?.mimeType, configuration.sampleRate, configuration.channels] : null
}

/** A-law for 8, 24, −8. */
const QUIET = [0xd5, 0xd4, 0x55]
const ofLength = (length: number) => Array.from({ length }, (_, i) => QUIET[i % 3] ?? 0)
const decoded = (length: number) => Array.from({ length }, (_, i) => [8, 24, -8][i % 3] ?? 0)
const PCMA = ['m=audio 0 RTP/AVP 8']

describe('G.711', () => {
  it.each([20, 30, 40, 64, 100, 200, 500, 1000])(
    'a camera that sends G.711 in packets of %i ms',
    async (milliseconds) => {
      const length = milliseconds * 8
      const camera = await hear(PCMA, 8, (stream) => {
        for (let i = 0; i < 3; i++) stream.packet(i * length, ofLength(length), false)
      })
      expect(heard(camera)).toEqual([0, 1, 2].flatMap(() => decoded(length)))
      expect(camera.samples.map(({ start }) => start * 8000)).toEqual([0, length, 2 * length])
      expect(soundOf(camera)).toEqual(['audio/mp4; codecs="flac"', 8000, 1])
    },
  )

  it.each<[rtpmap: string, payloadType: number, rate: number, channels: number]>([
    ['PCMA/8000', 8, 8000, 1],
    ['pcma/8000/1', 97, 8000, 1],
    ['PCMA', 97, 8000, 1],
    ['PCMA/0', 97, 8000, 1],
    ['PCMA/16000', 97, 16_000, 1],
    ['PCMA/48000/2', 97, 48_000, 2],
  ])('a camera that states G.711 as %s', async (rtpmap, payloadType, rate, channels) => {
    const media = [`m=audio 0 RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${rtpmap}`]
    const camera = await hear(media, payloadType, (stream) => stream.packet(0, ofLength(rate / 10), false))
    expect(soundOf(camera)).toEqual(['audio/mp4; codecs="flac"', rate, channels])
  })

  it('a camera that loses a packet of G.711', async () => {
    const camera = await hear(PCMA, 8, (stream) => {
      stream.packet(0, ofLength(160), false)
      stream.sequenceNumber++
      stream.packet(320, ofLength(160), false)
    })
    expect(heard(camera)).toEqual([...decoded(160), ...new Array(160).fill(0), ...decoded(160)])
    expect(camera.pipeline.statistics().tracks[0]?.lost).toBe(1)
  })

  it.each<[what: string, rtpmaps: string[], payloadType: number]>([
    ['comfort noise', ['a=rtpmap:13 CN/8000'], 13],
    ['comfort noise that it never stated', [], 13],
    ['telephone events', ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16'], 101],
  ])('a camera that sends %s among its G.711', async (what, rtpmaps, payloadType) => {
    const types = what.endsWith('stated') ? '8' : `8 ${payloadType}`
    const camera = await hear([`m=audio 0 RTP/AVP ${types}`, ...rtpmaps], 8, (stream, meeting) => {
      stream.packet(0, ofLength(160), true)
      const other = meeting.stream(0, { payloadType, ssrc: stream.ssrc, sequenceNumber: stream.sequenceNumber })
      other.packet(160, [0x40], false)
      other.packet(320, [0x40], false)
      stream.sequenceNumber = other.sequenceNumber
      stream.packet(480, ofLength(160), true)
    })
    expect(heard(camera)).toEqual([...decoded(160), ...new Array(320).fill(0), ...decoded(160)])
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, malformed: 0, strays: 2 })
  })

  it('a camera whose sound is only comfort noise and telephone events', async () => {
    const media = ['m=audio 0 RTP/AVP 13 101', 'a=rtpmap:101 telephone-event/8000', 'm=video 0 RTP/AVP 96']
    const camera = await meet({ DESCRIBE: sdp(...media, 'a=rtpmap:96 H264/90000') }).plays()
    expect(camera.events.tracks.mock.calls[0]?.[1]).toMatchObject([
      { media: 'audio', encoding: 'CN', reason: 'the payload format is not supported' },
    ])
    await camera.ends()
  })
})

describe('L16', () => {
  const sound = siren(16_000, 1)
  const packets = (order: 'big' | 'little') =>
    Array.from({ length: 50 }, (_, packet) =>
      Array.from({ length: 640 }, (_, i) => {
        const sample = sound[packet * 320 + (i >> 1)] ?? 0
        return (sample >> ((i & 1) === (order === 'big' ? 0 : 1) ? 8 : 0)) & 0xff
      }),
    )
  const L16 = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 L16/16000']

  it.each(['big', 'little'] as const)('a camera that sends L16 with the bytes in %s-endian order', async (order) => {
    const camera = await hear(L16, 97, (stream) => {
      for (const [i, packet] of packets(order).entries()) stream.packet(i * 320, packet, false)
    })
    expect(heard(camera)).toEqual([...sound])
    expect(camera.tolerated).toEqual(order === 'little' ? ['l16-little-endian'] : [])
  })
})
