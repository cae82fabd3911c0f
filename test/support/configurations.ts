import type { AudioConfiguration, VideoConfiguration } from '../../protocol/codec/configuration.ts'

/** H.264, where nothing looks into the parameter sets. */
export const VIDEO: VideoConfiguration = {
  kind: 'video',
  codec: 'avc1.4D401F',
  description: Uint8Array.of(1, 2, 3),
  width: 640,
  height: 360,
  pixelAspectRatio: 1,
  reorderDepth: 0,
}

/** AAC: low complexity, 48 kHz, one channel. */
export const AUDIO: AudioConfiguration = {
  kind: 'audio',
  codec: 'mp4a.40.2',
  description: Uint8Array.of(0x11, 0x88),
  sampleRate: 48_000,
  channels: 1,
}
