import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../protocol/errors.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { attribute, attributeValues, parseSessionDescription } from '../../../protocol/sdp/session-description.ts'

const CAMERA = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=Lobby',
  'c=IN IP4 0.0.0.0',
  't=0 0',
  'a=control:*',
  'a=range:npt=now-',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:rtsp://192.0.2.1/live/trackID=1',
  'a=recvonly',
  'm=audio 0 RTP/AVP 97 0',
  'a=rtpmap:97 mpeg4-generic/48000/2',
  'a=control:trackID=2',
]

describe('a session description', () => {
  it('gives its attributes and those of each media', () => {
    const description = parseSessionDescription(`${CAMERA.join('\r\n')}\r\n`)
    expect(description.name).toBe('Lobby')
    expect(attribute(description.attributes, 'range')).toBe('npt=now-')
    expect(description.media.map(({ media, protocol, payloadTypes }) => [media, protocol, payloadTypes])).toEqual([
      ['video', 'RTP/AVP', [96]],
      ['audio', 'RTP/AVP', [97, 0]],
    ])
    expect(attribute(description.media[0]?.attributes ?? [], 'control')).toBe('rtsp://192.0.2.1/live/trackID=1')
    expect(attribute(description.media[0]?.attributes ?? [], 'recvonly')).toBe('')
    expect(attributeValues(description.media[1]?.attributes ?? [], 'rtpmap')).toEqual(['97 mpeg4-generic/48000/2'])
  })

  it.each([
    ['line feeds alone and no last line end', CAMERA.join('\n')],
    [
      'empty lines and blanks round the equals sign',
      CAMERA.map((line) => ` ${line.replace('=', ' = ')} `).join('\n\n'),
    ],
    ['missing v=, o=, s=, t= lines', CAMERA.filter((line) => !/^[vost]=/.test(line)).join('\n')],
    ['lines that are none', CAMERA.flatMap((line) => [line, 'garbage', '=', 'c=IN', 'o=x']).join('\n')],
    ['NUL characters at its end', `${CAMERA.join('\n')}\n\0\0`],
  ])('is read with %s', (_, text) => {
    const { media } = parseSessionDescription(text)
    expect(media.map((one) => attribute(one.attributes, 'control'))).toEqual([
      'rtsp://192.0.2.1/live/trackID=1',
      'trackID=2',
    ])
  })

  it('is refused only where it describes no media', () => {
    for (const text of ['', 'v=0\r\n', '<html></html>']) {
      expect(() => parseSessionDescription(text)).toThrow(expect.objectContaining({ code: 'sdp-syntax' }))
    }
  })

  it('is refused beyond its bounds, with the line', () => {
    const many = 'm=video 0 RTP/AVP 96\n'.repeat(LIMITS.sdpMedia + 1)
    expect(() => parseSessionDescription(many)).toThrow(
      expect.objectContaining({ code: 'sdp-syntax', place: { line: LIMITS.sdpMedia + 1 } }),
    )
    expect(() => parseSessionDescription('a=x\n'.repeat(LIMITS.sdpLines))).toThrow(
      expect.objectContaining({ code: 'sdp-syntax' }),
    )
  })

  it('never fails with anything but a ProtocolError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' })), (body) => {
        try {
          parseSessionDescription(body)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
    )
  })
})
