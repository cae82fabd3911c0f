import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviationId } from '../../protocol/deviation.ts'
import { parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../protocol/track/choice.ts'
import { described, type Meeting, meet, SDP } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A camera with this session description, opened. */
const opened = (sdp: string | string[]) =>
  meet({ DESCRIBE: described(Array.isArray(sdp) ? `${sdp.join('\n')}\n` : sdp) }).opens()

/** A camera whose picture is shown with this session description. */
async function shows(sdp: string | string[]): Promise<Meeting> {
  const camera = await opened(sdp)
  await camera.shows()
  return camera
}

/** What is tolerated of a session description. */
function tolerated(sdp: string | Uint8Array | string[]): DeviationId[] {
  const met = new Set<DeviationId>()
  const report = (id: DeviationId) => void met.add(id)
  const text = Array.isArray(sdp) ? sdp.join('\r\n') : sdp
  chooseTracks(parseSessionDescription(text, report), { audio: true, report })
  return [...met].sort()
}

const skippedOf = (camera: Meeting) => camera.events.tracks.mock.calls[0]?.[1].map((track) => track.reason)

const HEAD = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0']
const VIDEO = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:v']
const AUDIO = [
  'm=audio 0 RTP/AVP 97',
  'a=rtpmap:97 MPEG4-GENERIC/16000/1',
  'a=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3',
  'a=control:a',
]

describe('tracks', () => {
  const track = (lines: readonly string[], ...more: string[]) => [...lines.slice(0, -1), ...more]

  it('a camera with several pictures, metadata and a backchannel', async () => {
    const camera = await opened([
      ...HEAD,
      ...track(VIDEO, 'a=control:main', 'a=recvonly'),
      ...track(VIDEO, 'a=control:sub', 'a=recvonly'),
      'm=application 0 RTP/AVP 107',
      'a=rtpmap:107 vnd.onvif.metadata/90000',
      'a=control:meta',
      'a=recvonly',
      ...track(AUDIO, 'a=control:talk', 'a=sendonly'),
      ...track(AUDIO, 'a=control:hear', 'a=recvonly'),
    ])
    expect(camera.addresses('SETUP').map((address) => address.split('/').at(-1))).toEqual(['main', 'hear'])
    expect(skippedOf(camera)).toEqual([
      'another video track is played',
      'neither picture nor sound',
      'the track is sendonly',
    ])
    await camera.shows({ video: 0, audio: 2 })
    await camera.ends()
  })

  it('a camera whose first picture has a codec nobody knows', async () => {
    const camera = await opened([
      ...HEAD,
      'm=video 0 RTP/AVP 98',
      'a=rtpmap:98 X-SVAC/90000',
      'a=control:svac',
      ...VIDEO,
    ])
    expect(camera.addresses('SETUP')).toEqual(['rtsp://192.168.7.20/live/v'])
    await camera.ends()
  })

  it('a camera whose only picture has a codec nobody knows, and which has sound', async () => {
    const camera = await opened([...HEAD, 'm=video 0 RTP/AVP 98', 'a=rtpmap:98 X-SVAC/90000', 'a=control:v', ...AUDIO])
    await camera.shows({ audio: 0 })
    expect(camera.warned).toEqual([
      'codec-unsupported: The picture is left out. SVAC: the payload format is not supported',
    ])
    await camera.ends()
  })

  it('a camera that states the direction for the whole session', async () => {
    const talk = track(AUDIO, 'a=control:talk', 'a=sendonly')
    const camera = await opened([...HEAD, 'a=recvonly', ...VIDEO, ...talk, ...AUDIO])
    expect(camera.addresses('SETUP').map((address) => address.split('/').at(-1))).toEqual(['v', 'a'])
    await camera.ends()
    const deaf = await opened([...HEAD, 'a=sendonly', ...track(VIDEO, 'a=recvonly', 'a=control:v'), ...AUDIO])
    expect(deaf.addresses('SETUP')).toEqual(['rtsp://192.168.7.20/live/v'])
    await deaf.ends()
  })

  it('a camera that states the directions from its own point of view', async () => {
    for (const sdp of [
      [...HEAD, ...VIDEO, 'a=sendonly', ...AUDIO, 'a=sendonly'],
      [...HEAD, 'a=sendonly', ...VIDEO, ...AUDIO],
      [...HEAD, ...VIDEO, 'a=sendonly', ...track(AUDIO, 'a=control:talk', 'a=recvonly'), ...AUDIO, 'a=sendonly'],
    ]) {
      const camera = await opened(sdp)
      expect(camera.addresses('SETUP').map((address) => address.split('/').at(-1))).toEqual(['v', 'a'])
      expect(tolerated(sdp)).toEqual(['direction-reversed'])
      await camera.ends()
    }
  })

  it('a camera with an inactive track', async () => {
    const camera = await opened([...HEAD, ...VIDEO, 'a=inactive', ...track(VIDEO, 'a=control:w', 'a=sendrecv')])
    expect(camera.addresses('SETUP')).toEqual(['rtsp://192.168.7.20/live/w'])
    await camera.ends()
  })

  it('a camera whose media have no control', async () => {
    const sdp = [...HEAD, ...VIDEO.slice(0, 2)]
    const camera = await shows(sdp)
    expect(camera.addresses('SETUP')).toEqual(['rtsp://192.168.7.20/live'])
    expect(tolerated(sdp)).toEqual(['control-missing'])
    await camera.ends()
  })
})

describe('a=range', () => {
  it.each([
    ['a=range:npt=now-', null],
    ['a=range:npt=0-', null],
    ['a=range:npt=0.000-', null],
    ['a=range:npt=-', null],
    ['a=range: npt = now -', null],
    ['a=range:clock=20240626T080000Z-', null],
    ['a=range:npt=', null],
    ['a=range:smpte=0:00:00-', null],
    ['a=range:npt=0-0', null],
    ['a=x-dimensions:320,240', null],
    ['a=range:npt=0-12.5', 12.5],
    ['a=range:npt=0.0-0:01:00', 60],
    ['a=range:npt=0- 30 ', 30],
    ['a=range:clock=20240626T080000Z-20240626T080130Z', 90],
  ])('a camera that says %j', async (line, duration) => {
    const said: (number | null)[] = []
    const camera = meet({ DESCRIBE: described(SDP.replace('a=control:*', `${line}\na=control:*`)) })
    Object.assign(camera.events, { opened: (place: { duration: number | null }) => said.push(place.duration) })
    await camera.opens()
    expect(said).toEqual([duration])
    await camera.ends()
  })
})
