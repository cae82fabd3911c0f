import { describe, expect, it, vi } from 'vitest'
import { L8Decoder, L16Decoder, L24Decoder } from '../../../protocol/sound/linear-pcm.ts'
import { decode } from './decode.ts'
import { ffmpeg, samplesOf, siren } from './ffmpeg.ts'

const BYTES = Uint8Array.from({ length: 600 }, (_, i) => (i * 37) ^ (i >> 3))

describe('linear samples', () => {
  it('of 8 bits are what ffmpeg makes of them', async () => {
    const theirs = await ffmpeg(BYTES, '-f', 'u8', '-ar', '8000', '-i', '-', '-f', 's16le')
    expect(Buffer.compare(decode(new L8Decoder(), BYTES), theirs)).toBe(0)
  })

  it('of 16 bits are in network byte order', async () => {
    const theirs = await ffmpeg(BYTES, '-f', 's16be', '-ar', '8000', '-i', '-', '-f', 's16le')
    expect(Buffer.compare(decode(new L16Decoder(8000, 1, vi.fn()), BYTES), theirs)).toBe(0)
  })

  it('of 24 bits are in network byte order', async () => {
    const theirs = await ffmpeg(BYTES, '-f', 's24be', '-ar', '8000', '-i', '-', '-c:a', 'pcm_s24le', '-f', 's24le')
    expect(Buffer.compare(decode(new L24Decoder(), BYTES), theirs)).toBe(0)
  })

  it('end with the last whole one', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5)
    expect([...decode(new L16Decoder(8000, 1, vi.fn()), bytes)]).toEqual([2, 1, 4, 3])
    expect([...decode(new L24Decoder(), bytes)]).toEqual([3, 2, 1])
  })
})

const big = (samples: ArrayLike<number>): Uint8Array =>
  Uint8Array.from({ length: samples.length * 2 }, (_, i) => (samples[i >> 1] ?? 0) >> (8 * (1 - (i & 1))))
const little = (samples: ArrayLike<number>): Uint8Array =>
  Uint8Array.from({ length: samples.length * 2 }, (_, i) => (samples[i >> 1] ?? 0) >> (8 * (i & 1)))

/** Samples in packets of 20 ms, decoded; and how often the camera was found to send the wrong order. */
function hear(bytes: Uint8Array, { rate = 8000, channels = 1 } = {}) {
  const told = vi.fn()
  const decoder = new L16Decoder(rate, channels, told)
  return { samples: samplesOf(decode(decoder, bytes, (rate / 50) * channels * 2)), told: told.mock.calls.length }
}

const noise = (length: number, amplitude: number) =>
  Int16Array.from({ length }, (_, i) => {
    const value = Math.imul(Math.imul(i + 1, 0x9e37_79b1) ^ (i << 7), 0x85eb_ca6b)
    return ((value >> 16) * amplitude) / 32_768
  })
const tone = (length: number, amplitude: number, period: number) =>
  Int16Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * i) / period))

const SOUNDS: readonly (readonly [what: string, samples: Int16Array, decided: boolean])[] = [
  ['a siren', siren(8000, 2), true],
  ['a quiet room', noise(16_000, 30), true],
  ['a loud rustle', noise(16_000, 3000), true],
  ['a tone', tone(16_000, 20_000, 37.3), true],
  ['a tone near the highest there is', tone(16_000, 1000, 2.3), true],
  ['silence, then a siren', Int16Array.of(...new Int16Array(8000), ...siren(8000, 1)), true],
  ['silence', new Int16Array(16_000), false],
  ['the faintest hiss', noise(16_000, 3), false],
  ['noise as loud as can be', noise(16_000, 32_767), false],
  ['a tone of four values', tone(16_000, 16_385, 4), false],
]

describe('the byte order of L16', () => {
  it.each(SOUNDS)('that is right is never taken for wrong: %s', (_, samples) => {
    const { samples: heard, told } = hear(big(samples))
    expect(told).toBe(0)
    expect(heard).toEqual(samples)
  })

  it.each(SOUNDS)('that is wrong is found out in the first packet that tells: %s', (_, samples, decided) => {
    const { samples: heard, told } = hear(little(samples))
    expect(told).toBe(decided ? 1 : 0)
    if (decided) expect(heard).toEqual(samples)
  })

  it('is found out in stereo, of channels that differ', () => {
    const [left, right] = [siren(8000, 1), tone(8000, 9000, 91)]
    const both = Int16Array.from({ length: 16_000 }, (_, i) => (i & 1 ? right : left)[i >> 1] ?? 0)
    expect(hear(big(both), { channels: 2 }).told).toBe(0)
    expect(hear(little(both), { channels: 2 })).toEqual({ samples: both, told: 1 })
  })

  it('is not taken for wrong where the sound has 8 bits in 16', () => {
    for (const sound of [siren(8000, 2), tone(16_000, 30_000, 80), tone(16_000, 9000, 7.7), noise(16_000, 20_000)]) {
      expect(hear(big(sound.map((sample) => sample & ~0xff))).told).toBe(0)
    }
  })

  it('is settled for good, whatever comes after a second of sound', () => {
    const found = hear(Buffer.concat([little(siren(8000, 1)), big(siren(8000, 3))]))
    expect(found.told).toBe(1)
    const right = hear(Buffer.concat([big(siren(8000, 1)), little(siren(8000, 3))]))
    expect(right.told).toBe(0)
    const undecided = hear(Buffer.concat([big(noise(8200, 32_767)), little(siren(8000, 3))]))
    expect(undecided.told).toBe(0)
  })
})
