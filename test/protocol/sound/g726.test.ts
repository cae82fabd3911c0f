import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type G726CodeBits, G726Decoder, type G726Packing } from '../../../protocol/sound/g726.ts'
import { decode } from './decode.ts'
import { bytesOf, ffmpeg, samplesOf, signalToNoise, siren } from './ffmpeg.ts'

/** Made by make-g726-fixture.py. */
const FIXTURE: Readonly<Record<string, { coded: string; samples: number; sha256: string }>> = JSON.parse(
  readFileSync(new URL('g726-fixture.json', import.meta.url), 'utf8'),
)
const BITS = [2, 3, 4, 5] as const
const KINDS = BITS.flatMap((bits) =>
  (['rfc3551', 'aal2'] as const).map((packing): [string, G726CodeBits, G726Packing] => [
    `${packing === 'aal2' ? 'AAL2-' : ''}G726-${bits * 8}`,
    bits,
    packing,
  ]),
)

describe.each(KINDS)('%s', (name, bits, packing) => {
  const { coded, samples, sha256 } = FIXTURE[name] ?? expect.fail('no fixture')
  const bytes = Buffer.from(coded, 'base64')

  it('is decoded bit by bit as another implementation of the standard does', () => {
    const decoder = new G726Decoder(bits, packing)
    expect(decoder.samplesIn(bytes.length)).toBe(samples)
    expect(createHash('sha256').update(decode(decoder, bytes)).digest('hex')).toBe(sha256)
  })

  it('is the same in packets of any number of whole codes', () => {
    // Eight codes begin and end with a byte.
    for (const piece of [bits, bits * 20]) {
      const pieces = decode(new G726Decoder(bits, packing), bytes, piece)
      expect(createHash('sha256').update(pieces).digest('hex')).toBe(sha256)
    }
  })

  it('stays within 16 bits where it is no sound, and becomes sound again', () => {
    const decoder = new G726Decoder(bits, packing)
    for (const byte of [0x00, 0xff, 0x55, 0x7f, 0x33]) decode(decoder, new Uint8Array(500).fill(byte))
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 0x9e37_79b1) >>> 24)
    const loud = samplesOf(decode(decoder, noise))
    expect(loud.length).toBe(Math.floor(40_000 / bits))
    const after = samplesOf(decode(decoder, bytes))
    const whole = samplesOf(decode(new G726Decoder(bits, packing), bytes))
    expect(signalToNoise(whole, after, 2000, 3000)).toBeGreaterThan(10)
  })
})

describe('G.726 made by ffmpeg', () => {
  // What ffmpeg's own decoder gives of it; it differs from the standard by rounding, at 40 kbit/s by more.
  it.each([
    [2, 10],
    [3, 15],
    [4, 20],
  ] as const)('of %i bits sounds as it should, by %i dB', async (bits, least) => {
    const sound = siren(8000, 3)
    const options = ['-f', 's16le', '-ar', '8000', '-i', '-', '-c:a', 'g726', '-code_size', String(bits), '-f', 'g726']
    const coded = await ffmpeg(bytesOf(sound), ...options)
    const theirs = samplesOf(await ffmpeg(coded, '-f', 'g726', '-code_size', String(bits), '-i', '-', '-f', 's16le'))
    const ours = samplesOf(decode(new G726Decoder(bits, 'aal2'), coded))
    expect(ours.length).toBe(theirs.length)
    expect(signalToNoise(theirs, ours)).toBeGreaterThan(least)
  })
})
