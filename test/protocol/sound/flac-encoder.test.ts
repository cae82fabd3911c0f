import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AudioConfiguration } from '../../../protocol/codec/configuration.ts'
import { FlacEncoder, flacConfiguration } from '../../../protocol/sound/flac-encoder.ts'
import { decodeFlacFrame } from './flac-decoder.ts'

const run = promisify(execFile)

const pcm = (codec: 'pcm-s16' | 'pcm-s24', sampleRate = 8000, channels = 1): AudioConfiguration => ({
  kind: 'audio',
  codec,
  description: new Uint8Array(0),
  sampleRate,
  channels,
})

/** Samples by channel as bytes. */
function bytesOf(channels: readonly (readonly number[])[], bytes: 2 | 3): Uint8Array {
  const length = channels[0]?.length ?? 0
  const into = new Uint8Array(length * channels.length * bytes)
  let at = 0
  for (let i = 0; i < length; i++) {
    for (const channel of channels) {
      for (let byte = 0; byte < bytes; byte++) into[at++] = (channel[i] ?? 0) >> (8 * byte)
    }
  }
  return into
}

/** Encodes one frame and decodes it again. */
function carry(channels: readonly (readonly number[])[], bits: 16 | 24 = 16, sampleRate = 8000) {
  const configuration = pcm(bits === 16 ? 'pcm-s16' : 'pcm-s24', sampleRate, channels.length)
  const frame = new FlacEncoder(configuration).encode(bytesOf(channels, bits === 16 ? 2 : 3))
  return { ...decodeFlacFrame(frame), bytes: frame.length }
}

const count = (length: number) => Array.from({ length }, (_, i) => i)
const sine = (length: number, amplitude: number, period: number) =>
  count(length).map((i) => Math.round(amplitude * Math.sin((2 * Math.PI * i) / period)) | 0)

describe('the FLAC encoder', () => {
  it.each<[what: string, samples: number[], types: number[]]>([
    ['silence', new Array<number>(160).fill(0), [0]],
    ['a constant', new Array<number>(160).fill(-32_768), [0]],
    ['a slope', count(160).map((i) => i * 16 - 1000), [9, 10]],
    ['a tone', sine(160, 12_000, 40), [11, 12]],
    ['a full scale square wave', count(160).map((i) => (i % 16 < 8 ? 32_767 : -32_768)), [8, 9, 10]],
    ['the largest steps there are', count(160).map((i) => (i % 2 ? 32_767 : -32_768)), [1]],
    ['one sample', [-5], [0]],
    ['two', [5, -32_768], [1]],
    ['17, which no partitions divide', sine(17, 20_000, 9), [1, 8, 9, 10, 11, 12]],
  ])('writes %s as it was', (_, samples, types) => {
    const frame = carry([samples])
    expect(frame.samples).toEqual([samples])
    expect(types).toContain(frame.types[0])
    expect(frame).toMatchObject({ sampleRate: 8000, bitsPerSample: 16, number: 0 })
  })

  it('writes what any sound is made of as it was', () => {
    const channel = (length: number, bits: number) =>
      fc.oneof(
        fc.array(fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }), {
          minLength: length,
          maxLength: length,
        }),
        // Small and large, with empty low bits, and both in one frame.
        fc
          .tuple(fc.integer({ min: 1, max: bits - 1 }), fc.integer({ min: 0, max: bits - 1 }), fc.integer())
          .map(([size, shift, seed]) =>
            count(length).map((i) => {
              const noise = Math.imul(i + seed, 0x9e37_79b1) ^ Math.imul(i ^ seed, 0x85eb_ca6b)
              const value = noise >> (32 - (i < length / 2 ? size : bits - 1))
              return (value >> shift) << shift
            }),
          ),
      )
    const sound = fc
      .tuple(
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(16 as const, 24 as const),
      )
      .chain(([length, channels, bits]) =>
        fc.record({
          bits: fc.constant(bits),
          channels: fc.array(channel(length, bits), { minLength: channels, maxLength: channels }),
        }),
      )
    fc.assert(
      fc.property(sound, ({ bits, channels }) => {
        expect(carry(channels, bits).samples).toEqual(channels)
      }),
      { numRuns: 200 },
    )
  })

  it('takes 24 bits, from end to end', () => {
    const extremes = count(64).map((i) => (i % 3 === 0 ? 8_388_607 : i % 3 === 1 ? -8_388_608 : 0))
    const tone = sine(64, 8_000_000, 50)
    const frame = carry([extremes, tone], 24, 96_000)
    expect(frame.samples).toEqual([extremes, tone])
    expect(frame).toMatchObject({ bitsPerSample: 24, sampleRate: 96_000 })
  })

  it('leaves the bits out that no sample has', () => {
    const coarse = carry([sine(160, 100, 37).map((sample) => sample * 256)])
    const fine = carry([sine(160, 100, 37)])
    expect(coarse.bytes).toBeLessThanOrEqual(fine.bytes + 2)
  })

  it('halves the sound of G.711, and is never longer than the samples by more than its headers', () => {
    const speech = count(160).map((i) => Math.round(3000 * Math.sin(i / 7) * Math.sin(i / 90)) & ~7)
    expect(carry([speech]).bytes).toBeLessThan(160)
    const noise = count(160).map((i) => (Math.imul(i + 1, 0x9e37_79b1) ^ Math.imul(i, 0x85eb_ca6b)) >> 16)
    expect(carry([noise]).bytes).toBeLessThan(320 + 16)
  })

  it.each([8000, 11_025, 16_000, 48_000, 65_535, 65_536, 655_350])(
    'states %i Hz, in the frame or in STREAMINFO',
    (rate) => {
      const { sampleRate } = carry([sine(40, 100, 9)], 16, rate)
      expect(sampleRate).toBe(rate <= 65_535 ? rate : null)
    },
  )

  it('writes silence of up to 65,535 samples in a few bytes', () => {
    const encoder = new FlacEncoder(pcm('pcm-s24', 48_000, 2))
    const bytes = encoder.encodeSilence(65_535)
    expect(bytes.length).toBeLessThan(24)
    expect(decodeFlacFrame(bytes).samples).toEqual([new Array(65_535).fill(0), new Array(65_535).fill(0)])
    expect(decodeFlacFrame(encoder.encodeSilence(16)).number).toBe(65_535)
  })

  it('counts samples beyond all lengths of the coded number, for years', () => {
    const frames = [20, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x1_0000, 0x1f_ffff, 0x20_0000, 0x3ff_ffff, 0x400_0000]
    // 139 s at 8 kHz need 7 bits no more where frames are counted; three, ten and 99 days.
    const days = [3, 10, 99].map((day) => day * 86_400 * 8000)
    for (const number of [...frames, 139 * 8000, 0x7fff_ffff, 0x8000_0000, ...days, 2 ** 36 - 1]) {
      const encoder = new FlacEncoder(pcm('pcm-s16'), number)
      expect(decodeFlacFrame(encoder.encode(new Uint8Array(320))).number).toBe(number)
      expect(decodeFlacFrame(encoder.encode(new Uint8Array(320))).number).toBe((number + 160) % 2 ** 36)
    }
  })

  it('counts on from frame to frame, whatever their sizes', () => {
    const encoder = new FlacEncoder(pcm('pcm-s16', 16_000, 2))
    let expected = 0
    for (let i = 0; i < 3000; i++) {
      const length = 16 + ((i * 37) % 400)
      const frame = decodeFlacFrame(encoder.encode(new Uint8Array(length * 4).fill(i)))
      expect(frame.number).toBe(expected)
      expected += length
    }
  })

  it('refuses what FLAC does not hold', () => {
    for (const wrong of [
      pcm('pcm-s16', 8000, 9),
      pcm('pcm-s16', 8000, 0),
      pcm('pcm-s16', 0),
      pcm('pcm-s16', 700_000),
      pcm('pcm-s16', 8000.5),
      { ...pcm('pcm-s16'), codec: 'opus' },
    ]) {
      expect(flacConfiguration(wrong)).toBeNull()
      expect(() => new FlacEncoder(wrong)).toThrow(expect.objectContaining({ code: 'codec-unsupported' }))
    }
  })

  it('states the bounds of its frames in STREAMINFO', () => {
    const description = flacConfiguration(pcm('pcm-s24', 44_100, 2))?.description ?? new Uint8Array(0)
    expect(Buffer.from(description).toString('hex')).toBe(
      `80000022${'0010'}${'ffff'}${'000000000000'}${'0ac4437000000000'}${'00'.repeat(16)}`,
    )
  })
})

describe('ffmpeg decodes our FLAC bit by bit', () => {
  it.each([
    [16, 8000, 1],
    [16, 16_000, 2],
    [24, 48_000, 2],
    [24, 44_100, 6],
    [16, 7919, 8],
  ] as const)('%i bits, %i Hz, %i channels', async (bits, rate, channels) => {
    const configuration = pcm(bits === 16 ? 'pcm-s16' : 'pcm-s24', rate, channels)
    const encoder = new FlacEncoder(configuration)
    const bytes = bits / 8
    const sound: Uint8Array[] = []
    const stream: Uint8Array[] = [
      Buffer.from('fLaC'),
      flacConfiguration(configuration)?.description ?? new Uint8Array(0),
    ]
    for (let i = 0; i < 60; i++) {
      const length = i === 30 ? 65_535 : 16 + ((i * 97) % 1500)
      const one = count(channels).map((channel) =>
        count(length).map((at) => {
          const noise = Math.imul(at + i * 31 + channel, 0x9e37_79b1) ^ Math.imul(at ^ i, 0x85eb_ca6b)
          const amplitude = 2 ** (bits - 1 - (i % 6))
          const tone = Math.round((amplitude - 1) * Math.sin((at * (channel + 1)) / (5 + i)))
          return i % 5 === 0 ? noise >> (32 - bits) : i % 7 === 0 ? 0 : tone
        }),
      )
      const samples = bytesOf(one, bytes as 2 | 3)
      sound.push(samples)
      stream.push(encoder.encode(samples).slice())
    }
    const folder = await mkdtemp(join(tmpdir(), 'flac-'))
    try {
      const file = join(folder, 'sound.flac')
      await writeFile(file, Buffer.concat(stream))
      const { stdout, stderr } = await run(
        'ffmpeg',
        ['-v', 'error', '-err_detect', 'crccheck+bitstream+buffer+explode', '-i', file, '-f', `s${bits}le`, '-'],
        { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
      )
      expect(stderr.toString()).toBe('')
      expect(stdout.equals(Buffer.concat(sound))).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
