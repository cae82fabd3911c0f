import { expect, it } from 'vitest'
import { shownSize } from '../../../../web/playback/canvas/painter.ts'

it.each([
  [[640, 360, 1], { width: 640, height: 360 }],
  // PAL, wide: 704 pixels for 4:3 samples, of which each is 16:11.
  [[704, 576, 16 / 11], { width: 1024, height: 576 }],
  [[720, 480, 8 / 9], { width: 720, height: 540 }],
] as const)('%j is shown as %j: stretched, never squeezed', ([width, height, ratio], size) => {
  expect(shownSize(width, height, ratio)).toEqual(size)
})
