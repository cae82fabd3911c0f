import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { attach } from '../../../../web/playback/media-source/media-source.ts'

beforeEach(() => {
  vi.stubGlobal('MediaSource', class extends EventTarget {})
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:source' })
})
afterEach(() => vi.unstubAllGlobals())

it('a source of this thread takes the place of one of the worker, which would come first', () => {
  const video = { srcObject: {} as unknown, src: '' }
  attach(video as HTMLVideoElement, new MediaSource())
  expect(video).toMatchObject({ srcObject: null, src: 'blob:source' })
})
