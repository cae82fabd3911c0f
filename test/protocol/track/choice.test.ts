import { describe, expect, it } from 'vitest'
import { parseSessionDescription } from '../../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../../protocol/track/choice.ts'

const choose = (lines: string[], audio = true) => {
  const { chosen, skipped } = chooseTracks(parseSessionDescription(lines.join('\n')), { audio })
  return { chosen: chosen.map(({ index, kind, format }) => `${index} ${kind} ${format.encoding}`), skipped }
}
const VIDEO = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000']
const AUDIO = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/48000/2', 'a=fmtp:97 mode=AAC-hbr;config=1190']

describe('the choice of tracks', () => {
  it('puts the picture first, whatever its place in the SDP', () => {
    expect(choose([...AUDIO, ...VIDEO])).toEqual({ chosen: ['1 video H264', '0 audio MPEG4-GENERIC'], skipped: [] })
  })

  it('leaves sound out where it is not wanted', () => {
    expect(choose([...VIDEO, ...AUDIO], false)).toEqual({
      chosen: ['0 video H264'],
      skipped: [{ media: 'audio', encoding: 'MPEG4-GENERIC', reason: 'sound is not wanted' }],
    })
  })

  it('takes one track of a kind, and no way back to the camera', () => {
    const { chosen, skipped } = choose([...VIDEO, ...VIDEO, ...AUDIO, 'a=sendonly', ...AUDIO])
    expect(chosen).toEqual(['0 video H264', '3 audio MPEG4-GENERIC'])
    expect(skipped.map((track) => track.reason)).toEqual(['another video track is played', 'the track is sendonly'])
  })

  it('takes the first format of a media that it knows', () => {
    expect(choose(['m=video 0 RTP/AVP 97 96', 'a=rtpmap:97 H263-1998/90000', 'a=rtpmap:96 H264/90000']).chosen).toEqual(
      ['0 video H264'],
    )
  })

  it.each([
    [['m=video 0 RTP/AVP 31'], 'H261', 'the payload format is not supported'],
    [['m=video 0 RTP/AVP 96'], '', 'the SDP names no format'],
    // It cannot be put in order in the room that there is.
    [
      [...VIDEO, 'a=fmtp:96 packetization-mode=2;sprop-deint-buf-req=99999999'],
      'H264',
      'the payload format is not supported',
    ],
    [
      ['m=application 0 RTP/AVP 107', 'a=rtpmap:107 vnd.onvif.metadata/90000'],
      'VND.ONVIF.METADATA',
      'neither picture nor sound',
    ],
  ])('says why it leaves out %j', (lines, encoding, reason) => {
    expect(choose(lines)).toMatchObject({ chosen: [], skipped: [{ encoding, reason }] })
  })

  it.each([
    ['an empty sprop-parameter-sets', [...VIDEO, 'a=fmtp:96 sprop-parameter-sets=']],
    ['one that is not base64', [...VIDEO, 'a=fmtp:96 sprop-parameter-sets=%%%,Z0IAKeKQFge2,']],
    ['an AAC config that is none', ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 mpeg4-generic/44100', 'a=fmtp:97 config=xyz']],
    [
      'an AAC config that cannot be read',
      ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 mpeg4-generic/44100', 'a=fmtp:97 config=ffffffff'],
    ],
    ['no fmtp at all', ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 mpeg4-generic/44100']],
  ])('makes a depacketizer with %s', (_, lines) => {
    const [track] = chooseTracks(parseSessionDescription(lines.join('\n')), { audio: true }).chosen
    expect(track?.createDepacketizer(() => undefined).pull()).toBeNull()
  })
})
