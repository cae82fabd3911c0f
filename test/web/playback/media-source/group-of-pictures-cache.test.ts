import { describe, expect, it } from 'vitest'
import { Milliseconds, Seconds } from '../../../../protocol/units.ts'
import { GroupOfPicturesCache } from '../../../../web/playback/media-source/group-of-pictures-cache.ts'

const media = (kind: 'video' | 'audio', start: number, randomAccess: boolean, bytes = 100) => ({
  trackId: kind === 'video' ? 1 : 2,
  kind,
  data: new Uint8Array(bytes),
  start: Seconds(start),
  duration: Seconds(0.1),
  randomAccess,
  arrival: Milliseconds(0),
})

const withVideo = () => {
  const cache = new GroupOfPicturesCache()
  cache.reset(true)
  return cache
}

const starts = (cache: GroupOfPicturesCache) => cache.segments.map((segment) => `${segment.kind[0]}${segment.start}`)

describe('GroupOfPicturesCache', () => {
  it('is empty until a decoder can start', () => {
    const cache = withVideo()
    cache.push(media('video', 0, false))
    cache.push(media('audio', 0, true))
    expect(starts(cache)).toEqual([])
    expect(cache.range).toBeNull()
  })

  it('holds what came since the newest random access point, and the sound that belongs to it', () => {
    const cache = withVideo()
    cache.push(media('video', 0, true))
    cache.push(media('audio', 0.85, true))
    cache.push(media('audio', 0.95, true))
    cache.push(media('video', 1, true))
    cache.push(media('video', 1.1, false))
    cache.push(media('audio', 1.05, true))
    expect(starts(cache)).toEqual(['a0.95', 'v1', 'v1.1', 'a1.05'])
    expect(cache.range?.start).toBe(1)
    expect(cache.range?.end).toBeCloseTo(1.2)
  })

  it('is empty beyond eight megabytes, until the next random access point', () => {
    const cache = withVideo()
    cache.push(media('video', 0, true, 5e6))
    cache.push(media('video', 0.1, false, 5e6))
    expect(starts(cache)).toEqual([])
    cache.push(media('video', 0.2, false))
    expect(starts(cache)).toEqual([])
    cache.push(media('video', 0.3, true))
    expect(starts(cache)).toEqual(['v0.3'])
  })

  it('holds half a second of a stream without pictures', () => {
    const cache = new GroupOfPicturesCache()
    cache.reset(false)
    for (let i = 0; i < 40; i++) cache.push(media('audio', i / 10, true))
    expect(starts(cache)).toEqual(['a3.4', 'a3.5', 'a3.6', 'a3.7', 'a3.8', 'a3.9'])
  })

  it('does not mix pictures of old and new parameters', () => {
    const cache = withVideo()
    cache.push(media('video', 0, true))
    const configuration = {
      kind: 'video',
      codec: 'avc1.64001F',
      description: new Uint8Array(),
      width: 640,
      height: 360,
      pixelAspectRatio: 1,
      reorderDepth: 0,
    } as const
    cache.initialize({ trackId: 1, kind: 'video', mimeType: 'video/mp4', data: new Uint8Array(), configuration })
    expect(starts(cache)).toEqual([])
    expect(cache.initialization('video')?.configuration).toBe(configuration)
  })
})
