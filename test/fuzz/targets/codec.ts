import { aacConfiguration, createAudioSpecificConfig, parseAudioSpecificConfig } from '../../../protocol/codec/aac.ts'
import { findStartCode, rbspOf, splitAnnexB } from '../../../protocol/codec/h264.ts'
import { addAll, H264ParameterSets } from '../../../protocol/codec/h264-parameter-sets.ts'
import { isIntraSlice, recoveryFrameCount, startsPicture } from '../../../protocol/codec/h264-slice.ts'
import { parseSequenceParameterSet, statedReorderDepth } from '../../../protocol/codec/h264-sps.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { AUD, B_SLICE, HIGH_SPS, IDR, PPS, SEI_RECOVERY_POINT, SLICE, SPS } from './rtp-material.ts'

function checkSps(input: Uint8Array): void {
  const sps = accepted(() => parseSequenceParameterSet(input))
  if (!sps) return
  const { width, height, vui } = sps
  for (const side of [width, height]) holds(Number.isInteger(side) && side > 0 && side <= 0xffff, `a side of ${side}`)
  holds(sps.id <= 31, 'an id of five bits')
  const depth = statedReorderDepth(sps)
  holds(depth === undefined || (depth >= 0 && depth <= 16), `a reorder depth of ${depth}`)
  if (vui) holds(vui.pixelAspectRatio > 0 && Number.isFinite(vui.pixelAspectRatio), 'a pixel has a shape')
}

/** Parameter sets that come one after the other: the configuration can always be written into a segment. */
function checkParameterSets(input: Uint8Array): void {
  const sets = new H264ParameterSets()
  const nalUnits = splitAnnexB(input)
  addAll(sets, nalUnits)
  const configuration = sets.configuration()
  if (!configuration) return
  holds(configuration.reorderDepth >= 0 && configuration.reorderDepth <= 16, 'pictures are reordered within the buffer')
  holds(/^avc1\.[0-9A-F]{6}$/.test(configuration.codec), configuration.codec)
  const segment = createInitializationSegment({ trackId: 1, timescale: 90_000, configuration })
  holds(segment.length >= configuration.description.length, 'the segment holds the record')
  for (const nal of nalUnits) {
    if ([7, 8].includes((nal[0] ?? 0) & 0x1f)) accepted(() => sets.add(nal))
  }
  const again = sets.configuration()
  same(again?.description.length, configuration.description.length, 'the same parameter sets again change nothing')
  sets.noteReordering(16)
  same(sets.configuration()?.reorderDepth, 16, 'what is seen is believed')
}

export const h264ParameterSets: FuzzTarget = {
  name: 'h264-parameter-sets',
  shapes: ['bytes'],
  maximumBytes: 4096,
  seeds: [SPS, HIGH_SPS, PPS, join(SPS, PPS), join(HIGH_SPS, PPS, SPS, PPS), join(AUD, SPS, PPS, IDR)],
  dictionary: ['000001', '00000001', '67', '68', '000003', '64', 'f4', '6742c00c', 'ff', '00'].map(fromHex),
  check(input) {
    checkSps(input)
    checkParameterSets(input)
  },
}

function join(...nalUnits: Uint8Array[]): Uint8Array {
  return concat(...nalUnits.flatMap((nal) => [[0, 0, 0, 1], nal]))
}

export const h264NalUnits: FuzzTarget = {
  name: 'h264-nal-units',
  shapes: ['bytes'],
  seeds: [
    join(SPS, PPS, IDR),
    join(AUD, SEI_RECOVERY_POINT, SLICE),
    B_SLICE,
    fromHex('06ffffff10000003000003000006018480'),
  ],
  dictionary: ['000001', '00000001', '000003', '0000', '06', 'ffff', '0601'].map(fromHex),
  check(input) {
    const nalUnits = splitAnnexB(input)
    for (const nal of nalUnits) {
      holds(findStartCode(nal, 0, nal.length) === nal.length, 'no start code is left')
      holds(nal.at(-1) !== 0, 'no zeros are left behind')
      holds(recoveryFrameCount(nal, 0, nal.length) >= -1, 'a count')
      isIntraSlice(nal, 0, nal.length)
      startsPicture(nal, 0)
      holds(rbspOf(nal).length <= nal.length, 'emulation prevention only adds')
    }
    same(splitAnnexB(join(...nalUnits)), nalUnits, 'split∘join is the identity')
  },
}

export const audioSpecificConfig: FuzzTarget = {
  name: 'audio-specific-config',
  shapes: ['bytes'],
  maximumBytes: 512,
  seeds: [
    ...['1188', '1210', '2b11880000', '139056e5a0', 'eb098800', 'f8f021202c00bc00', '1190'].map(fromHex),
    createAudioSpecificConfig(12_345, 6),
    // A program_config_element.
    fromHex('118004c844002004c8c0'),
  ],
  dictionary: ['56e5', '2b7', '1188', 'ff'].map((digits) => fromHex(digits.padEnd(4, '0'))),
  check(input) {
    const config = accepted(() => parseAudioSpecificConfig(input))
    if (config) {
      for (const rate of [config.coreSampleRate, config.sampleRate]) holds(rate > 0 && rate < 2 ** 24, `${rate} Hz`)
      holds(config.channels > 0 && config.channels < 200, `${config.channels} channels`)
      holds([480, 512, 960, 1024].includes(config.frameLength), `${config.frameLength} samples`)
      const configuration = aacConfiguration(input)
      createInitializationSegment({ trackId: 1, timescale: 48_000, configuration })
    }
    // The other way: what is made of a rate and a number of channels says just these.
    const rate = ((input[0] ?? 0) << 16) | ((input[1] ?? 0) << 8) | (input[2] ?? 0)
    const made = accepted(() => createAudioSpecificConfig(rate, (input[3] ?? 0) % 10))
    if (!made) return
    const { coreSampleRate, channels } = parseAudioSpecificConfig(made)
    same([coreSampleRate, channels], [rate, (input[3] ?? 0) % 10], 'parse∘create')
  },
}
