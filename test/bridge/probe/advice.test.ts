import { describe, expect, it } from 'vitest'
import { adviceOn } from '../../../bridge/probe/advice.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { reportOf, SOUND, VIDEO } from './report-builder.ts'

const ids = (report: ReturnType<typeof reportOf>) => adviceOn(report).map((advice) => advice.id)
const certificate = {
  subject: 'CN=a',
  issuer: 'CN=a',
  names: '',
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo: '2026-12-31T00:00:00.000Z',
  daysLeft: 300,
  fingerprint: '',
}
const tls = { protocol: 'TLSv1.3', verified: true, problem: null, certificate }
const pictures = {
  keyframes: 5,
  frameRate: 25,
  keyframeIntervalSeconds: 1,
  keyframeIntervalPictures: 25,
  bFrames: false,
}
const clock = { senderReports: 2, offsetMilliseconds: 0, driftPartsPerMillion: 0 }
const unplayed = { playable: false, measured: null }

describe('the advice on a camera', () => {
  it('is none where all is well', () => {
    expect(ids(reportOf())).toEqual([])
  })

  it.each([
    ['that loses packets', 'loss', reportOf({}, { lost: 5, lostPercent: 0.5 })],
    [
      'with few keyframes',
      'keyframe-interval',
      reportOf({}, { pictures: { ...pictures, keyframeIntervalSeconds: 8 } }),
    ],
    [
      'that showed one keyframe only',
      'keyframe-interval',
      reportOf({}, { pictures: { ...pictures, keyframes: 1, keyframeIntervalSeconds: null } }),
    ],
    [
      'that showed its first picture late',
      'keyframe-interval',
      reportOf({ playback: { firstPictureMilliseconds: 6_000, seconds: 5, interrupted: null } }),
    ],
    ['with B-frames', 'b-frames', reportOf({}, { pictures: { ...pictures, bFrames: true } })],
    ['that pauses', 'pauses', reportOf({}, { longestPauseMilliseconds: 1_500 })],
    ['whose timestamps jump', 'timestamp-jumps', reportOf({}, { timestampJumps: 2 })],
    ['whose clock is wrong', 'clock-offset', reportOf({}, { clock: { ...clock, offsetMilliseconds: -7_200_000 } })],
    ['whose clocks drift apart', 'clock-drift', reportOf({}, { clock: { ...clock, driftPartsPerMillion: 900 } })],
    ['that tells no time', 'clock-missing', reportOf({}, { clock: { ...clock, offsetMilliseconds: null } })],
    ['that sends unevenly', 'jitter', reportOf({}, { jitterMilliseconds: 150 })],
    [
      'that wants the password readable',
      'password-readable',
      reportOf({ authentication: { offered: ['Basic'], used: 'Basic' } }),
    ],
    [
      'whose picture is not played',
      'picture-not-played',
      reportOf({}, {}, [{ ...VIDEO, ...unplayed, codec: 'H265' }, SOUND]),
    ],
    [
      'whose sound is not played',
      'sound-not-played',
      reportOf({}, {}, [VIDEO, { ...SOUND, ...unplayed, codec: 'PCMU' }]),
    ],
    [
      'with a profile that few play',
      'browser-support',
      reportOf({}, {}, [{ ...VIDEO, browsers: { ...VIDEO.browsers, safari: 'none' } }]),
    ],
    [
      'that departs from standards',
      'deviations',
      reportOf({ deviations: [{ id: 'cseq-missing', description: 'x', count: 1 }] }),
    ],
    [
      'whose certificate expires',
      'certificate-expires',
      reportOf({ tls: { ...tls, certificate: { ...certificate, daysLeft: 9 } } }),
    ],
    [
      'whose certificate is not trusted',
      'certificate-untrusted',
      reportOf({ tls: { ...tls, problem: 'X', verified: false } }),
    ],
    [
      'that broke off',
      'interrupted',
      reportOf({
        playback: {
          firstPictureMilliseconds: 1,
          seconds: 2,
          interrupted: new ProtocolError('connection-lost', 'x').toJSON(),
        },
      }),
    ],
  ])('%s is %s', (_, id, report) => {
    expect(ids(report)).toEqual([id])
  })

  it('begins with the error', () => {
    const error = new ProtocolError('unsupported-transport', 'no').toJSON()
    const report = reportOf(
      { playable: false, error, deviations: [{ id: 'cseq-missing', description: 'x', count: 1 }] },
      { lost: 1 },
    )
    expect(ids(report)).toEqual(['unsupported-transport', 'loss', 'deviations'])
    expect(adviceOn(report)[0]?.text).toBe(error.advice)
  })

  it('stands in the order of importance', () => {
    const report = reportOf(
      { authentication: { offered: ['Basic'], used: 'Basic' } },
      { pictures: { ...pictures, bFrames: true }, lost: 1, lostPercent: 0.1, timestampJumps: 1 },
    )
    expect(ids(report)).toEqual(['loss', 'b-frames', 'timestamp-jumps', 'password-readable'])
  })

  it('does not ask for another sound where the only other one is the way back', () => {
    expect(ids(reportOf({}, {}, [VIDEO, { ...SOUND, ...unplayed, direction: 'sendonly' }]))).toEqual([])
  })

  it('does not call Basic readable within TLS', () => {
    expect(ids(reportOf({ authentication: { offered: ['Basic'], used: 'Basic' }, tls }))).toEqual([])
  })
})
