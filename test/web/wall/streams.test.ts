import { describe, expect, it } from 'vitest'
import { MOST_TILES, publicName, wallStreams } from '../../../web/wall/streams.ts'

describe('the streams of a wall', () => {
  it('are names with commas or spaces between them', () => {
    expect(wallStreams(' lobby, door\nwarehouse/dock-1,,yard ')).toEqual([
      { src: 'lobby' },
      { src: 'door' },
      { src: 'warehouse/dock-1' },
      { src: 'yard' },
    ])
  })

  it('are a list of names and of streams', () => {
    expect(wallStreams(['lobby', { src: ' back door ', title: 'Back door', substream: false }])).toEqual([
      { src: 'lobby' },
      { src: 'back door', title: 'Back door', substream: false },
    ])
  })

  it.each([[undefined], [null], [7], [{}], [[null, 3, {}, { src: 4 }, { src: '' }, ['a']]], ['  ,, ']])(
    'are none where %j stands for them',
    (nonsense) => {
      expect(wallStreams(nonsense)).toEqual([])
    },
  )

  it('are no more than a bound', () => {
    expect(wallStreams(new Array(1_000).fill('lobby'))).toHaveLength(MOST_TILES)
  })
})

describe('what a stream is called where others can read it', () => {
  it.each([
    ['lobby', 'lobby'],
    ['warehouse/dock 1', 'warehouse/dock 1'],
    ['rtsp://camera.example:8554/live', 'camera.example:8554/live'],
    ['rtsp://user:pass@camera.example/live', 'camera.example/live'],
    ['rtsp://user:p?ss/w#rd@camera.example/live?token=secret@x', 'camera.example/live'],
    ['wss://user:secret@camera.example/onvif', 'camera.example/onvif'],
    ['wss://nvr.example/ws#rtsp://u:secret@10.0.0.1/1', '10.0.0.1/1'],
    ['rtsp://user:secret', ''],
  ])('%s is %j', (src, name) => {
    expect(publicName(src)).toBe(name)
  })
})
