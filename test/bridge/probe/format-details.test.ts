import { describe, expect, it } from 'vitest'
import { describeConfiguration, describeFormat } from '../../../bridge/probe/format-details.ts'
import { createAudioSpecificConfig } from '../../../protocol/codec/aac.ts'
import { H264ParameterSets } from '../../../protocol/codec/h264-parameter-sets.ts'
import { mediaFormats } from '../../../protocol/sdp/media-format.ts'
import { parseSessionDescription } from '../../../protocol/sdp/session-description.ts'
import { PPS, SPS } from './scripted-camera.ts'

function describeSdp(...lines: string[]) {
  const [media] = parseSessionDescription(['v=0', ...lines].join('\r\n')).media
  if (!media) throw new Error('no media')
  return describeFormat(media.media, mediaFormats(media)[0])
}
const h264 = (fmtp: string) => describeSdp('m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=fmtp:96 ${fmtp}`)

describe('the details of H.264', () => {
  it('come from the SPS of the SDP', () => {
    expect(h264('sprop-parameter-sets=Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==,aM4PyA==')).toMatchObject({
      codecString: 'avc1.42C00C',
      profile: 'Constrained Baseline',
      level: '1.2',
      width: 320,
      height: 240,
      sampleRate: null,
    })
  })

  it.each([
    ['42E01F', 'Constrained Baseline', '3.1'],
    ['42000A', 'Baseline', '1.0'],
    ['4D401E', 'Main', '3.0'],
    ['640029', 'High', '4.1'],
    ['6E0033', 'High 10', '5.1'],
    ['42100B', 'Baseline', '1b'],
    ['640009', 'High', '1b'],
    ['01000A', 'profile 1', '1.0'],
  ])('come from profile-level-id %s where there is no SPS', (stated, profile, level) => {
    expect(h264(`profile-level-id=${stated}`)).toMatchObject({
      codecString: `avc1.${stated}`,
      profile,
      level,
      width: null,
    })
  })

  it.each(['packetization-mode=1', 'sprop-parameter-sets=Z0I=', 'sprop-parameter-sets=!!!', 'profile-level-id=xyz'])(
    'are unknown with %s',
    (fmtp) => {
      expect(h264(fmtp)).toMatchObject({ codecString: null, profile: null, width: null })
    },
  )

  it('are replaced by those of the stream', () => {
    const sets = new H264ParameterSets()
    sets.add(SPS)
    sets.add(PPS)
    const configuration = sets.configuration()
    if (!configuration) throw new Error('no configuration')
    expect(describeConfiguration(h264('profile-level-id=640029'), configuration)).toMatchObject({
      codecString: 'avc1.42C00C',
      profile: 'Constrained Baseline',
      width: 320,
      height: 240,
      statedFrameRate: 1,
    })
  })
})

describe('the details of sound', () => {
  it('come from the config of AAC, which wins over the rtpmap', () => {
    const sdp = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/8000', 'a=fmtp:97 mode=AAC-hbr;config=1190']
    expect(describeSdp(...sdp)).toMatchObject({
      codecString: 'mp4a.40.2',
      profile: 'AAC LC',
      sampleRate: 48_000,
      channels: 2,
    })
  })

  it('come from the rtpmap where there is no config that can be read', () => {
    const sdp = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000/2', 'a=fmtp:97 config=zz']
    expect(describeSdp(...sdp)).toMatchObject({ codecString: null, profile: null, sampleRate: 16_000, channels: 2 })
  })

  it.each([
    ['G.722 samples at twice its RTP clock', 9, 16_000],
    ['µ-law samples at its RTP clock', 0, 8000],
    ['MPEG audio does not tell', 14, null],
  ])('know that %s', (_, payloadType, sampleRate) => {
    expect(describeSdp(`m=audio 0 RTP/AVP ${payloadType}`)).toMatchObject({ sampleRate, channels: sampleRate && 1 })
  })

  it('are replaced by those of the stream', () => {
    const before = describeFormat('audio', undefined)
    const description = createAudioSpecificConfig(32_000, 2)
    const configuration = { kind: 'audio', codec: 'mp4a.40.2', description, sampleRate: 32_000, channels: 2 } as const
    expect(describeConfiguration(before, configuration)).toMatchObject({
      profile: 'AAC LC',
      sampleRate: 32_000,
      channels: 2,
    })
  })
})

it('a format that the SDP does not name has no details', () => {
  expect(Object.values(describeSdp('m=audio 0 RTP/AVP 111'))).toEqual(Array(8).fill(null))
})
