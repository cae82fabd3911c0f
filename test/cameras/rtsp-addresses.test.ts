import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { described, meet, SDP } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The addresses of SETUP and PLAY for what the camera states. */
async function addresses(headers: readonly string[], control: string | null, uri?: string, session = 'a=control:*\n') {
  const line = control === null ? '' : `a=control:${control}\n`
  const sdp = SDP.replace('a=control:trackID=0\n', line).replace('a=control:*\n', session)
  const camera = await meet({ DESCRIBE: described(sdp, ...headers) }, { audio: false, ...(uri ? { uri } : {}) }).plays()
  await camera.ends()
  return { setup: camera.addresses('SETUP')[0], play: camera.addresses('PLAY')[0], tolerated: camera.tolerated }
}

const HOST = 'rtsp://192.168.7.20'

describe('Content-Base', () => {
  it.each([
    ['Content-Base: rtsp://192.168.7.20/live/', '/live/'],
    ['Content-Base: rtsp://192.168.7.20/live', '/live/'],
    ['Content-Base: rtsp://192.168.7.20:554/live/', '/live/'],
    ['content-base:RTSP://192.168.7.20/live/', '/live/'],
    ['Content-Base: rtsp://192.168.7.20/profile1/media.smp/', '/profile1/media.smp/'],
    ['Content-Base: rtsp://192.168.7.20/', '/'],
    ['Content-Base: rtsp://192.168.7.20', '/'],
    ['Content-Location: rtsp://192.168.7.20/other/', '/other/'],
    ['Content-Base: rtsp://192.168.7.20/lobby%20north/', '/lobby%20north/'],
    ['X-None: 1', '/live/'],
    ['Content-Base: ', '/live/'],
  ])('a camera that states %j', async (header, path) => {
    const { setup, tolerated } = await addresses([header], 'trackID=0')
    expect(setup).toBe(`${HOST}${path}trackID=0`)
    expect(tolerated).not.toContain('content-base-repaired')
  })

  it('a camera that states Content-Base and Content-Location', async () => {
    const headers = ['Content-Location: rtsp://192.168.7.20/b/', 'Content-Base: rtsp://192.168.7.20/a/']
    expect((await addresses(headers, 'trackID=0')).setup).toBe(`${HOST}/a/trackID=0`)
  })

  it.each([
    ['/live/', '/live/'],
    ['live/', '/live/'],
    ['stream1/', '/stream1/'],
    ['192.168.7.20/live/', '/live/'],
    ['192.168.7.20:554/live', '/live/'],
    ['//192.168.7.20/live/', '/live/'],
    ['rtsp://rtsp://192.168.7.20/live/', '/live/'],
    ['rtsp://RTSP://192.168.7.20:554/live', '/live/'],
    ['"rtsp://192.168.7.20/live/"', '/live/'],
    ['rtsp://fe80::7:20/live/', '/live/'],
    ['rtsp:///live/', '/live/'],
    ['rtsp://(null)/live/', '/live/'],
    ['rtsp://:554/live/', '/live/'],
    ['http://192.168.7.20/live/', '/live/'],
  ])('a camera whose Content-Base is %j, which has to be repaired', async (base, path) => {
    const { setup, play } = await addresses([`Content-Base: ${base}`], 'trackID=0')
    expect(setup).toBe(`${HOST}${path}trackID=0`)
    expect(play?.replace(/\/?$/, '/')).toBe(`${HOST}${path}`)
  })

  it.each([
    'rtsp://10.8.0.3/live/',
    'rtsp://192.168.7.20:8554/live/',
    'rtsp://0.0.0.0/live/',
    'rtsp://127.0.0.1:554/live/',
    'rtsp://yardcam.local/live/',
    'rtsp://[fe80::7:20]/live/',
  ])('a camera that believes to be %s', async (base) => {
    const { setup, play, tolerated } = await addresses([`Content-Base: ${base}`], 'trackID=0')
    expect([setup, play]).toEqual([`${HOST}/live/trackID=0`, `${HOST}/live/`])
    expect(tolerated).toContain('other-host-stated')
  })

  it('a camera whose Content-Base holds a password', async () => {
    const { setup, tolerated } = await addresses(['Content-Base: rtsp://viewer:s3cret@192.168.7.20/live/'], 'trackID=0')
    expect(setup).toBe(`${HOST}/live/trackID=0`)
    expect(tolerated).toContain('credentials-stated')
  })

  it.each([
    [`${HOST}/cam/realmonitor?channel=1&subtype=0/`, 'trackID=0', '/cam/realmonitor?channel=1&subtype=0/trackID=0'],
    [`${HOST}/cam/realmonitor?channel=1&subtype=0`, 'trackID=0', '/cam/realmonitor/trackID=0?channel=1&subtype=0'],
    [`${HOST}/media.smp?profile=2/`, 'trackID=v', '/media.smp?profile=2/trackID=v'],
    [`${HOST}/live/?profile=2`, 'track1', '/live/track1?profile=2'],
    [`${HOST}/live?profile=2`, '?ctype=video', '/live?profile=2&ctype=video'],
    [`${HOST}/live?profile=2`, 'track1?ctype=video', '/live/track1?ctype=video&profile=2'],
    [`${HOST}/live/?a=b%2Fc`, 'track1', '/live/track1?a=b%2Fc'],
    [`${HOST}?stream=1`, 'track1', '/track1?stream=1'],
    ['/cam/realmonitor?channel=1&subtype=0/', 'trackID=0', '/cam/realmonitor?channel=1&subtype=0/trackID=0'],
    ['rtsp://10.8.0.3:5554/cam?channel=1/', 'trackID=0', '/cam?channel=1/trackID=0'],
  ])('a base with a query: %s and %s', async (base, control, expected) => {
    expect((await addresses([`Content-Base: ${base}`], control)).setup).toBe(`${HOST}${expected}`)
  })

  it('an address with a query, and a camera without Content-Base', async () => {
    const uri = `${HOST}/cam/realmonitor?channel=1&subtype=0`
    const { setup, play } = await addresses([], 'trackID=0', uri)
    expect(setup).toBe(`${HOST}/cam/realmonitor/trackID=0?channel=1&subtype=0`)
    expect(play).toBe(uri)
  })
})

describe('a=control', () => {
  const BASE = ['Content-Base: rtsp://192.168.7.20/live/']

  it.each([
    ['trackID=0', '/live/trackID=0'],
    ['./trackID=0', '/live/trackID=0'],
    ['  trackID=0  ', '/live/trackID=0'],
    ['streamid=0?ctype=video', '/live/streamid=0?ctype=video'],
    ['?ctype=video', '/live/?ctype=video'],
    ['*', '/live/'],
    ['/live/video', '/live/video'],
    ['/video', '/video'],
    ['rtsp://192.168.7.20/live/video', '/live/video'],
    ['RTSP://192.168.7.20:554/live/video', '/live/video'],
    ['rtsp://10.8.0.3:8554/live/video?x=1', '/live/video?x=1'],
    ['rtsp://viewer:s3cret@192.168.7.20/live/video', '/live/video'],
    ['rtsp://rtsp://192.168.7.20/live/video', '/live/video'],
    ['192.168.7.20:554/live/video', '/live/video'],
    ['rtsp://[fe80::1]:554/live/video', '/live/video'],
    ['rtsp://192.168.7.20/live/a%2Fb%20c', '/live/a%2Fb%20c'],
    ['video track', '/live/video%20track'],
    ['vidéo', '/live/vid%C3%A9o'],
    ['track:1', '/live/track:1'],
    ['', '/live/'],
    [null, '/live/'],
  ])('a camera whose control is %j', async (control, expected) => {
    expect((await addresses(BASE, control)).setup).toBe(`${HOST}${expected}`)
  })

  it.each([
    ['a=control:*\n', '/live/'],
    ['', '/live/'],
    ['a=control:\n', '/live/'],
    ['a=control:rtsp://192.168.7.20/whole\n', '/whole'],
    ['a=control:rtsp://10.8.0.3:8554/whole/\n', '/whole/'],
    ['a=control:/whole\n', '/whole'],
    ['a=control:whole\n', '/live/whole'],
  ])('a camera whose session has %j', async (session, expected) => {
    const { setup, play } = await addresses(BASE, 'trackID=0', undefined, session)
    expect(play).toBe(`${HOST}${expected}`)
    expect(setup).toBe(`${HOST}/live/trackID=0`)
  })

  it('a camera that states control before the rtpmap, and one that states it last', async () => {
    for (const order of [
      ['a=control:trackID=0', 'a=rtpmap:96 H264/90000'],
      ['a=rtpmap:96 H264/90000', 'a=control:trackID=0'],
    ]) {
      const sdp = ['v=0', 'm=video 0 RTP/AVP 96', ...order, ''].join('\n')
      const camera = await meet({ DESCRIBE: described(sdp) }).plays()
      expect(camera.addresses('SETUP')).toEqual([`${HOST}/live/trackID=0`])
      await camera.ends()
    }
  })
})

it('an address with blanks and letters beyond ASCII', async () => {
  const camera = await meet({ DESCRIBE: described(SDP) }, { uri: 'rtsp://192.168.7.20/hof über 1' }).plays()
  expect(camera.addresses('DESCRIBE')[0]).toBe(`${HOST}/hof%20%C3%BCber%201`)
  await camera.ends()
})
