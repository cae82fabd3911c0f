import { expect, it } from 'vitest'
import { LearntMargin } from '../../../../web/playback/live-edge/live-edge-margin.ts'

const FRAME = 1 / 30

it('widens where the clock stood still although no picture was late, up to its bound, and narrows again slowly', () => {
  const margin = new LearntMargin(0.008, 0.02)
  for (let i = 0; i < 10; i++) margin.arrived(FRAME, 0.012, 0)
  expect(margin.seconds).toBe(0.02)
  for (let i = 0; i < 300; i++) margin.arrived(FRAME, 0, 0)
  expect(margin.seconds).toBeCloseTo(0.015, 4)
  for (let i = 0; i < 3_000; i++) margin.arrived(FRAME, 0, 0)
  expect(margin.seconds).toBe(0.008)
})

it('a late picture was the reason itself', () => {
  const margin = new LearntMargin(0.008, 0.02)
  for (let i = 0; i < 10; i++) margin.arrived(FRAME, 0.03, 0.03)
  expect(margin.seconds).toBe(0.008)
})
