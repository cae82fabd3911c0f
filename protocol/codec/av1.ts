import type { Av1SequenceHeader } from './av1-sequence-header.ts'
import type { VideoConfiguration } from './configuration.ts'

// Sections and names are those of the "AV1 Bitstream & Decoding Process Specification".

/** obu_type, section 6.2.2. */
export const ObuType = {
  SequenceHeader: 1,
  TemporalDelimiter: 2,
  FrameHeader: 3,
  TileGroup: 4,
  Metadata: 5,
  Frame: 6,
  RedundantFrameHeader: 7,
  TileList: 8,
  Padding: 15,
} as const

export const OBU_HAS_SIZE_FIELD = 0x02
const OBU_EXTENSION_FLAG = 0x04
const OBU_FORBIDDEN_BIT = 0x80

/** leb128() has at most 8 bytes (section 4.10.5); a size of 32 bits, which is all that is allowed, needs 5. */
const MAXIMUM_LEB128_BYTES = 8

/** Reads leb128() in a run of bytes; made once and set to one place after the other. */
export class Leb128 {
  value = 0
  /** Behind the number. */
  next = 0

  /** False where the number does not end in `bytes[at … end)`, or is larger than 32 bits; then the fields mean nothing. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.value = 0
    for (let i = 0; i < MAXIMUM_LEB128_BYTES && at + i < end; i++) {
      const byte = bytes[at + i] ?? 0
      this.value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte & 0x80) continue
      this.next = at + i + 1
      return this.value <= 0xffff_ffff
    }
    return false
  }
}

/** Bytes of the shortest leb128() for a value of up to 32 bits. */
export function leb128Length(value: number): number {
  let length = 1
  for (let left = value >>> 7; left > 0; left >>>= 7) length++
  return length
}

/** Writes the shortest leb128(). @returns where it ends. */
export function writeLeb128(bytes: Uint8Array, at: number, value: number): number {
  let next = at
  let left = value
  for (; left > 0x7f; left >>>= 7) bytes[next++] = (left & 0x7f) | 0x80
  bytes[next++] = left
  return next
}

/** An open bitstream unit in a run of bytes (section 5.3); made once and set to one after the other. */
export class Obu {
  type = 0
  /** The OBU states its own size, and may be followed by others. */
  hasSize = false
  /** Bytes of obu_header(): 1 or 2. The size, where there is one, lies between it and the payload. */
  headerBytes = 0
  payloadStart = 0
  payloadEnd = 0
  readonly #size = new Leb128()

  /** Sets this to the OBU at `start`. False where it is none, or does not end in `bytes[… end)`; then the fields mean nothing. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const header = bytes[start] ?? OBU_FORBIDDEN_BIT
    if (start >= end || header & OBU_FORBIDDEN_BIT) return false
    this.type = (header >> 3) & 0x0f
    this.hasSize = (header & OBU_HAS_SIZE_FIELD) !== 0
    this.headerBytes = header & OBU_EXTENSION_FLAG ? 2 : 1
    this.payloadStart = start + this.headerBytes
    this.payloadEnd = end
    if (this.hasSize) {
      if (!this.#size.read(bytes, this.payloadStart, end)) return false
      this.payloadStart = this.#size.next
      this.payloadEnd = this.payloadStart + this.#size.value
    }
    return this.payloadStart <= this.payloadEnd && this.payloadEnd <= end
  }
}

/**
 * What the first bits of a frame header say (section 5.9.2), the payload of an OBU of type FrameHeader or Frame:
 * `shown-key-frame`: a decoder can start here, given the sequence header. A key frame that is shown only later, or that was
 * decoded before and is shown again, is none.
 */
export function frameKind(
  bytes: Uint8Array,
  payloadStart: number,
  reducedStillPictureHeader: boolean,
): 'shown-key-frame' | 'other' {
  if (reducedStillPictureHeader) return 'shown-key-frame'
  // show_existing_frame 0, frame_type KEY_FRAME (2 bits, 0), show_frame 1.
  return (bytes[payloadStart] ?? 0xff) >> 4 === 1 ? 'shown-key-frame' : 'other'
}

/**
 * What a decoder needs from a key frame on.
 * @param sequenceHeaderObu with its header and obu_size, as `av1C` wants it
 */
export function av1Configuration(header: Av1SequenceHeader, sequenceHeaderObu: Uint8Array): VideoConfiguration {
  return {
    kind: 'video',
    codec: av1CodecString(header),
    description: av1ConfigurationRecord(header, sequenceHeaderObu),
    // A sample entry has 16 bits for a side.
    width: Math.min(header.maxFrameWidth, 0xffff),
    height: Math.min(header.maxFrameHeight, 0xffff),
    pixelAspectRatio: 1,
    // Frames that are decoded early are hidden ones: temporal units come in the order in which they are shown.
    reorderDepth: 0,
  }
}

const digits = (value: number, count: number): string => value.toString().padStart(count, '0')

/**
 * AV1 Codec ISO Media File Format Binding, section 5. The short form where all that follows the bit depth has its default
 * (4:2:0, BT.709, limited range), or where the stream leaves the colours open: players take that for the same.
 */
export function av1CodecString(header: Av1SequenceHeader): string {
  const { seqProfile, seqLevelIdx, seqTier, bitDepth, colorRange } = header
  const { colorPrimaries, transferCharacteristics, matrixCoefficients } = header
  const short = `av01.${seqProfile}.${digits(seqLevelIdx, 2)}${seqTier === 0 ? 'M' : 'H'}.${digits(bitDepth, 2)}`
  const subsampling = chromaSubsampling(header)
  const colours = [colorPrimaries, transferCharacteristics, matrixCoefficients]
  const usual = !header.monochrome && subsampling === '110' && !colorRange
  if (usual && (colours.every((colour) => colour === 1) || colours.every((colour) => colour === 2))) return short
  const long = colours.map((colour) => digits(colour, 2)).join('.')
  return `${short}.${Number(header.monochrome)}.${subsampling}.${long}.${Number(colorRange)}`
}

/** subsampling_x, subsampling_y, and where both are 1 chroma_sample_position. */
const chromaSubsampling = ({ subsamplingX, subsamplingY, chromaSamplePosition }: Av1SequenceHeader): string =>
  `${Number(subsamplingX)}${Number(subsamplingY)}${subsamplingX && subsamplingY ? chromaSamplePosition : 0}`

/** AV1CodecConfigurationRecord, AV1 Codec ISO Media File Format Binding section 2.3.3. */
function av1ConfigurationRecord(header: Av1SequenceHeader, sequenceHeaderObu: Uint8Array): Uint8Array {
  const record = new Uint8Array(4 + sequenceHeaderObu.length)
  record[0] = 0x81 // marker, version 1
  record[1] = (header.seqProfile << 5) | header.seqLevelIdx
  record[2] =
    (header.seqTier << 7) |
    (Number(header.bitDepth > 8) << 6) | // high_bitdepth
    (Number(header.bitDepth === 12) << 5) | // twelve_bit
    (Number(header.monochrome) << 4) |
    (Number(header.subsamplingX) << 3) |
    (Number(header.subsamplingY) << 2) |
    header.chromaSamplePosition
  record[3] = 0 // reserved, initial_presentation_delay_present 0
  record.set(sequenceHeaderObu, 4) // configOBUs
  return record
}
