import { describe, expect, it } from 'vitest'
import { G722Decoder } from '../../../protocol/sound/g722.ts'
import { decode } from './decode.ts'
import { bytesOf, ffmpeg, samplesOf, signalToNoise, siren } from './ffmpeg.ts'

const CODED = ffmpeg(bytesOf(siren(16_000, 3)), '-f', 's16le', '-ar', '16000', '-i', '-', '-f', 'g722')
const decodedByFfmpeg = (coded: Uint8Array) => ffmpeg(coded, '-f', 'g722', '-i', '-', '-f', 's16le')

describe('G.722', () => {
  it('is decoded bit by bit as ffmpeg decodes it', async () => {
    const coded = await CODED
    expect(coded.length).toBe(3 * 8000)
    const theirs = await decodedByFfmpeg(coded)
    expect(Buffer.compare(decode(new G722Decoder(), coded), theirs)).toBe(0)
  })

  it('is the same in packets of any size', async () => {
    const coded = await CODED
    const whole = decode(new G722Decoder(), coded)
    for (const piece of [1, 7, 160, 8000]) {
      expect(Buffer.compare(decode(new G722Decoder(), coded, piece), whole)).toBe(0)
    }
  })

  it('is decoded as ffmpeg does even where it is no sound, and overflows', async () => {
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => (Math.imul(i + 1, 0x9e37_79b1) ^ (i >> 5)) >>> 21)
    for (const bytes of [noise, new Uint8Array(2000).fill(0x84), new Uint8Array(2000).fill(0)]) {
      expect(Buffer.compare(decode(new G722Decoder(), bytes), await decodedByFfmpeg(bytes))).toBe(0)
    }
  })

  it('sounds right again soon after a loss', async () => {
    const coded = await CODED
    const heard = samplesOf(decode(new G722Decoder(), coded))
    const decoder = new G722Decoder()
    decode(decoder, coded.subarray(0, 8000))
    // 40 ms are missing.
    const after = samplesOf(decode(decoder, coded.subarray(8320)))
    const whole = heard.subarray(16_640)
    expect(signalToNoise(whole, after, 3200, 6400)).toBeGreaterThan(20)
    expect(signalToNoise(whole, after, 16_000)).toBeGreaterThan(50)
  })
})
