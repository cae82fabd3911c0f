import { pack, unpack } from './packets.ts'
import type { Random } from './random.ts'

/** How an input is taken apart before it is changed. */
export type Shape =
  /** Nothing is known of it. */
  | 'bytes'
  /** Lines that end with LF. */
  | 'lines'
  /** Packets behind a length of 16 bits each (`packets.ts`). */
  | 'packets'

/** What inputs are made of. */
export interface Material {
  readonly shapes: readonly Shape[]
  /** Valid inputs, from which the others are made. */
  readonly seeds: readonly Uint8Array[]
  /** What the code under test looks for. */
  readonly dictionary: readonly Uint8Array[]
  /** Bytes of the largest input. Default 64 KiB. */
  readonly maximumBytes?: number
}

const MAXIMUM_BYTES = 64 * 1024
/** Most faults need one change, some need a few together. */
const MOST_CHANGES = 6

type Change = (random: Random, bytes: Uint8Array, material: Material) => Uint8Array

/** The input that belongs to a state of the generator. */
export function generate(material: Material, random: Random): Uint8Array {
  let bytes = random.pick(material.seeds)
  const changes = random.below(MOST_CHANGES + 1)
  for (let i = 0; i < changes; i++) bytes = change(random, bytes, material)
  const limit = material.maximumBytes ?? MAXIMUM_BYTES
  // Long runs of the same are what time goes wrong on.
  if (random.chance(0.01)) bytes = pump(random, bytes, limit)
  return bytes.slice(0, limit)
}

function change(random: Random, bytes: Uint8Array, material: Material): Uint8Array {
  switch (random.pick(material.shapes)) {
    case 'bytes':
      return random.pick(BYTE_CHANGES)(random, bytes, material)
    case 'lines':
      return changeParts(random, bytes, material, splitLines, join)
    case 'packets':
      return changeParts(random, bytes, material, unpack, pack)
  }
}

/** Changes the order and number of the parts, or one of them. */
function changeParts(
  random: Random,
  bytes: Uint8Array,
  material: Material,
  split: (bytes: Uint8Array) => Uint8Array[],
  joinAgain: (parts: Uint8Array[]) => Uint8Array,
): Uint8Array {
  const parts = split(bytes)
  if (parts.length === 0) return bytes
  const at = random.below(parts.length)
  const part = parts[at] ?? bytes
  const others = split(random.pick(material.seeds))
  switch (random.below(9)) {
    case 0:
      parts.splice(at, 1 + random.below(3))
      break
    case 1:
      parts.splice(random.below(parts.length + 1), 0, part)
      break
    case 2:
      parts.splice(at, 0, ...new Array<Uint8Array>(random.below(40)).fill(part))
      break
    case 3:
      parts.splice(at, 1)
      parts.splice(random.below(parts.length + 1), 0, part)
      break
    case 4:
      parts.splice(at, random.below(2), ...others.slice(random.below(others.length)).slice(0, 1 + random.below(4)))
      break
    default:
      parts[at] = random.pick(BYTE_CHANGES)(random, part, material)
  }
  return joinAgain(parts)
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const lineFeed = bytes.indexOf(0x0a, at)
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1
    lines.push(bytes.subarray(at, end))
    at = end
  }
  return lines
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** `count` bytes at `at` are replaced. */
const spliced = (bytes: Uint8Array, at: number, count: number, ...middle: Uint8Array[]): Uint8Array =>
  join([bytes.subarray(0, at), ...middle, bytes.subarray(at + count)])

/** A range, mostly a short one. */
function range(random: Random, bytes: Uint8Array): [at: number, length: number] {
  const at = random.below(bytes.length)
  const longest = random.chance(0.8) ? Math.min(16, bytes.length - at) : bytes.length - at
  return [at, 1 + random.below(longest)]
}

/** A substring, over and over, up to a size that quadratic time cannot hide in. */
function pump(random: Random, bytes: Uint8Array, limit: number): Uint8Array {
  const [at, length] = range(random, bytes)
  const unit = bytes.subarray(at, at + length)
  if (unit.length === 0) return bytes
  const count = Math.max(0, Math.floor((limit - bytes.length) / unit.length))
  return spliced(bytes, at, 0, ...new Array<Uint8Array>(count).fill(unit))
}

const EXTREME_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff]
const EXTREME_WORDS = [0, 1, 0x7f, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
const EXTREME_NUMBERS = [
  '0',
  '-1',
  '1',
  '127',
  '255',
  '256',
  '65535',
  '65536',
  '65537',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '00000000000000000001',
  '1e9',
  '0x10',
  '1.5',
  'NaN',
  '',
]

const BYTE_CHANGES: readonly Change[] = [
  function flipBit(random, bytes) {
    const changed = bytes.slice()
    const at = random.below(bytes.length)
    if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  function setByte(random, bytes) {
    const changed = bytes.slice()
    const at = random.below(bytes.length)
    if (at < changed.length) changed[at] = random.chance(0.5) ? random.pick(EXTREME_BYTES) : random.below(256)
    return changed
  },
  function setWord(random, bytes) {
    const changed = bytes.slice()
    const size = random.pick([2, 3, 4])
    const at = random.below(bytes.length)
    const value = random.pick(EXTREME_WORDS)
    for (let i = 0; i < size && at + i < changed.length; i++) changed[at + i] = value >>> (8 * (size - 1 - i))
    return changed
  },
  function addToByte(random, bytes) {
    const changed = bytes.slice()
    const at = random.below(bytes.length)
    if (at < changed.length) changed[at] = (changed[at] ?? 0) + random.pick([-2, -1, 1, 2])
    return changed
  },
  function setNumber(random, bytes) {
    const digits = [...Buffer.from(bytes).toString('latin1').matchAll(/\d+/g)]
    if (digits.length === 0) return bytes
    const match = random.pick(digits)
    return spliced(bytes, match.index, match[0].length, Buffer.from(random.pick(EXTREME_NUMBERS), 'latin1'))
  },
  function insertToken(random, bytes, { dictionary }) {
    if (dictionary.length === 0) return bytes
    return spliced(bytes, random.below(bytes.length + 1), 0, random.pick(dictionary))
  },
  function overwriteWithToken(random, bytes, { dictionary }) {
    if (dictionary.length === 0) return bytes
    const [at, length] = range(random, bytes)
    return spliced(bytes, at, length, random.pick(dictionary))
  },
  function insertNoise(random, bytes) {
    const noise = Uint8Array.from({ length: 1 + random.below(12) }, () => random.below(256))
    return spliced(bytes, random.below(bytes.length + 1), 0, noise)
  },
  function remove(random, bytes) {
    return spliced(bytes, ...range(random, bytes))
  },
  function truncate(random, bytes) {
    return bytes.slice(0, random.below(bytes.length + 1))
  },
  function duplicate(random, bytes) {
    const [at, length] = range(random, bytes)
    const times = random.chance(0.9) ? 1 : random.below(60)
    return spliced(bytes, at, 0, ...new Array<Uint8Array>(times).fill(bytes.subarray(at, at + length)))
  },
  function swap(random, bytes) {
    const [at, length] = range(random, bytes)
    const moved = bytes.slice(at, at + length)
    const rest = spliced(bytes, at, length)
    return spliced(rest, random.below(rest.length + 1), 0, moved)
  },
  function splice(random, bytes, { seeds }) {
    const other = random.pick(seeds)
    return join([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))])
  },
]
