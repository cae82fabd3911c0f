import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import { aacConfiguration, parseAudioSpecificConfig, readAudioSpecificConfig } from './aac.ts'
import type { AudioConfiguration } from './configuration.ts'

/**
 * What a StreamMuxConfig says (ISO/IEC 14496-3 section 1.7.3). Of several programs and layers the first of the first
 * program is what is played; the others are skipped by their lengths.
 */
export interface StreamMuxConfig {
  /** Of the stream that is played. */
  readonly configuration: AudioConfiguration
  /** Samples in one frame of it, and a second, of the AAC core. */
  readonly frameLength: number
  readonly coreSampleRate: number
  /** Each AudioMuxElement holds one payload of each stream; else it says which. */
  readonly sameTimeFraming: boolean
  /** PayloadMuxes in one AudioMuxElement, from 1. */
  readonly subframes: number
  /** By streamID, from 1 to 128: bytes of each payload, or -1 where each says its own length. */
  readonly frameLengths: readonly number[]
  /** Bits behind the payloads. */
  readonly otherDataBits: number
}

const AAC_SCALABLE = 6
const CELP = 8
const ER_AAC_SCALABLE = 20
const ER_CELP = 24

/**
 * Reads a StreamMuxConfig that stands within an AudioMuxElement, up to its end.
 *
 * @throws ProtocolError `parameter-sets-invalid` where it ends early or is of a kind that AAC never has.
 */
export function readStreamMuxConfig(bytes: Uint8Array, reader: BitReader): StreamMuxConfig {
  const version = reader.bits(1) // audioMuxVersion
  if (version === 1 && reader.flag()) throw invalid('audioMuxVersionA 1 is reserved')
  if (version === 1) readLatmValue(reader) // taraBufferFullness
  const sameTimeFraming = reader.flag()
  const subframes = reader.bits(6) + 1
  const programs = reader.bits(4) + 1
  let played: Played | undefined
  const frameLengths: number[] = []
  for (let program = 0; program < programs; program++) {
    const layers = reader.bits(3) + 1
    // Object types of this layer and of the one before.
    let type = 0
    for (let layer = 0; layer < layers; layer++) {
      const before = type
      const useSameConfig = frameLengths.length > 0 && reader.flag()
      if (!useSameConfig) {
        const own = version === 0 ? readConfig(bytes, reader) : readSizedConfig(bytes, reader)
        type = (own[0] ?? 0) >> 3
        if (frameLengths.length === 0) played = playedBy(own)
      }
      frameLengths.push(readFrameLength(reader, !sameTimeFraming && isScalable(type) && isCelp(before)))
    }
  }
  const otherDataBits = reader.flag() ? readOtherDataLength(reader, version) : 0
  if (reader.flag()) reader.skip(8) // crcCheckSum: RTP has checksums below it
  if (!played) throw invalid('there is no stream')
  return { ...played, sameTimeFraming, subframes, frameLengths, otherDataBits }
}

/** audioMuxVersion 0, allStreamsSameTimeFraming 1, and numSubFrames, numProgram and numLayer 0: 15 bits. */
const ONE_STREAM_BITS = 15
const ONE_STREAM = 0x2000

/**
 * Reads `config` of an fmtp (RFC 6416 section 7.3): a StreamMuxConfig. GStreamer ends it behind the AudioSpecificConfig,
 * and some write an AudioSpecificConfig alone, as RFC 3640 has it.
 *
 * @throws ProtocolError `parameter-sets-invalid` where it is none of these.
 */
export function parseStreamMuxConfig(bytes: Uint8Array): StreamMuxConfig {
  const reader = (): BitReader => new BitReader(bytes, 'parameter-sets-invalid')
  try {
    return readStreamMuxConfig(bytes, reader())
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const played =
      accepted(() => {
        const early = reader()
        return early.bits(ONE_STREAM_BITS) === ONE_STREAM ? playedBy(readConfig(bytes, early)) : undefined
      }) ?? accepted(() => playedBy(bytes))
    if (!played) throw error
    return { ...played, sameTimeFraming: true, subframes: 1, frameLengths: [-1], otherDataBits: 0 }
  }
}

type Played = Pick<StreamMuxConfig, 'configuration' | 'frameLength' | 'coreSampleRate'>

function playedBy(description: Uint8Array): Played {
  const { frameLength, coreSampleRate } = parseAudioSpecificConfig(description)
  return { configuration: aacConfiguration(description), frameLength, coreSampleRate }
}

/** An AudioSpecificConfig without a length of its own: it ends where its fields end, so that they must all be known. */
function readConfig(bytes: Uint8Array, reader: BitReader): Uint8Array {
  const start = reader.position
  readAudioSpecificConfig(reader)
  return bitsOf(bytes, start, reader.position)
}

/** An AudioSpecificConfig behind its length, so that it need not be known to be passed over. */
function readSizedConfig(bytes: Uint8Array, reader: BitReader): Uint8Array {
  const length = readLatmValue(reader) // ascLen
  const start = reader.position
  reader.skip(length)
  return bitsOf(bytes, start, reader.position)
}

/** @returns bytes of each payload, or -1 where each says its own. */
function readFrameLength(reader: BitReader, hasCoreFrameOffset: boolean): number {
  const frameLengthType = reader.bits(3)
  switch (frameLengthType) {
    case 0:
      reader.skip(8) // latmBufferFullness
      if (hasCoreFrameOffset) reader.skip(6) // coreFrameOffset
      return -1
    case 1:
      return reader.bits(9) + 20 // frameLength
    default:
      throw invalid(`frameLengthType ${frameLengthType} is of CELP or HVXC`)
  }
}

const isScalable = (type: number): boolean => type === AAC_SCALABLE || type === ER_AAC_SCALABLE
const isCelp = (type: number): boolean => type === CELP || type === ER_CELP

function readOtherDataLength(reader: BitReader, version: number): number {
  if (version === 1) return readLatmValue(reader)
  let bits = 0
  let more = true
  for (let read = 0; more; read++) {
    if (read === 4) throw invalid('otherDataLenBits beyond 32 bits')
    more = reader.flag() // otherDataLenEsc
    bits = bits * 256 + reader.bits(8)
  }
  return bits
}

/** LatmGetValue(). */
function readLatmValue(reader: BitReader): number {
  const count = reader.bits(2) + 1
  return reader.bits(8 * count)
}

/** Bits in whole bytes of their own, zeros behind. */
function bitsOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const result = new Uint8Array((end - start + 7) >> 3)
  const reader = new BitReader(bytes)
  reader.skip(start)
  for (let i = 0, left = end - start; left > 0; i++, left -= 8) {
    const count = Math.min(left, 8)
    result[i] = reader.bits(count) << (8 - count)
  }
  return result
}

function accepted<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

const invalid = (message: string): ProtocolError => new ProtocolError('parameter-sets-invalid', message)
