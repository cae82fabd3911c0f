import { expect, it } from 'vitest'
import { browserSupport } from '../../../bridge/probe/browser-support.ts'

it.each([
  ['H264', 'avc1.64001F', ['mse', 'mse', 'mse']],
  ['H264', null, ['mse', 'mse', 'mse']],
  ['H264', 'avc1.6E001F', ['mse', 'none', 'none']],
  ['H264', 'avc1.7A001F', ['none', 'none', 'none']],
  ['H265', null, ['mse', 'mse', 'mse']],
  ['VP8', null, ['webcodecs', 'webcodecs', 'webcodecs']],
  ['JPEG', null, ['image', 'image', 'image']],
  ['PCMU', null, ['mse', 'mse', 'mse']],
  ['AAL2-G726-32', null, ['mse', 'mse', 'mse']],
  ['MPA', null, ['webcodecs', 'mse', 'mse']],
  ['MP4V-ES', null, ['none', 'none', 'none']],
  ['ACME-7', null, ['none', 'none', 'none']],
])('says how browsers play %s (%s)', (codec, codecString, expected) => {
  const { chromium, firefox, safari, remark } = browserSupport(codec, codecString)
  expect([chromium, firefox, safari]).toEqual(expected)
  expect(remark).toMatch(/\.$/)
})

it('knows no format by the names that every object has', () => {
  expect(browserSupport('constructor', null).chromium).toBe('none')
})
