import { expect, it } from 'vitest'
import { parseSessionDescription } from '../../../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../../../protocol/track/choice.ts'
import { jpegScan } from '../../codec/jpeg-builder.ts'
import { push } from '../../depacketizer/packets.ts'

/** The payload header has units of eight: what is exact is of the SDP. */
it.each([
  [
    ['a=framesize:96 60-44', 'a=framesize:26 62-44'],
    [62, 44],
  ],
  [['a=framesize:96 60-44'], [64, 48]],
  [
    ['a=framesize:26 62-44', 'a=x-dimensions:60,44'],
    [60, 44],
  ],
  [
    ['a=x-dimensions:60', 'a=framesize:26 62-44'],
    [62, 44],
  ],
  [['a=x-dimensions:70000,44'], [64, 48]],
  [[], [64, 48]],
])('a picture of 64x48 that the SDP describes by %j has the size %j', (attributes, [width, height]) => {
  const lines = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0', 'm=video 0 RTP/AVP 26', ...attributes]
  const [track] = chooseTracks(parseSessionDescription(lines.join('\r\n')), { audio: false }).chosen
  const depacketizer = track?.createDepacketizer(() => undefined) ?? expect.fail('it was not chosen')
  const scan = jpegScan({ width: 64, height: 48 })
  const [unit] = push(depacketizer, [0, 0, 0, 0, 1, 50, 8, 6, ...scan], { marker: true })
  expect(unit?.configuration).toMatchObject({ width, height })
})
