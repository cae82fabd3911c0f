import { describe, expect, it } from 'vitest'
import type { VideoConfiguration } from '../../../protocol/codec/configuration.ts'
import { concatenate } from '../../../protocol/fmp4/box.ts'
import { mimeTypeOf, sampleEntry } from '../../../protocol/fmp4/sample-entry.ts'
import { readBoxes } from './boxes.ts'

const configuration = (codec: string, description: number[]): VideoConfiguration => ({
  ...{ kind: 'video', codec, description: Uint8Array.from(description), width: 640, height: 360 },
  ...{ pixelAspectRatio: 1, reorderDepth: 0 },
})

/** What stands behind the 78 bytes that each visual sample entry begins with. */
function recordOf(codec: string, description: number[]): [entry: string, box: string, content: string] {
  const [entry] = readBoxes(concatenate(sampleEntry(configuration(codec, description))))
  const [record] = readBoxes(entry?.content.subarray(78) ?? new Uint8Array(0))
  return [entry?.type ?? '', record?.type ?? '', Buffer.from(record?.content ?? []).toString('hex')]
}

describe('a visual sample entry', () => {
  it('of AV1 has the record as it is in av1C', () => {
    expect(recordOf('av01.0.04M.08', [0x81, 4, 0x0c, 0])).toEqual(['av01', 'av1C', '81040c00'])
  })

  it.each(['vp08', 'vp09'])('of %s has the record in vpcC, version 1', (codec) => {
    expect(recordOf(`${codec}.00.21.08`, [0, 21, 0x82])).toEqual([codec, 'vpcC', '01000000001582'])
  })

  it('of MPEG-4 Visual has the headers in esds, as a visual stream of object type 0x20', () => {
    const [entry, box, content] = recordOf('mp4v.20.1', [0, 0, 1, 0xb0, 1])
    expect([entry, box]).toEqual(['mp4v', 'esds'])
    const decoderConfig = [
      ...['04', '80808017'], // DecoderConfigDescrTag, 23 bytes
      ...['20', '11', '00'.repeat(11)], // objectTypeIndication, streamType, sizes and rates
      ...['05', '80808005', '000001b001'], // DecSpecificInfoTag, 5 bytes
    ]
    expect(content).toContain(decoderConfig.join(''))
    expect(mimeTypeOf(configuration('mp4v.20.1', []))).toBe('video/mp4; codecs="mp4v.20.1"')
  })
})
