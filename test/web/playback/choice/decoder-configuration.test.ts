import { expect, it } from 'vitest'
import type { AudioConfiguration, VideoConfiguration } from '../../../../protocol/index.ts'
import { audioDecoderConfig, videoDecoderConfig } from '../../../../web/playback/choice/decoder-configuration.ts'

const description = Uint8Array.of(1, 2, 3)
const video = (codec: string, reorderDepth = 0): VideoConfiguration => ({
  kind: 'video',
  codec,
  description,
  width: 1280,
  height: 720,
  pixelAspectRatio: 1,
  reorderDepth,
})
const audio = (codec: string, channels = 2): AudioConfiguration => ({
  kind: 'audio',
  codec,
  description,
  sampleRate: 48_000,
  channels,
})

it.each([
  ['avc1.64001F', 'avc1.64001F', description],
  ['hvc1.1.6.L93.B0', 'hvc1.1.6.L93.B0', description],
  ['av01.0.04M.08', 'av01.0.04M.08', undefined],
  ['vp08.00.41.08', 'vp8', undefined],
  ['vp09.00.10.08', 'vp09.00.10.08', undefined],
])('%s is %s for WebCodecs, with its record only where units have lengths', (codec, expected, record) => {
  const config = videoDecoderConfig(video(codec))
  expect(config).toMatchObject({ codec: expected, codedWidth: 1280, codedHeight: 720 })
  expect(config?.description).toBe(record)
})

it('what WebCodecs has no name for is not tried', () => {
  expect(videoDecoderConfig(video('jpeg'))).toBeNull()
  expect(videoDecoderConfig(video('mp4v.20.9'))).toBeNull()
  expect(audioDecoderConfig(audio('pcm-s16'))).toBeNull()
})

it('pictures are wanted at once, unless they come in another order than they are shown', () => {
  expect(videoDecoderConfig(video('avc1.4D401E'))?.optimizeForLatency).toBe(true)
  expect(videoDecoderConfig(video('avc1.4D401E', 2))?.optimizeForLatency).toBe(false)
})

it('only AAC brings a description: that of Opus would be another than MP4’s', () => {
  expect(audioDecoderConfig(audio('mp4a.40.2'))).toEqual({
    codec: 'mp4a.40.2',
    description,
    sampleRate: 48_000,
    numberOfChannels: 2,
  })
  expect(audioDecoderConfig(audio('opus'))).toEqual({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 })
  expect(audioDecoderConfig(audio('opus', 6))).toBeNull()
})
