import { describe, expect, it } from 'vitest'
import { vpLevel } from '../../../protocol/codec/vp-configuration.ts'

describe('the level of a VP8 or VP9 stream', () => {
  it.each([
    [176, 144, 30, 10],
    [320, 240, 30, 20],
    [640, 360, 30, 21],
    [1280, 720, 30, 31],
    [1280, 720, 60, 40],
    [1920, 1080, 30, 40],
    [1920, 1080, 60, 41],
    [3840, 2160, 30, 50],
    [3840, 2160, 60, 51],
    [7680, 4320, 30, 60],
    [7680, 4320, 120, 62],
    // By its longer side; beyond every level.
    [2048, 16, 30, 30],
    [2049, 16, 30, 31],
    [65_535, 65_535, 30, 62],
  ])('of %i x %i pixels at %i frames a second is %i', (width, height, rate, level) => {
    expect(vpLevel(width, height, rate)).toBe(level)
  })
})
