import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ObuType } from '../../../protocol/codec/av1.ts'
import { Av1Depacketizer } from '../../../protocol/depacketizer/av1.ts'
import type { Depacketizer } from '../../../protocol/depacketizer/depacketizer.ts'
import { Mp4vEsDepacketizer } from '../../../protocol/depacketizer/mp4v-es.ts'
import { Vp8Depacketizer } from '../../../protocol/depacketizer/vp8.ts'
import { Vp9Depacketizer } from '../../../protocol/depacketizer/vp9.ts'
import { Av1Packetizer } from '../../../protocol/packetizer/av1.ts'
import type { RtpPayload } from '../../../protocol/packetizer/packetizer.ts'
import { INTER_FRAME, KEY_FRAME, obu, SEQUENCE_HEADER } from '../codec/av1-builder.ts'
import { buildVisualConfig, I_VOP, P_VOP } from '../codec/mpeg4-visual-builder.ts'
import { VP8_INTER_FRAME, VP9_INTER_FRAME, vp8Keyframe, vp9Keyframe } from '../codec/vp-builder.ts'
import { pullAll, push } from './packets.ts'

/** A codec whose pictures differ by a few bytes at their end. */
interface Codec {
  readonly create: () => Depacketizer
  readonly picture: (isKey: boolean, tail: readonly number[]) => number[]
  readonly packetize: (unit: readonly number[], maximumPayload: number) => RtpPayload[]
}

/** Pieces of a run of bytes, each behind a descriptor. */
const pieces =
  (describe: (isFirst: boolean, isLast: boolean) => number[]) =>
  (unit: readonly number[], size: number): RtpPayload[] =>
    Array.from({ length: Math.ceil(unit.length / size) }, (_, index) => {
      const marker = (index + 1) * size >= unit.length
      const piece = unit.slice(index * size, (index + 1) * size)
      return { payload: Uint8Array.from([...describe(index === 0, marker), ...piece]), marker }
    })

const CODECS: Readonly<Record<string, Codec>> = {
  VP8: {
    create: () => new Vp8Depacketizer(),
    picture: (isKey, tail) => [...(isKey ? vp8Keyframe() : VP8_INTER_FRAME), ...tail],
    packetize: pieces((isFirst) => [isFirst ? 0x10 : 0x00]),
  },
  VP9: {
    create: () => new Vp9Depacketizer(),
    picture: (isKey, tail) => [...(isKey ? vp9Keyframe() : VP9_INTER_FRAME), ...tail],
    packetize: pieces((isFirst, isLast) => [(isFirst ? 0x08 : 0) | (isLast ? 0x04 : 0)]),
  },
  AV1: {
    create: () => new Av1Depacketizer(),
    picture: (isKey, tail) => [
      ...(isKey ? obu(ObuType.SequenceHeader, SEQUENCE_HEADER) : []),
      ...obu(ObuType.Frame, [...(isKey ? KEY_FRAME : INTER_FRAME), ...tail]),
    ],
    packetize: (unit, maximumPayload) => new Av1Packetizer({ maximumPayload }).packetize(Uint8Array.from(unit)),
  },
  'MPEG-4 Visual': {
    create: () => new Mp4vEsDepacketizer({ config: Uint8Array.from(buildVisualConfig()) }),
    picture: (isKey, tail) => [...(isKey ? I_VOP : P_VOP), ...tail],
    // RFC 6416 section 5.2: what stands behind the headers may be cut anywhere, but not the start code.
    packetize: (unit, size) => pieces(() => [])(unit, Math.max(size, 4)),
  },
}

describe.each(Object.entries(CODECS))('with losses anywhere in %s', (_, { create, picture, packetize }) => {
  const keys = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 })
  const losses = fc.array(fc.nat(60), { maxLength: 6 })

  it.each([true, false])('no unit is given but whole ones that depend on nothing lost (markers: %s)', (markers) => {
    fc.assert(
      fc.property(keys, losses, fc.integer({ min: 2, max: 12 }), (isKey, missing, size) => {
        const pictures = [true, ...isKey].map((key, index) => picture(key, [0x21, index, 0x22]))
        const sent = pictures.flatMap((unit, index) =>
          packetize(unit, size).map((packet) => ({ ...packet, timestamp: index * 3000 })),
        )
        const depacketizer = create()
        const given: number[] = []
        let lost = 0
        let anyLost = false
        for (const [index, { payload, marker, timestamp }] of sent.entries()) {
          if (missing.includes(index)) {
            lost++
            anyLost = true
            continue
          }
          for (const unit of push(depacketizer, payload, { marker: markers && marker, timestamp, lost })) {
            const place = unit.timestamp / 3000
            expect(unit.data).toEqual(pictures[place])
            expect(unit.randomAccess).toBe(place === 0 || isKey[place - 1])
            // What it depends on was given directly before.
            if (!unit.randomAccess) expect(given.at(-1)).toBe(place - 1)
            if (given.length > 0) expect(unit.discontinuity).toBe(given.at(-1) !== place - 1)
            given.push(place)
          }
          lost = 0
        }
        depacketizer.flush()
        given.push(...pullAll(depacketizer).map((unit) => unit.timestamp / 3000))
        if (!anyLost) expect(given).toEqual(pictures.map((_, index) => index))
      }),
    )
  })
})
