import { expect, it } from 'vitest'
import { keyframeFeedback } from '../../../protocol/sdp/rtcp-feedback.ts'
import { parseSessionDescription } from '../../../protocol/sdp/session-description.ts'

it.each([
  ['a=rtcp-fb:96 nack pli', 'pli'],
  ['a=rtcp-fb:* CCM FIR', 'fir'],
  ['a=rtcp-fb:* ccm fir\na=rtcp-fb:* nack pli', 'pli'],
  ['a=rtcp-fb:97 nack pli', null],
  ['a=rtcp-fb:96 nack', null],
  ['a=rtcp-fb:', null],
])('%j offers %s', (lines, feedback) => {
  const [media] = parseSessionDescription(`m=video 0 RTP/AVP 96\n${lines}`).media
  expect(media && keyframeFeedback(media, 96)).toBe(feedback)
})
