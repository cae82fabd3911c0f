import { describe, expect, it } from 'vitest'
import { CLOSE, Refusal } from '../../bridge/close-code.ts'
import { parseRtspUrl } from '../../bridge/rtsp-url.ts'

describe('parseRtspUrl', () => {
  it.each([
    ['rtsp://10.0.0.5/a', { tls: false, host: '10.0.0.5', port: 554, path: '/a' }],
    ['RTSP://Cam1.Example:8554', { tls: false, host: 'cam1.example', port: 8554, path: '' }],
    ['rtsps://cam1.example./a?b=c', { tls: true, host: 'cam1.example', port: 322, path: '/a?b=c' }],
    ['rtsp://[FD00:0::5]:554/', { tls: false, host: 'fd00::5', port: 554, path: '/' }],
    ['rtsp://[::ffff:10.0.0.5]/', { tls: false, host: '10.0.0.5', port: 554, path: '/' }],
    ['rtsp://büro.example/', { tls: false, host: 'xn--bro-hoa.example', port: 554, path: '/' }],
    ['rtsp://cam_1/', { tls: false, host: 'cam_1', port: 554, path: '/' }],
  ])('reads %s', (text, expected) => {
    expect(parseRtspUrl(text)).toEqual(expected)
  })

  it.each([
    ['0x7f.1'],
    ['0x7f000001'],
    ['2130706433'],
    ['127.1'],
    ['0177.0.0.1'],
    ['127.0.0.01'],
    ['010.0.0.1'],
    ['127.0.0.1.'],
    ['%31%32%37.0.0.1'],
    ['127。0。0。1'],
    ['①②⑦.0.0.1'],
    ['256.1.1.1'],
    ['1.2.3.4.5'],
    ['[127.0.0.1]'],
    ['[::1'],
    ['[fe80::1%25eth0]'],
    ['::1'],
    ['a b'],
    ['a..b'],
    ['a%00b'],
    ['*'],
    [''],
    ['x'.repeat(254)],
  ])('refuses the host %s', (host) => {
    expect(() => parseRtspUrl(`rtsp://${host}/x`)).toThrow(Refusal)
  })

  it.each([
    ['http://10.0.0.5/'],
    ['rtsp:10.0.0.5'],
    ['rtsp://h:0/'],
    ['rtsp://h:65536/'],
    ['rtsp://h:/'],
    ['rtsp://h:1:2/'],
    ['rtsp://h\\@evil/'],
    ['rtsp://h/\r\nX: y'],
    ['rtsp://h/\0'],
    ['lobby'],
  ])('refuses %j', (text) => {
    expect(() => parseRtspUrl(text)).toThrow(Refusal)
  })

  it('refuses credentials without repeating them', () => {
    let refusal: unknown
    try {
      parseRtspUrl('rtsp://admin:hunter2@10.0.0.5/')
    } catch (error) {
      refusal = error
    }
    expect(refusal).toMatchObject({ closeCode: CLOSE.badRequest, message: expect.stringContaining('password') })
    expect(String(refusal)).not.toMatch(/admin|hunter2/)
  })
})
