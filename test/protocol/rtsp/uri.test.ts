import { describe, expect, it } from 'vitest'
import type { DeviationId } from '../../../protocol/deviation.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { formatRtspUri, parseRtspUri, resolveBase, resolveControl } from '../../../protocol/rtsp/uri.ts'

describe('an RTSP address', () => {
  it.each([
    ['rtsp://camera', 'camera', 554, '', undefined],
    ['RTSP://10.0.0.1:8554/live?x=1', '10.0.0.1', 8554, '/live?x=1', undefined],
    ['rtsps://camera/live', 'camera', 322, '/live', undefined],
    ['rtsp://[fe80::1]:554/a', 'fe80::1', 554, '/a', undefined],
    ['rtsp://fe80::1/a', 'fe80::1', 554, '/a', undefined],
    ['rtsp://rtsp://camera/a', 'camera', 554, '/a', undefined],
    ['rtsp://admin@camera/a', 'camera', 554, '/a', ['admin', '']],
    ['rtsp://admin:p%40ss%2F%3A@camera/a', 'camera', 554, '/a', ['admin', 'p@ss/:']],
    ['rtsp://admin:p@ss:w@camera:88/a@b', 'camera', 88, '/a@b', ['admin', 'p@ss:w']],
    ['rtsp://admin:pa/ss?w@10.0.0.1/a', '10.0.0.1', 554, '/a', ['admin', 'pa/ss?w']],
    ['rtsp://admin:100%@camera/a', 'camera', 554, '/a', ['admin', '100%']],
  ])('is taken apart: %s', (text, host, port, rest, credentials) => {
    const uri = parseRtspUri(text)
    expect([uri.host, uri.port, uri.path + uri.query]).toEqual([host, port, rest])
    expect(uri.credentials && [uri.credentials.username, uri.credentials.password]).toEqual(credentials)
  })

  it('is shown without user and password', () => {
    expect(formatRtspUri(parseRtspUri('rtsp://admin:secret@[::1]:554/a?b'))).toBe('rtsp://[::1]/a?b')
    expect(formatRtspUri(parseRtspUri('rtsp://admin:secret@h:8554/a'))).toBe('rtsp://h:8554/a')
  })

  it.each([
    '',
    'lobby',
    'http://camera/',
    'rtsp://',
    'rtsp:///path',
    'rtsp://host:99999/',
    'rtsp://user:secret@',
    'rtsp://a b/',
  ])('is refused without repeating it: %s', (text) => {
    let error: unknown
    try {
      parseRtspUri(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ProtocolError)
    expect((error as ProtocolError).code).toBe('invalid-url')
    expect((error as ProtocolError).message).not.toContain('secret')
  })
})

describe('the base of control attributes', () => {
  const request = parseRtspUri('rtsp://camera:8554/live?x=1')
  const base = (...stated: (string | undefined)[]) => formatRtspUri(resolveBase(request, stated))

  it.each([
    ['nothing stated: the request', [undefined, ''], 'rtsp://camera:8554/live?x=1'],
    ['Content-Base first', ['rtsp://camera:8554/base/', 'rtsp://camera:8554/other/'], 'rtsp://camera:8554/base/'],
    [
      'Content-Location where it is all there is',
      [undefined, 'rtsp://camera:8554/other/'],
      'rtsp://camera:8554/other/',
    ],
    ['another host, as behind a NAT', ['rtsp://192.168.1.64/base/'], 'rtsp://camera:8554/base/'],
    ['a doubled scheme', ['rtsp://rtsp://camera/base'], 'rtsp://camera:8554/base'],
    ['no scheme', ['192.168.1.64/base/'], 'rtsp://camera:8554/base/'],
    ['only a path', ['/base/'], 'rtsp://camera:8554/base/'],
    ['IPv6 without brackets', ['rtsp://fe80::1/base/'], 'rtsp://camera:8554/base/'],
  ])('%s', (_, stated, expected) => {
    expect(base(...stated)).toBe(expected)
  })
})

describe('a control attribute', () => {
  const control = (base: string, text: string | undefined) => formatRtspUri(resolveControl(parseRtspUri(base), text))

  it.each([
    ['rtsp://h/live/', 'trackID=1', 'rtsp://h/live/trackID=1'],
    ['rtsp://h/live', 'trackID=1', 'rtsp://h/live/trackID=1'],
    ['rtsp://h/live', '*', 'rtsp://h/live'],
    ['rtsp://h/live', undefined, 'rtsp://h/live'],
    ['rtsp://h/live', 'rtsp://10.1.1.1/other/1', 'rtsp://h/other/1'],
    ['rtsp://h/live', '/other/1', 'rtsp://h/other/1'],
    ['rtsp://h/live?profile=2', 'track1', 'rtsp://h/live/track1?profile=2'],
    ['rtsp://h/live', '?ctype=video', 'rtsp://h/live?ctype=video'],
    ['rtsp://h/cam?channel=1&subtype=0/', 'trackID=0', 'rtsp://h/cam?channel=1&subtype=0/trackID=0'],
    ['rtsp://h/live?profile=2', 'track1?ctype=video', 'rtsp://h/live/track1?ctype=video&profile=2'],
    ['rtsp://h/live', '10.1.1.1:554/other/1', 'rtsp://h/other/1'],
    ['rtsp://h/live', 'rtsp://user:secret@h/other/1', 'rtsp://h/other/1'],
    ['rtsp://h/live', 'a%2Fb c', 'rtsp://h/live/a%2Fb%20c'],
  ])('%s with %s is %s', (base, text, expected) => {
    expect(control(base, text)).toBe(expected)
  })
})

describe('what is repaired', () => {
  const request = parseRtspUri('rtsp://camera:8554/live')
  const told = (work: (report: (id: DeviationId) => void) => unknown) => {
    const ids: DeviationId[] = []
    work((id) => ids.push(id))
    return ids
  }

  it.each<[base: string, ids: DeviationId[]]>([
    ['rtsp://camera:8554/live/', []],
    ['RTSP://CAMERA:8554/live/', []],
    ['rtsp://camera/live/', ['other-host-stated']],
    ['rtsp://10.0.0.1:8554/live/', ['other-host-stated']],
    ['/live/', ['content-base-repaired']],
    ['camera:8554/live/', ['content-base-repaired']],
    ['rtsp://rtsp://camera:8554/live/', ['content-base-repaired']],
    ['rtsp:///live/', ['content-base-repaired']],
    ['rtsp://a:b@camera:8554/live/', ['credentials-stated']],
  ])('is told of the base %s', (base, ids) => {
    expect(told((report) => resolveBase(request, [base], report))).toEqual(ids)
  })

  it.each<[control: string, ids: DeviationId[]]>([
    ['track1', []],
    ['*', []],
    ['/live/track1', []],
    ['rtsp://camera:8554/live/track1', []],
    ['rtsp://10.0.0.1/live/track1', ['other-host-stated']],
    ['10.0.0.1/live/track1', ['control-repaired', 'other-host-stated']],
  ])('is told of the control %s', (control, ids) => {
    expect(told((report) => resolveControl(request, control, report))).toEqual(ids)
  })
})
