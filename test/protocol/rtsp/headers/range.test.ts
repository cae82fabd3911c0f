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
    expect(parseRange('smpte=0:10:20-')).toBeNull()
    expect(parseRange('')).toBeNull()
  })

  it('is written as it is read', () => {
    for (const text of ['npt=0.000-', 'npt=now-', 'npt=12.500-60.000', 'clock=19961108T142300.000Z-']) {
      const range = parseRange(text)
      expect(range && formatRange(range)).toBe(text)
    }
  })
})
