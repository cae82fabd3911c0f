import { describe, expect, it } from 'vitest'
import { formatRange, parseRange } from '../../../../protocol/rtsp/headers/range.ts'

describe('a Range header', () => {
  it.each([
    ['npt=0.000-', { unit: 'npt', start: 0, end: undefined }],
    ['npt=now-', { unit: 'npt', start: 'now', end: undefined }],
    ['npt=-30.5', { unit: 'npt', start: undefined, end: 30.5 }],
    ['npt = 1:02:03.5-2:00:00', { unit: 'npt', start: 3723.5, end: 7200 }],
    [
      'clock=19961108T142300Z-19961108T143520.25Z;time=19970123T143720Z',
      { unit: 'clock', start: Date.UTC(1996, 10, 8, 14, 23), end: Date.UTC(1996, 10, 8, 14, 35, 20) + 250 },
    ],
  ])('is read: %s', (text, range) => {
    expect(parseRange(text)).toEqual(range)
  })

  it('is null in another unit, or where it cannot be read', () => {
    expect(parseRange('frames=0-')).toBeNull()
    expect(parseRange('')).toBeNull()
  })

  it.each([
    // 17,982 frames of 29.97 a second are ten minutes: the codes leave out 18 of 18,000.
    ['smpte=00:10:00:00-', 600],
    ['smpte-30-drop=00:01:00:02-', 1800 / 29.97],
    ['smpte-25=10:07:33:05.50-', 36_453 + 5.5 / 25],
    ['smpte=0:10:20-', 620.02],
  ])('gives SMPTE time codes in seconds: %s', (text, seconds) => {
    expect(parseRange(text)?.start).toBeCloseTo(seconds, 2)
  })

  it('writes every SMPTE time code as it reads it, for two hours', () => {
    for (const unit of ['smpte-25', 'smpte-30-drop'] as const) {
      const frames = unit === 'smpte-25' ? 25 : 29.97
      for (let frame = 0; frame < 7200 * frames; frame += 97) {
        const text = formatRange({ unit, start: frame / frames })
        const read = parseRange(text)?.start
        if (Math.abs((typeof read === 'number' ? read : -1) - frame / frames) > 0.5 / frames)
          expect.fail(`${text} at ${frame}`)
      }
    }
  })

  it('is written as it is read', () => {
    for (const text of [
      'smpte-25=10:07:33:05-10:08:00:00',
      'smpte-30-drop=00:09:59:29-',
      'npt=0.000-',
      'npt=now-',
      'npt=12.500-60.000',
      'clock=19961108T142300.000Z-',
    ]) {
      const range = parseRange(text)
      expect(range && formatRange(range)).toBe(text)
    }
  })
})
