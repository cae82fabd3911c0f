import { describe, expect, it } from 'vitest'
import { formatReport } from '../../../bridge/probe/text-report.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { reportOf, SOUND, VIDEO } from './report-builder.ts'

const ESCAPE = '\u001b'

describe('the report for people', () => {
  it('is laid out like this', () => {
    const report = reportOf({
      advice: [{ id: 'b-frames', text: 'The stream has B-frames, each of which delays the picture: switch them off.' }],
      deviations: [{ id: 'cseq-missing', description: 'an answer has no CSeq', count: 3 }],
    })
    expect(`\n${formatReport(report, { colours: false })}\n`).toMatchInlineSnapshot(`
      "
      rtsp://192.0.2.10/live
      It plays; the first picture came after 320 ms

      Connection
          address      192.0.2.10 port 554, connected in 4 ms
          encryption   none
          login        Digest MD5
          server       Acme/1.0, RTSP 1.0
          methods      OPTIONS PLAY
          session      over TCP, interleaved, ends after 60 s without a sign of life
          stream       Front door

      2 tracks
        video H264 High 4.1  played
          what         1920 × 1080, 25 pictures/s stated, avc1.640029, recvonly, payload type 96, clock
                       90000 Hz
          setup        rtsp://192.0.2.10/live/trackID=1
          browsers     Chromium MSE, Firefox MSE, Safari MSE. Every browser plays it.
          stream       1.50 Mbit/s, 25 pictures/s, a keyframe every 1 s (25 pictures), no B-frames
          transport    nothing lost of 1000 packets, jitter 1.5 ms, longest pause 42 ms
          clock        2 sender reports, in step with this machine, drift 0 ppm
        audio MPEG4-GENERIC AAC LC  played
          what         16 kHz, mono, mp4a.40.2, recvonly, payload type 97, clock 16000 Hz
          setup        rtsp://192.0.2.10/live/trackID=2
          browsers     Chromium MSE, Firefox MSE, Safari MSE. Every browser plays it.
          stream       1.50 Mbit/s
          transport    nothing lost of 1000 packets, jitter 1.5 ms, longest pause 42 ms
          clock        2 sender reports, in step with this machine, drift 0 ppm

      Against the standards, and tolerated
        - an answer has no CSeq, 3 times (cseq-missing)

      What to do
        1. The stream has B-frames, each of which delays the picture: switch them off.
      "
    `)
  })

  it('says why it does not play', () => {
    const error = new ProtocolError('not-found', 'There is no such path').toJSON()
    const text = formatReport(reportOf({ playable: false, error, tracks: [], playback: null }), { colours: false })
    expect(text).toContain('It does not play: There is no such path (not-found)')
    expect(text).not.toContain('track')
  })

  it('says that only the sound plays', () => {
    const tracks = [{ ...VIDEO, measured: null, playable: false, codec: 'H265', reason: 'not supported' }, SOUND]
    const text = formatReport(reportOf({}, {}, tracks), { colours: false })
    expect(text).toContain('Only the sound plays')
    expect(text).toContain('not played: not supported')
  })

  it('keeps to the width of the terminal, and says what was lost', () => {
    const report = reportOf({}, { lost: 7, lostPercent: 0.7, reordered: 2, duplicates: 1 })
    const lines = formatReport(report, { colours: false, columns: 70 }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70)
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('7 of 1007 packets lost (0.7 %), 2 out of order, 1 twice')
  })

  it('has colours only where they are wanted, and breaks its lines at the same places', () => {
    const plain = formatReport(reportOf(), { colours: false })
    const coloured = formatReport(reportOf(), { colours: true })
    expect(plain).not.toContain(ESCAPE)
    expect(coloured).toContain(ESCAPE)
    expect(coloured.replace(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '')).toBe(plain)
  })
})
