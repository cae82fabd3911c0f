import { describe, expect, it } from 'vitest'
import { formatRtpInfo, parseRtpInfo } from '../../../../protocol/rtsp/headers/rtp-info.ts'

describe('an RTP-Info header', () => {
  it('gives the start of each track', () => {
    expect(
      parseRtpInfo(
        'url=rtsp://h/a/track=0;seq=45102;rtptime=12345678,url=rtsp://h/a/track=1;seq=30211;rtptime=4294967295',
      ),
    ).toEqual([
      { url: 'rtsp://h/a/track=0', sequence: 45102, rtpTime: 12345678 },
      { url: 'rtsp://h/a/track=1', sequence: 30211, rtpTime: 4294967295 },
    ])
  })

  it('keeps a comma that belongs to a URL, and leaves out numbers that are none', () => {
    expect(parseRtpInfo('url=rtsp://h/a,b; seq=70000; rtptime=-1, url="x"')).toEqual([
      { url: 'rtsp://h/a,b' },
      { url: 'x' },
    ])
  })

  it('may be empty', () => {
    expect(parseRtpInfo('')).toEqual([])
  })

  it('is written as it is read', () => {
    const entries = [{ url: 'a', sequence: 1, rtpTime: 2 }, { url: 'b' }]
    expect(parseRtpInfo(formatRtpInfo(entries))).toEqual(entries)
  })
})
