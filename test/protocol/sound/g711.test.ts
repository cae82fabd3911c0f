import { describe, expect, it } from 'vitest'
import { encodeALaw, encodeMuLaw, G711Decoder } from '../../../protocol/sound/g711.ts'
import { decode } from './decode.ts'
import { bytesOf, ffmpeg, samplesOf } from './ffmpeg.ts'

const CODES = Uint8Array.from({ length: 256 }, (_, code) => code)
const EVERY_SAMPLE = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768)

describe.each([
  ['mu', 'mulaw', encodeMuLaw],
  ['a', 'alaw', encodeALaw],
] as const)('G.711 with the %s-law', (law, format, encode) => {
  const values = samplesOf(decode(new G711Decoder(law), CODES))

  it('gives each code the value that ffmpeg gives it', async () => {
    expect(values).toEqual(samplesOf(await ffmpeg(CODES, '-f', format, '-ar', '8000', '-i', '-', '-f', 's16le')))
  })

  it('codes each value as the code it came from, but for the second zero', () => {
    for (const code of CODES) {
      const expected = law === 'mu' && code === 0x7f ? 0xff : code
      expect(encode(values[code] ?? 0)).toBe(expected)
    }
  })

  it('codes each sample as the value in the middle of the interval that it lies in', () => {
    for (const sample of EVERY_SAMPLE) {
      const code = encode(sample)
      const value = values[code] ?? 0
      // Steps double from segment to segment, in A-law from the second on; the highest interval has no end.
      const segment = ((law === 'mu' ? ~code : code ^ 0x55) >> 4) & 7
      const half = law === 'mu' ? 4 << segment : 8 << Math.max(0, segment - 1)
      const isEnd =
        Math.abs(value) === Math.abs(values[law === 'mu' ? 0x80 : 0xaa] ?? 0) && Math.abs(sample) > Math.abs(value)
      if (!isEnd && Math.abs(value - sample) > half) expect.fail(`${sample} is coded as ${value}`)
    }
  })

  it('codes nearly every sample as ffmpeg does, which rounds where steps double', async () => {
    const theirs = await ffmpeg(bytesOf(EVERY_SAMPLE), '-f', 's16le', '-ar', '8000', '-i', '-', '-f', format)
    const others = EVERY_SAMPLE.filter((sample, i) => encode(sample) !== theirs[i])
    expect(others.length).toBeLessThan(0.02 * EVERY_SAMPLE.length)
  })
})
