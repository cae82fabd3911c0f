import { isVp8Keyframe, parseVp8Keyframe, vp8Configuration } from '../../../protocol/codec/vp8.ts'
import {
  endsWithSuperframeIndex,
  isVp9Keyframe,
  parseVp9Keyframe,
  vp9Configuration,
} from '../../../protocol/codec/vp9.ts'
import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import { Vp8Depacketizer } from '../../../protocol/depacketizer/vp8.ts'
import { Vp9Depacketizer } from '../../../protocol/depacketizer/vp9.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { pack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds } from '../target.ts'
import { Watch } from './depacketizers.ts'
import { rtp } from './rtp-material.ts'

/** Of libvpx, 320x180. */
const VP8_KEYFRAME = fromHex('3055009d012a4001b40000470885858885')
const VP8_FRAME = fromHex('3102000100010203')
const VP9_KEYFRAME = fromHex('824983420013f00b360638241c184a00')
const VP9_DEEP_KEYFRAME = fromHex('924983420009f8059b031c120e0c2c00')
const VP9_FRAME = fromHex('8600409a5c')

/** Payloads that follow each other: each unit a list of them, the last with the marker. */
const packets = (...units: readonly (readonly Uint8Array[])[]): Uint8Array[] => {
  let sequenceNumber = 65_533
  return units.flatMap((payloads, index) =>
    payloads.map((payload, part) =>
      rtp(payload, {
        marker: part === payloads.length - 1,
        sequenceNumber: sequenceNumber++ & 0xffff,
        timestamp: index * 3000,
      }),
    ),
  )
}
const described = (descriptor: string, frame: Uint8Array): Uint8Array => concat(fromHex(descriptor), frame)

function checkUnit({ data, randomAccess }: AccessUnit, isKeyframe: (frame: Uint8Array) => boolean): void {
  holds(isKeyframe(data) === randomAccess, 'a random access point is a keyframe')
}

export const vp8Depacketizer: FuzzTarget = {
  name: 'depacketizer-vp8',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(
      packets(
        [described('10', VP8_KEYFRAME)],
        [described('9080ffff', VP8_FRAME)],
        [described('90f0810203ff', VP8_KEYFRAME.subarray(0, 9)), described('00', VP8_KEYFRAME.subarray(9)), VP8_FRAME],
        [described('b0300040', VP8_FRAME), described('11', VP8_FRAME)],
      ),
    ),
  ],
  dictionary: ['10', '9080ffff', '90f0', '9d012a', '3055009d012a4001b400', '310200'].map(fromHex),
  check(input) {
    new Watch(new Vp8Depacketizer(), (unit) => checkUnit(unit, isVp8Keyframe)).feed(input)
  },
}

export const vp9Depacketizer: FuzzTarget = {
  name: 'depacketizer-vp9',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(
      packets(
        [described('0c', VP9_KEYFRAME)],
        [described('ccffff', VP9_FRAME)],
        [described('08', VP9_KEYFRAME.subarray(0, 5)), described('04', VP9_KEYFRAME.subarray(5))],
        // Two spatial layers with a scalability structure; flexible mode with references.
        [described('ae81010001380140 00b4028001680200480102', VP9_KEYFRAME), described('ac810103 01', VP9_FRAME)],
        [described('fc8101030502', VP9_FRAME), described('0c', VP9_DEEP_KEYFRAME)],
      ),
    ),
  ],
  dictionary: [
    '0c',
    '08',
    '04',
    '2c0001',
    '2c0301',
    '7c03',
    '0e18',
    '0e30014000b402800168',
    '824983420013f0',
    '86',
  ].map(fromHex),
  check(input) {
    new Watch(new Vp9Depacketizer(), (unit) => checkUnit(unit, isVp9Keyframe)).feed(input)
  },
}

export const vpKeyframes: FuzzTarget = {
  name: 'vp-keyframes',
  shapes: ['bytes'],
  maximumBytes: 64,
  seeds: [VP8_KEYFRAME, VP9_KEYFRAME, VP9_DEEP_KEYFRAME, fromHex('a2498342e013f00b360638241c184a00'), VP9_FRAME],
  dictionary: ['9d012a', '498342', '82', '92', 'a2', 'b1', 'ffff'].map(fromHex),
  check(input) {
    endsWithSuperframeIndex(input, 0, input.length)
    for (const configuration of [
      accepted(() => vp8Configuration(parseVp8Keyframe(input))),
      accepted(() => vp9Configuration(parseVp9Keyframe(input))),
    ]) {
      if (!configuration) continue
      const { width, height, codec } = configuration
      for (const side of [width, height])
        holds(Number.isInteger(side) && side > 0 && side <= 0xffff, `a side of ${side}`)
      holds(/^vp0[89]\.0[0-3]\.\d\d\.(08|10|12)(\.\d\d){0,5}$/.test(codec), codec)
      createInitializationSegment({ trackId: 1, timescale: 90_000, configuration })
    }
  },
}
