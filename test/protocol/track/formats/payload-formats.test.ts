import { describe, expect, it } from 'vitest'
import { Av1Depacketizer } from '../../../../protocol/depacketizer/av1.ts'
import { Mp4vEsDepacketizer } from '../../../../protocol/depacketizer/mp4v-es.ts'
import { Vp8Depacketizer } from '../../../../protocol/depacketizer/vp8.ts'
import { Vp9Depacketizer } from '../../../../protocol/depacketizer/vp9.ts'
import { parseSessionDescription } from '../../../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../../../protocol/track/choice.ts'
import { buildVisualConfig, I_VOP } from '../../codec/mpeg4-visual-builder.ts'
import { push } from '../../depacketizer/packets.ts'

/** The depacketizer of a video with this rtpmap and fmtp; undefined where there is none for it. */
function depacketizerOf(encoding: string, fmtp = '') {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 10.0.0.1',
    's=-',
    't=0 0',
    'm=video 0 RTP/AVP 96',
    `a=rtpmap:96 ${encoding}/90000`,
  ]
  const sdp = parseSessionDescription(
    [...lines, ...(fmtp ? [`a=fmtp:96 ${fmtp}`] : []), 'a=control:v', ''].join('\r\n'),
  )
  return chooseTracks(sdp, { audio: true }).chosen[0]?.createDepacketizer(() => undefined)
}

describe('the payload format', () => {
  it.each([
    ['AV1', Av1Depacketizer],
    ['AV1X', Av1Depacketizer],
    ['VP8', Vp8Depacketizer],
    ['vp9', Vp9Depacketizer],
    ['VP9-DRAFT-IETF-01', Vp9Depacketizer],
    ['MP4V-ES', Mp4vEsDepacketizer],
  ])('of %s is known', (encoding, depacketizer) => {
    expect(depacketizerOf(encoding)).toBeInstanceOf(depacketizer)
  })

  it('of an encoding that nobody knows is none', () => {
    expect(depacketizerOf('VP10')).toBeUndefined()
    expect(depacketizerOf('CONSTRUCTOR')).toBeUndefined()
  })
})

describe('the fmtp of MP4V-ES', () => {
  const codecOf = (fmtp: string) => {
    const depacketizer = depacketizerOf('MP4V-ES', fmtp)
    const [unit] = depacketizer ? push(depacketizer, I_VOP, { marker: true }) : []
    return unit?.configuration?.codec
  }
  const hex = (fields: Parameters<typeof buildVisualConfig>[0]) =>
    Buffer.from(buildVisualConfig(fields)).toString('hex')

  it('has the headers in config, and profile and level for those that state none', () => {
    expect(codecOf(`profile-level-id=5; config=${hex({ profileAndLevel: 0xf3 })}`)).toBe('mp4v.20.243')
    const headers = hex({ profileAndLevel: undefined })
    expect(codecOf(`profile-level-id=5;config=${headers.toUpperCase()}`)).toBe('mp4v.20.5')
    for (const level of ['', 'profile-level-id=0;', 'profile-level-id=256;', 'profile-level-id=x;']) {
      expect(codecOf(`${level}config=${headers}`)).toBe('mp4v.20.1')
    }
  })

  it('without headers, or with such as cannot be read, waits for those in band', () => {
    for (const fmtp of ['', 'config=', 'config=000', 'config=zz', 'config=000001b0'])
      expect(codecOf(fmtp)).toBeUndefined()
  })
})
