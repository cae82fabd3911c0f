import { LIMITS } from '../../../protocol/limits.ts'
import { direction, mediaFormats } from '../../../protocol/sdp/media-format.ts'
import { parseSessionDescription } from '../../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../../protocol/track/choice.ts'
import { accepted, type FuzzTarget, holds, outcomeOf, same, textOf, utf8 } from '../target.ts'
import { SDP } from './rtsp-material.ts'

function check(input: Uint8Array): void {
  const outcome = outcomeOf(() => parseSessionDescription(input))
  const text = textOf(input)
  // What is no UTF-8 is read as Latin-1.
  if (!text.includes('\ufffd')) {
    const ofText = outcomeOf(() => parseSessionDescription(text))
    same(ofText, outcome, 'bytes and text are read alike')
  }
  if ('error' in outcome) return
  const description = outcome.value
  holds(description.media.length <= LIMITS.sdpMedia, 'media are bounded')
  for (const media of description.media) {
    direction(media)
    const formats = mediaFormats(media)
    holds(formats.length <= 128, 'there are 128 payload types')
    for (const { payloadType, clockRate, channels } of formats) {
      holds(payloadType >= 0 && payloadType <= 127, `payload type ${payloadType}`)
      holds(Number.isSafeInteger(clockRate) && clockRate > 0, `clock rate ${clockRate}`)
      holds(Number.isSafeInteger(channels) && channels > 0, `${channels} channels`)
    }
  }
  for (const audio of [true, false]) {
    const { chosen, skipped } = chooseTracks(description, { audio })
    holds(chosen.length + skipped.length === description.media.length, 'every media is chosen or skipped')
    for (const track of chosen) accepted(() => track.createDepacketizer(() => undefined))
  }
}

export const sdp: FuzzTarget = {
  name: 'sdp',
  shapes: ['lines', 'bytes'],
  seeds: [
    SDP,
    SDP.replaceAll('\r\n', '\n'),
    'm=video 0 RTP/AVP 26\na=control:rtsp://camera/live/1\nm=audio 5000/2 RTP/AVP 0 8 101\na=sendonly\na=ptime:20\n',
    'v=0\r\ns= \r\nm=video 0 RTP/AVP 96 97\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-vps=QAEMAf//;sprop-sps=QgEB;sprop-pps=RAHA\r\na=rtpmap:97 jpeg/90000\r\na=framesize:97 640-360\r\na=x-dimensions:640,360\r\n',
    'm=audio 0 RTP/AVP 97\na=rtpmap:97 MP4A-LATM/48000/2\na=fmtp:97 cpresent=0;config=400026203fc0\nm=audio 0 RTP/AVP 98\na=rtpmap:98 opus/48000/2\nm=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\n',
  ].map(utf8),
  dictionary: [
    'm=video 0 RTP/AVP 96\n',
    'm=audio 0 RTP/AVP 0\n',
    'a=rtpmap:',
    'a=fmtp:',
    'a=control:',
    'a=range:npt=0-5',
  ]
    .concat([' 96', ' 0', '/90000', '/0', 'H264', 'MPEG4-GENERIC', 'mode=AAC-lbr', 'config=', 'sizelength=', '=', ';'])
    .concat([' ', '    ', '====', ',', '\r', '\n', '\0', '\u2028', 'packetization-mode=2', 'sprop-parameter-sets=,'])
    .map(utf8),
  check,
}
