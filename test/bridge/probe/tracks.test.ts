import { describe, expect, it } from 'vitest'
import { describeStream } from '../../../bridge/probe/tracks.ts'
import { parseRtspUri } from '../../../protocol/rtsp/uri.ts'

const BASE = parseRtspUri('rtsp://camera/live/')

function tracksOf(...lines: string[]) {
  const stream = describeStream(new TextEncoder().encode(['v=0', ...lines].join('\r\n')), BASE)
  return stream?.tracks.map((track) => track.report) ?? []
}

describe('the tracks of an SDP', () => {
  it.each([
    ['of its own', ['m=video 0 RTP/AVP 96', 'a=sendonly'], 'sendonly'],
    ['of the session', ['a=sendrecv', 'm=video 0 RTP/AVP 96'], 'sendrecv'],
    ['of its own before that of the session', ['a=sendrecv', 'm=video 0 RTP/AVP 96', 'a=inactive'], 'inactive'],
    ['of the player where none is stated', ['m=video 0 RTP/AVP 96'], 'recvonly'],
  ])('have the direction %s', (_, lines, direction) => {
    expect(tracksOf(...lines)[0]?.direction).toBe(direction)
  })

  it.each([
    ['relative', 'trackID=1', 'rtsp://camera/live/trackID=1'],
    ['absolute', 'rtsp://camera/live/1?ctype=video', 'rtsp://camera/live/1?ctype=video'],
    ['with a password', 'rtsp://root:pass@camera/live/1', 'rtsp://camera/live/1'],
    ['the session itself', '*', 'rtsp://camera/live/'],
  ])('have an absolute control URL, stated %s', (_, control, url) => {
    expect(tracksOf('m=video 0 RTP/AVP 96', `a=control:${control}`)[0]?.control).toBe(url)
  })

  it('have the session for their control where they state none', () => {
    expect(tracksOf('m=video 0 RTP/AVP 96')[0]?.control).toBe('rtsp://camera/live/')
  })

  it('are named by their rtpmap in upper case, or by their static payload type', () => {
    const tracks = tracksOf(
      'm=audio 0 RTP/AVP 97',
      'a=rtpmap:97 opus/48000/2',
      'a=lang:de',
      'm=audio 0 RTP/AVP 8',
      'm=application 0 RTP/AVP 98',
      'a=rtpmap:98 smpte336m/90000',
      'm=video 0 RTP/AVP 99',
    )
    expect(tracks.map(({ media, codec, clockRate, payloadType }) => [media, codec, clockRate, payloadType])).toEqual([
      ['audio', 'OPUS', 48_000, 97],
      ['audio', 'PCMA', 8000, 8],
      ['application', 'SMPTE336M', 90_000, 98],
      ['video', '', null, 99],
    ])
    expect(tracks.map((track) => track.language)).toEqual(['de', null, null, null])
  })

  it('each have their own reason for being left out', () => {
    const video = (type: number) => [`m=video 0 RTP/AVP ${type}`, `a=rtpmap:${type} H264/90000`]
    const tracks = tracksOf(
      'm=application 0 RTP/AVP 98',
      ...video(96),
      ...video(97),
      'm=audio 0 RTP/AVP 0',
      'a=sendonly',
    )
    expect(tracks.map(({ playable, reason }) => [playable, reason])).toEqual([
      [false, 'neither picture nor sound'],
      [true, null],
      [true, 'another video track is played'],
      [false, 'the track is sendonly'],
    ])
  })

  it('are none where it cannot be read', () => {
    expect(describeStream(new TextEncoder().encode('<html>'), BASE)).toBeNull()
  })
})
