import { BitReader } from '../../../protocol/bytes/bit-reader.ts'

export interface FlacFrame {
  /** Number of its first sample, as the frame states it. */
  readonly number: number
  readonly sampleRate: number | null
  readonly bitsPerSample: number
  /** By channel. */
  readonly samples: readonly number[][]
  /** Subframe types as RFC 9639 numbers them. */
  readonly types: readonly number[]
}

const RATES = [null, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]

/** Decodes one FLAC frame of a variable block size, by the letter of RFC 9639, and checks both of its CRCs. */
export function decodeFlacFrame(bytes: Uint8Array): FlacFrame {
  const reader = new BitReader(bytes)
  expectBits(reader, 16, 0xfff9, 'sync code and blocking strategy')
  const blockSizeCode = reader.bits(4)
  const rateCode = reader.bits(4)
  const channels = reader.bits(4) + 1
  const bitsPerSample = { 4: 16, 6: 24 }[reader.bits(3)] ?? 0
  expectBits(reader, 1, 0, 'reserved')
  const number = readNumber(reader)
  if (blockSizeCode !== 7) throw new Error(`block size code ${blockSizeCode}`)
  const length = reader.bits(16) + 1
  const sampleRate = rateCode === 13 ? reader.bits(16) : (RATES[rateCode] ?? null)
  const headerBytes = reader.position / 8
  expectBits(reader, 8, crc(bytes.subarray(0, headerBytes), 8, 0x07), 'CRC-8')
  const samples: number[][] = []
  const types: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    const { type, values } = readSubframe(reader, length, bitsPerSample)
    samples.push(values)
    types.push(type)
  }
  while (reader.position % 8 !== 0) expectBits(reader, 1, 0, 'padding')
  const end = reader.position / 8
  expectBits(reader, 16, crc(bytes.subarray(0, end), 16, 0x8005), 'CRC-16')
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bits behind the frame`)
  return { number, sampleRate, bitsPerSample, samples, types }
}

function expectBits(reader: BitReader, count: number, wanted: number, what: string): void {
  const found = reader.bits(count)
  if (found !== wanted) throw new Error(`${what}: ${found}, not ${wanted}`)
}

function crc(bytes: Uint8Array, width: number, polynomial: number): number {
  let value = 0
  for (const byte of bytes) {
    value ^= byte << (width - 8)
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ ((value >> (width - 1)) & 1 ? polynomial : 0)
    value &= 2 ** width - 1
  }
  return value
}

function readNumber(reader: BitReader): number {
  let ones = 0
  while (ones < 8 && reader.flag()) ones++
  if (ones === 0) return reader.bits(7)
  if (ones === 1 || ones === 8) throw new Error('no coded number begins so')
  let value = ones === 7 ? 0 : reader.bits(7 - ones)
  for (let i = 1; i < ones; i++) {
    expectBits(reader, 2, 2, 'continuation')
    value = value * 64 + reader.bits(6)
  }
  const fewest = ones === 2 ? 0x80 : 2 ** (5 * (ones - 1) + 1)
  if (value < fewest) throw new Error(`${value} in ${ones} bytes`)
  return value
}

function readSubframe(reader: BitReader, length: number, bitsPerSample: number): { type: number; values: number[] } {
  expectBits(reader, 1, 0, 'reserved')
  const type = reader.bits(6)
  let wasted = 0
  if (reader.flag()) {
    wasted = 1
    while (!reader.flag()) wasted++
  }
  const bits = bitsPerSample - wasted
  if (bits < 1) throw new Error('no bits left')
  const values = readSamples(reader, type, length, bits)
  return { type, values: values.map((value) => value * 2 ** wasted) }
}

function readSamples(reader: BitReader, type: number, length: number, bits: number): number[] {
  if (type === 0) return new Array<number>(length).fill(signed(reader, bits))
  if (type === 1) return Array.from({ length }, () => signed(reader, bits))
  const order = type - 8
  if (order < 0 || order > 4) throw new Error(`subframe type ${type}`)
  const values = Array.from({ length: order }, () => signed(reader, bits))
  const coefficients = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]][order] ?? []
  const isLong = reader.bits(2)
  if (isLong > 1) throw new Error('reserved coding method')
  const partitionOrder = reader.bits(4)
  const size = length / 2 ** partitionOrder
  if (!Number.isInteger(size) || size <= order)
    throw new Error(`${2 ** partitionOrder} partitions of ${length} samples`)
  for (let partition = 0; partition < 2 ** partitionOrder; partition++) {
    const parameter = reader.bits(isLong ? 5 : 4)
    if (parameter === (isLong ? 31 : 15)) throw new Error('escape')
    for (let i = partition === 0 ? order : 0; i < size; i++) {
      let quotient = 0
      while (!reader.flag()) quotient++
      const folded = quotient * 2 ** parameter + reader.bits(parameter)
      const residual = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2
      const predicted = coefficients.reduce((sum, factor, back) => sum + factor * (values.at(-1 - back) ?? 0), 0)
      values.push(predicted + residual)
    }
  }
  return values
}

function signed(reader: BitReader, count: number): number {
  const value = reader.bits(count)
  return value >= 2 ** (count - 1) ? value - 2 ** count : value
}
