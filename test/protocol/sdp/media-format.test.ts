import { describe, expect, it } from 'vitest'
import { direction, mediaFormats } from '../../../protocol/sdp/media-format.ts'
import { parseSessionDescription } from '../../../protocol/sdp/session-description.ts'

const media = (...lines: string[]) => {
  const description = parseSessionDescription(lines.join('\n')).media[0]
  if (!description) throw new Error('no media')
  return description
}
const formats = (...lines: string[]) =>
  mediaFormats(media(...lines)).map(({ payloadType, encoding, clockRate, channels, parameters }) => [
    payloadType,
    encoding,
    clockRate,
    channels,
    Object.fromEntries(parameters),
  ])

describe('the formats of a media description', () => {
  it('join rtpmap and fmtp', () => {
    expect(
      formats(
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 h264/90000 ',
        'a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFge2,aM48gA==; Profile-Level-ID=420029',
      ),
    ).toEqual([
      [
        96,
        'H264',
        90000,
        1,
        {
          'packetization-mode': '1',
          'sprop-parameter-sets': 'Z0IAKeKQFge2,aM48gA==',
          'profile-level-id': '420029',
        },
      ],
    ])
  })

  it.each([
    ['m=audio 0 RTP/AVP 0', [0, 'PCMU', 8000, 1, {}]],
    ['m=audio 0 RTP/AVP 9', [9, 'G722', 8000, 1, {}]],
    ['m=audio 0 RTP/AVP 10', [10, 'L16', 44100, 2, {}]],
    ['m=video 0 RTP/AVP 26', [26, 'JPEG', 90000, 1, {}]],
  ])('need no rtpmap for the static payload type of %s', (line, format) => {
    expect(formats(line)).toEqual([format])
  })

  it('come in the order of preference, without those that nothing explains', () => {
    expect(formats('m=audio 0 RTP/AVP 97 8 111', 'a=rtpmap:97 opus/48000/2').map((format) => format[1])).toEqual([
      'OPUS',
      'PCMA',
    ])
  })

  it.each([
    ['a clock rate of zero', 'a=rtpmap:96 H264/0'],
    ['no clock rate', 'a=rtpmap:96 H264'],
    ['an rtpmap of another payload type, where it is the only one', 'a=rtpmap:97 H264/90000'],
  ])('tolerate %s', (_, line) => {
    expect(formats('m=video 0 RTP/AVP 96', line)).toEqual([[96, 'H264', 90000, 1, {}]])
  })

  it('take an fmtp of another payload type, where there is only one format', () => {
    const [format] = formats('m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000', 'a=fmtp:96 config=1408')
    expect(format?.[4]).toEqual({ config: '1408' })
  })
})

it('the formats of long lines are read in linear time', () => {
  const time = (length: number) => {
    const lines = [
      `a=rtpmap:96${' '.repeat(length)}H264${' /'.repeat(length)}90000`,
      `a=fmtp:96${' '.repeat(length)}a${' b'.repeat(length)}=c${' ='.repeat(length)}`,
      `m=video${' '.repeat(length)}${'/ '.repeat(length)}`,
    ]
    const started = performance.now()
    formats('m=video 0 RTP/AVP 96', ...lines)
    return performance.now() - started
  }
  time(1_000)
  // Quadratic time would be minutes.
  expect(time(100_000)).toBeLessThan(1_000)
})

it('the direction is what the server states, or nothing', () => {
  expect(direction(media('m=audio 0 RTP/AVP 0', 'a=sendonly'))).toBe('sendonly')
  expect(direction(media('m=audio 0 RTP/AVP 0'))).toBeUndefined()
  const session = parseSessionDescription('a=sendonly\nm=audio 0 RTP/AVP 0\nm=audio 0 RTP/AVP 0\na=recvonly')
  expect(session.media.map((one) => direction(one, session))).toEqual(['sendonly', 'recvonly'])
})
