import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../../protocol/errors.ts'
import {
  redirectedUrl,
  resolveStreamAddress,
  splitCredentials,
} from '../../../../web/playback/stream/stream-address.ts'

const PAGE = 'https://portal.example/cameras/hall.html?tab=2#top'
const resolve = (src: string, bridge = '', page = PAGE) => resolveStreamAddress(src, bridge, page)

const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return error instanceof ProtocolError ? error.code : error
  }
  return 'nothing was thrown'
}

describe('the address of a stream', () => {
  it('asks the page’s own server for a named stream', () => {
    expect(resolve('lobby')).toEqual({
      websocketUrl: 'wss://portal.example/rtsp?stream=lobby',
      uri: 'rtsp://portal.example/lobby',
    })
  })

  it('keeps the port of the page, and ws: for a page of http:', () => {
    expect(resolve('lobby', '', 'http://127.0.0.1:8080/').websocketUrl).toBe('ws://127.0.0.1:8080/rtsp?stream=lobby')
  })

  it.each([
    ['https://bridge.example', 'wss://bridge.example/rtsp?stream=lobby'],
    ['http://bridge.example:81/', 'ws://bridge.example:81/rtsp?stream=lobby'],
    ['wss://bridge.example/video/rtsp', 'wss://bridge.example/video/rtsp?stream=lobby'],
    ['bridge.example:8443', 'wss://bridge.example:8443/rtsp?stream=lobby'],
    ['/video/', 'wss://portal.example/video/rtsp?stream=lobby'],
    ['[2001:db8::1]:8080', 'wss://[2001:db8::1]:8080/rtsp?stream=lobby'],
    ['wss://b.example?access_token=abc', 'wss://b.example/rtsp?access_token=abc&stream=lobby'],
  ])('understands the bridge %s', (bridge, expected) => {
    expect(resolve('lobby', bridge).websocketUrl).toBe(expected)
  })

  it('escapes the names of streams', () => {
    const { websocketUrl, uri } = resolve('Büro 2/Tür')
    expect(new URL(websocketUrl).searchParams.get('stream')).toBe('Büro 2/Tür')
    expect(uri).toBe('rtsp://portal.example/B%C3%BCro%202/T%C3%BCr')
  })

  it('asks the bridge to dial an RTSP address, without the credentials in it', () => {
    const { websocketUrl, uri, credentials } = resolve('rtsp://admin:s3cret@10.0.0.5:8554/live?ch=1&sub=0')
    expect(new URL(websocketUrl).searchParams.get('url')).toBe('rtsp://10.0.0.5:8554/live?ch=1&sub=0')
    expect(uri).toBe('rtsp://10.0.0.5:8554/live?ch=1&sub=0')
    expect(credentials).toEqual({ username: 'admin', password: 's3cret' })
    expect(websocketUrl + uri).not.toContain('s3cret')
  })

  it('takes a WebSocket endpoint as it is', () => {
    expect(resolve('ws://camera.example/rtsp-over-websocket?x=1')).toMatchObject({
      websocketUrl: 'ws://camera.example/rtsp-over-websocket?x=1',
      uri: 'rtsp://camera.example/rtsp-over-websocket?x=1',
    })
  })

  it('takes the RTSP address of a WebSocket endpoint from behind the #', () => {
    expect(resolve('wss://camera.example/ws#rtsp://u:p@camera.example/stream1')).toEqual({
      websocketUrl: 'wss://camera.example/ws',
      uri: 'rtsp://camera.example/stream1',
      credentials: { username: 'u', password: 'p' },
    })
  })

  it.each([
    '',
    '   ',
    'rtsp://',
    'rtsp:///path',
    'rtsp://host:99999/',
    'rtsp://host:0/',
    'rtsp://host/a\r\nX: y',
    'http://host/clip.mp4',
    'lobby?x',
    '/lobby',
    'a//b',
    'ws://',
  ])('refuses %j', (src) => {
    expect(codeOf(() => resolve(src))).toBe('invalid-url')
  })

  it('wants a bridge where the page has no server', () => {
    expect(codeOf(() => resolve('lobby', '', 'file:///home/me/page.html'))).toBe('invalid-url')
    expect(resolve('lobby', 'ws://127.0.0.1:8080', 'file:///home/me/page.html').websocketUrl).toContain('127.0.0.1')
  })

  it('refuses a bridge that is none, or that holds a password', () => {
    expect(codeOf(() => resolve('lobby', 'ftp://bridge.example'))).toBe('invalid-url')
    expect(codeOf(() => resolve('lobby', 'wss://me:pw@bridge.example'))).toBe('invalid-url')
  })
})

describe('after a redirect', () => {
  it('the same bridge is asked for the new address, with its ticket', () => {
    const address = resolve('rtsp://camera/old', 'https://bridge.example/?access_token=t')
    expect(redirectedUrl(address, 'rtsp://other/new')).toBe(
      'wss://bridge.example/rtsp?access_token=t&url=rtsp%3A%2F%2Fother%2Fnew',
    )
    expect(redirectedUrl(resolve('lobby'), 'rtsp://other/new')).toBe(
      'wss://portal.example/rtsp?url=rtsp%3A%2F%2Fother%2Fnew',
    )
  })

  it('nothing changes where the address is the same, or where the endpoint is no bridge', () => {
    expect(redirectedUrl(resolve('lobby'), 'rtsp://portal.example/lobby')).toBe(resolve('lobby').websocketUrl)
    expect(redirectedUrl(resolve('wss://camera.example/ws'), 'rtsp://other/x')).toBe('wss://camera.example/ws')
  })
})

describe('credentials in an address', () => {
  it.each([
    ['rtsp://u:p@h/x', 'rtsp://h/x', 'u', 'p'],
    ['rtsp://u@h/x', 'rtsp://h/x', 'u', ''],
    ['rtsp://u:p:q@h/x', 'rtsp://h/x', 'u', 'p:q'],
    ['rtsp://u:p@ss@h/x', 'rtsp://h/x', 'u', 'p@ss'],
    ['rtsp://u:a/b@h/x', 'rtsp://h/x', 'u', 'a/b'],
    ['rtsp://u:a?b#c@h:554/x', 'rtsp://h:554/x', 'u', 'a?b#c'],
    ['rtsp://u:%40%2F%25@h/x', 'rtsp://h/x', 'u', '@/%'],
    ['rtsp://u:100%@h/x', 'rtsp://h/x', 'u', '100%'],
    ['rtsp://u:pä§ß@[::1]:554/x', 'rtsp://[::1]:554/x', 'u', 'pä§ß'],
    ['rtsp://u:p@h/live@main', 'rtsp://h/live@main', 'u', 'p'],
    ['rtsp://u:a/b@h/live@main', 'rtsp://h/live@main', 'u', 'a/b'],
  ])('are taken out of %s', (address, uri, username, password) => {
    expect(splitCredentials(address)).toEqual({ uri, credentials: { username, password } })
  })

  it('are not seen in an @ of the path', () => {
    expect(splitCredentials('rtsp://host:554/live@main')).toEqual({
      uri: 'rtsp://host:554/live@main',
      credentials: undefined,
    })
  })
})
