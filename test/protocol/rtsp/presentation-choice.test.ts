import { describe, expect, it, vi } from 'vitest'
import { presentationOf } from '../../../protocol/rtsp/presentation-choice.ts'
import { statedPresentation } from '../../../protocol/rtsp/stated-presentation.ts'
import { Seconds } from '../../../protocol/units.ts'

const asked = (range: string | undefined) => presentationOf(range).then(({ rangeFrom }) => rangeFrom(Seconds(0)))

describe('what a server says of the whole that plays', () => {
  it.each([
    [undefined, 'npt=0.000-'],
    ['', 'npt=0.000-'],
    ['npt=-', 'npt=0.000-'],
    ['npt=0-', 'npt=0.000-'],
    ['npt=0.000000-', 'npt=0.000-'],
    ['npt = 0 - 0', 'npt=0.000-'],
    ['NPT=now-', 'npt=now-'],
    ['clock=20240626T080000Z-', 'npt=0.000-'],
    ['smpte-25=10:00:00-', 'npt=0.000-'],
  ])('is live by %j, which needs nothing loaded, and is what the whole code says', async (range, sent) => {
    vi.doMock('../../../protocol/rtsp/stated-presentation.ts', () => Promise.reject(new Error('not to be loaded')))
    expect(await asked(range)).toBe(sent)
    vi.doUnmock('../../../protocol/rtsp/stated-presentation.ts')
    const stated = statedPresentation(range ?? '')
    expect([stated.duration, stated.rangeFrom(Seconds(0))]).toEqual([null, sent])
  })

  it.each([
    ['npt=5-', null],
    ['npt=0-60', 60],
    ['npt=now-60', 60],
    ['clock=20261122T100000Z-20261122T100130Z', 90],
    ['something else', null],
  ])('is read by the code that is loaded where it is %j', async (range, duration) => {
    expect((await presentationOf(range)).duration).toBe(duration)
  })
})
