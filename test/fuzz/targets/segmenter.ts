import type { AudioConfiguration, VideoConfiguration } from '../../../protocol/codec/configuration.ts'
import { Segmenter } from '../../../protocol/fmp4/segmenter.ts'
import { Milliseconds, Ticks } from '../../../protocol/units.ts'
import { type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { IDR, sample } from './rtp-material.ts'

const VIDEO: VideoConfiguration = {
  kind: 'video',
  codec: 'avc1.42C00C',
  description: fromHex('0142c00cffe100040742c00c01000168'),
  width: 320,
  height: 240,
  pixelAspectRatio: 1,
  reorderDepth: 0,
}
const AUDIO: AudioConfiguration = {
  kind: 'audio',
  codec: 'mp4a.40.2',
  description: fromHex('1188'),
  sampleRate: 48_000,
  channels: 1,
}
const DATA = sample(IDR)

/**
 * One access unit for each four bytes: a step of time, a duration, and flags (new configuration, reorder depth). The
 * steps go from a jump back to some hours on.
 */
function check(input: Uint8Array): void {
  const kind = (input[0] ?? 0) & 1 ? 'audio' : 'video'
  const clockRate = 90_000
  const segmenter = new Segmenter({ trackId: 1, kind, clockRate })
  let time = 0
  let lastDecode = -1
  let sequence = 0
  for (let at = 1; at + 4 <= input.length; at += 4) {
    const flags = input[at] ?? 0
    const step = (((input[at + 1] ?? 0) << 24) >> (flags & 0x0f)) | ((input[at + 2] ?? 0) << 4)
    // Whoever makes the timeline bounds it: from 0 to some years.
    time = Math.min(2 ** 45, Math.max(0, time + step))
    const configured = at === 1 || (flags & 0x10) !== 0
    const depth = flags >> 5
    const description = configured && flags & 0x20 ? fromHex('0142c00dffe100040742c00d01000168') : VIDEO.description
    const { initialization, media } = segmenter.push(
      {
        data: DATA,
        timestamp: Ticks(time),
        randomAccess: (flags & 1) === 0,
        discontinuity: false,
        configuration: !configured
          ? undefined
          : kind === 'audio'
            ? AUDIO
            : { ...VIDEO, description, reorderDepth: depth, pixelAspectRatio: 1 + depth / 7 },
        duration: kind === 'audio' ? Ticks(1 + (input[at + 3] ?? 0)) : undefined,
      },
      Ticks(time),
      Milliseconds(at),
    )
    if (initialization) same(boxTypes(initialization.data), ['ftyp', 'moov'], 'an initialization segment')
    if (!media) continue
    same(boxTypes(media.data), ['moof', 'mdat'], 'a media segment')
    const { decodeTime, duration, size, compositionOffset, sequenceNumber } = readFragment(media.data)
    holds(decodeTime > lastDecode, `decode times increase: ${decodeTime} after ${lastDecode}`)
    holds(duration > 0 && duration < 2 ** 31, `a duration of ${duration}`)
    same(size, DATA.length, 'the size of the sample')
    same(sequenceNumber, ++sequence, 'fragments are numbered')
    same(Math.round(media.start * clockRate), decodeTime + compositionOffset, 'the start is what the boxes say')
    lastDecode = decodeTime
  }
}

function boxTypes(bytes: Uint8Array): string[] {
  const types: string[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    const size = view.getUint32(at)
    holds(size >= 8 && at + size <= bytes.length, 'a box lies within its bytes')
    types.push(String.fromCharCode(...bytes.subarray(at + 4, at + 8)))
    at += size
  }
  return types
}

/** The fields of moof with one traf and one trun (ISO/IEC 14496-12 section 8.8). */
function readFragment(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tfdt = 8 + 16 + 8 + 16
  const trun = tfdt + 20
  return {
    sequenceNumber: view.getUint32(8 + 12),
    decodeTime: view.getUint32(tfdt + 12) * 2 ** 32 + view.getUint32(tfdt + 16),
    duration: view.getUint32(trun + 20),
    size: view.getUint32(trun + 24),
    compositionOffset: view.getInt32(trun + 32),
  }
}

export const segmenter: FuzzTarget = {
  name: 'segmenter',
  shapes: ['bytes'],
  maximumBytes: 4096,
  seeds: [
    Uint8Array.from({ length: 81 }, (_, at) => (at === 0 ? 0 : ([0x0f, 0, 188, 21][(at - 1) % 4] ?? 0))),
    Uint8Array.from({ length: 81 }, (_, at) => (at === 0 ? 1 : ([0x0f, 0, 64, 255][(at - 1) % 4] ?? 0))),
    Uint8Array.from({ length: 81 }, (_, at) => (at === 0 ? 0 : ([0x70, at % 3, 188, 21][(at - 1) % 4] ?? 0))),
  ],
  dictionary: ['0f00bc00', '00800000', '007fff00', '10000000', 'f0ff0000', '0e000000'].map(fromHex),
  check,
}
