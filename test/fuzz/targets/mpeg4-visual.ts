import {
  inspectVisualUnit,
  mpeg4VisualConfiguration,
  mpeg4VisualName,
  parseMpeg4VisualConfig,
} from '../../../protocol/codec/mpeg4-visual.ts'
import { Mp4vEsDepacketizer } from '../../../protocol/depacketizer/mp4v-es.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { pack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds } from '../target.ts'
import { Watch } from './depacketizers.ts'
import { rtp } from './rtp-material.ts'

/** Of ffmpeg and Xvid, 320x240. */
const CONFIG = fromHex('000001b0f1000001b5a913000001000000012008d48d0800cd0a041e14103f')
const OTHER_CONFIG = fromHex('000001b0f5000001b509000001000000012008bc04068400670c281078518f')
const I_VOP = fromHex('000001b61061118476dfc6db7ec6c30b62')
const P_VOP = fromHex('000001b6506111')
const B_VOP = fromHex('000001b6906111')
const GROUP = fromHex('000001b300100700')

const packets = (...payloads: readonly Uint8Array[]): Uint8Array[] =>
  payloads.map((payload, index) =>
    rtp(payload, { marker: index % 4 !== 1, sequenceNumber: index, timestamp: index * 3000 }),
  )

export const mp4vEsDepacketizer: FuzzTarget = {
  name: 'depacketizer-mp4v-es',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 32 * 1024,
  seeds: [
    pack(
      packets(concat(CONFIG, GROUP, I_VOP), P_VOP, I_VOP.subarray(5), B_VOP, concat(OTHER_CONFIG, I_VOP), P_VOP, B_VOP),
    ),
    pack(packets(I_VOP, CONFIG, I_VOP, concat(CONFIG, P_VOP))),
  ],
  dictionary: ['000001', '000001b6', '000001b0', '000001b5', '00000120', '000001b3', '000001b2'].map(fromHex),
  check(input) {
    const config = input.length % 2 === 0 ? CONFIG : null
    new Watch(new Mp4vEsDepacketizer({ config }), ({ data, randomAccess }) => {
      const { picture } = inspectVisualUnit(data)
      holds(picture !== 'none', 'a unit has a picture')
      holds((picture === 'I') === randomAccess, 'a random access point is an I-VOP')
    }).feed(input)
  },
}

export const mpeg4VisualHeaders: FuzzTarget = {
  name: 'mpeg4-visual-headers',
  shapes: ['bytes'],
  maximumBytes: 1024,
  seeds: [CONFIG, OTHER_CONFIG, concat(CONFIG, GROUP, I_VOP), P_VOP],
  dictionary: ['000001', '00000120', '0000012f', '000001b0ff', '000001b6', 'ffff'].map(fromHex),
  check(input) {
    const { configBytes } = inspectVisualUnit(input)
    holds(configBytes >= 0 && configBytes <= input.length, 'the headers are a part of the unit')
    const config = accepted(() => parseMpeg4VisualConfig(input))
    if (!config) return
    for (const side of [config.width, config.height]) holds(side > 0 && side <= 8191, `a side of ${side}`)
    const configuration = mpeg4VisualConfiguration(input, { profileAndLevel: 1, bVops: false })
    holds(/^mp4v\.20\.[1-9]\d{0,2}$/.test(configuration.codec), configuration.codec)
    holds(mpeg4VisualName(configuration.codec) !== null, 'it has a name')
    createInitializationSegment({ trackId: 1, timescale: 90_000, configuration })
  },
}
