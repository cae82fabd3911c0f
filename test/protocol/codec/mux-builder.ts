import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'

export interface MuxStream {
  /** AudioSpecificConfig in bits, as `0` and `1`; none: the configuration of the stream before. */
  readonly config?: string
  /** frameLength of frameLengthType 1; none: frameLengthType 0. */
  readonly frameLength?: number
}

export interface MuxFields {
  readonly version?: 0 | 1
  readonly sameTimeFraming?: boolean
  readonly subframes?: number
  /** Programs, each with its layers. */
  readonly programs?: readonly (readonly MuxStream[])[]
  readonly otherDataBits?: number
  readonly crc?: boolean
}

const bits = (value: number, count: number): string => value.toString(2).padStart(count, '0')

/** AudioSpecificConfig of AAC LC, in bits: index of the frequency, channels. */
export const lowComplexity = (index = 3, channels = 2): string => `00010${bits(index, 4)}${bits(channels, 4)}000`

export function writeText(writer: BitWriter, text: string): void {
  for (const bit of text) writer.bits(1, Number(bit))
}

/** Writes a StreamMuxConfig (ISO/IEC 14496-3 table 1.42). */
export function writeStreamMuxConfig(writer: BitWriter, fields: MuxFields = {}): void {
  const { version = 0, sameTimeFraming = true, subframes = 1, programs = [[{ config: lowComplexity() }]] } = fields
  const latmValue = (value: number): void => {
    writer.bits(2, 1).bits(16, value)
  }
  writer.bits(1, version)
  if (version === 1) {
    writer.bits(1, 0)
    latmValue(0xff)
  }
  writer
    .flag(sameTimeFraming)
    .bits(6, subframes - 1)
    .bits(4, programs.length - 1)
  for (const [program, layers] of programs.entries()) {
    writer.bits(3, layers.length - 1)
    for (const [layer, { config, frameLength }] of layers.entries()) {
      if (program > 0 || layer > 0) writer.flag(config === undefined)
      if (config !== undefined) {
        if (version === 1) latmValue(config.length)
        writeText(writer, config)
      }
      if (frameLength === undefined) writer.bits(3, 0).bits(8, 0xff)
      else writer.bits(3, 1).bits(9, frameLength)
    }
  }
  const { otherDataBits = 0, crc = false } = fields
  writer.flag(otherDataBits > 0)
  if (otherDataBits > 0 && version === 1) latmValue(otherDataBits)
  else if (otherDataBits > 255)
    writer
      .flag(true)
      .bits(8, otherDataBits >> 8)
      .flag(false)
      .bits(8, otherDataBits & 0xff)
  else if (otherDataBits > 0) writer.flag(false).bits(8, otherDataBits)
  writer.flag(crc)
  if (crc) writer.bits(8, 0x5a)
}

export function streamMuxConfig(fields: MuxFields = {}): Uint8Array {
  const writer = new BitWriter()
  writeStreamMuxConfig(writer, fields)
  return writer.toBytes()
}

/** MuxSlotLengthBytes. */
export function writeSlotLength(writer: BitWriter, length: number): void {
  for (let left = length; left >= 0; left -= 255) writer.bits(8, Math.min(left, 255))
}
