import { describe, expect, it } from 'vitest'
import { describeForViewers } from '../../../bridge/hub/hub-description.ts'

const of = (...lines: string[]) => describeForViewers(new TextEncoder().encode(lines.join('\r\n')), 'lobby')
const CAMERA = [
  'v=0',
  'o=admin 1 1 IN IP4 10.1.2.3',
  's=AXIS at 10.1.2.3',
  'u=http://10.1.2.3/',
  'e=admin@10.1.2.3',
  'c=IN IP4 10.1.2.3',
  'a=control:rtsp://10.1.2.3/live',
  'm=video 40000 RTP/AVP 96',
  'c=IN IP4 239.1.2.3/5',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==,aM4PyA==',
  'a=control:rtsp://10.1.2.3/live/track1',
  'a=x-vendor:10.1.2.3',
  'm=audio 0 RTP/AVP 0',
  'a=recvonly',
  'm=audio 0 RTP/AVP 8',
  'a=sendonly',
]

describe('the description that viewers get', () => {
  it('holds what a decoder needs, and nothing else that the camera wrote', () => {
    const text = new TextDecoder().decode(of(...CAMERA).body)
    expect(text.split('\r\n')).toEqual([
      'v=0',
      'o=- 0 0 IN IP4 0.0.0.0',
      's=lobby',
      'c=IN IP4 0.0.0.0',
      't=0 0',
      'a=control:*',
      'a=range:npt=now-',
      'm=video 0 RTP/AVP 96',
      'a=rtpmap:96 H264/90000',
      'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==,aM4PyA==',
      'a=control:trackID=0',
      'm=audio 0 RTP/AVP 0',
      'a=recvonly',
      'a=control:trackID=1',
      '',
    ])
  })

  it('leaves out the way back', () => {
    expect(of(...CAMERA).tracks.map(({ control }) => control)).toEqual(['trackID=0', 'trackID=1'])
  })

  it('takes a camera that states the directions from its own point of view for what it means', () => {
    const turned = CAMERA.map((line) => (line === 'a=control:rtsp://10.1.2.3/live/track1' ? 'a=sendonly' : line))
    expect(of(...turned).tracks.map(({ media }) => media.payloadTypes)).toEqual([[96], [8]])
  })

  it('leaves out what is encrypted, for viewers are told RTP/AVP', () => {
    const { tracks } = of(...CAMERA.map((line) => line.replace('video 40000 RTP/AVP', 'video 0 RTP/SAVP')))
    expect(tracks.map(({ control }) => control)).toEqual(['trackID=1'])
  })

  it('promises the same as long as decoders can go on', () => {
    const before = of(...CAMERA).promise
    expect(of(...CAMERA.map((line) => line.replaceAll('10.1.2.3', '10.9.9.9'))).promise).toBe(before)
    expect(of(...CAMERA.map((line) => line.replace('Z0LADNoFB', 'Z0LADNoFC'))).promise).not.toBe(before)
  })
})
