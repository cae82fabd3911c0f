import { expect, it } from 'vitest'
import { PictureObserver } from '../../../bridge/probe/picture-observer.ts'
import { Seconds } from '../../../protocol/units.ts'

/** Pictures at these twenty-fifths of a second, in the order in which they are sent; `keys` are the places of keyframes. */
function observe(times: readonly number[], keys: readonly number[]) {
  const observer = new PictureObserver()
  for (const [index, time] of times.entries()) {
    observer.unit({ start: Seconds(time / 25), randomAccess: keys.includes(index) })
  }
  return observer.report()
}

it('tells the rate of the pictures and the interval of the keyframes', () => {
  const times = Array.from({ length: 51 }, (_, index) => index)
  expect(observe(times, [0, 20, 40])).toEqual({
    keyframes: 3,
    frameRate: 25,
    keyframeIntervalSeconds: 0.8,
    keyframeIntervalPictures: 20,
    bFrames: false,
  })
})

it('tells no interval of a single keyframe, and no rate of a single picture', () => {
  expect(observe([0, 1, 2], [0])).toMatchObject({ keyframes: 1, keyframeIntervalSeconds: null, frameRate: 25 })
  expect(observe([0], [0])).toMatchObject({ keyframes: 1, frameRate: null })
})

it('sees B-frames by the order in which pictures are shown, and counts their rate rightly', () => {
  expect(observe([0, 3, 1, 2, 6, 4, 5], [0])).toMatchObject({ bFrames: true, frameRate: 25 })
})
